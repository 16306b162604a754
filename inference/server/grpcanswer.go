package server

import (
	"runtime"
	"sync"

	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// answerCodec encodes answers as gRPC does. gRPC holds an answer until its caller
// has taken it in, long after the call has ended for us; so the memory of one is
// given back when gRPC lets go of it.
type answerCodec struct {
	encoding.CodecV2
	leases *sync.Map // of *budget.Lease, by answer
}

func newAnswerCodec() answerCodec {
	return answerCodec{encoding.GetCodecV2(grpcproto.Name), new(sync.Map)}
}

// keep has an answer hold memory until it has been sent.
func (c answerCodec) keep(answer proto.Message, lease *budget.Lease) { c.leases.Store(answer, lease) }

// Marshal encodes a message.
func (c answerCodec) Marshal(message any) (mem.BufferSlice, error) {
	held, ok := c.leases.LoadAndDelete(message)
	if !ok {
		return c.CodecV2.Marshal(message)
	}
	lease := held.(*budget.Lease)
	encoded, err := proto.Marshal(message.(proto.Message))
	if err != nil || mem.IsBelowBufferPoolingThreshold(cap(encoded)) {
		lease.Release()
		return mem.BufferSlice{mem.SliceBuffer(encoded)}, err
	}
	lease.Shrink(int64(len(encoded)))
	// When a connection breaks, gRPC forgets what it holds for it.
	runtime.AddCleanup(&encoded, (*budget.Lease).Release, lease)
	return mem.BufferSlice{mem.NewBuffer(&encoded, leased{lease})}, nil
}

// leased is where a buffer goes that gRPC has done with.
type leased struct{ lease *budget.Lease }

// Get makes a buffer; none is asked for.
func (leased) Get(n int) *[]byte { b := make([]byte, n); return &b }

// Put gives the buffer's memory back.
func (l leased) Put(*[]byte) { l.lease.Release() }
