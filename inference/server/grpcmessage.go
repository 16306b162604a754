package server

import (
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// maxFields bounds the fields of a message, those of fields within included and
// each element of a list counted. The three inputs may have maxItems elements
// each; a field of two bytes may take two hundred when it is decoded.
const maxFields = 16 * maxItems

// Unmarshal copies the bytes of a message that is to be looked at before it is
// decoded, and decodes all others.
func (c answerCodec) Unmarshal(data mem.BufferSlice, into any) error {
	if wire, ok := into.(*[]byte); ok {
		*wire = data.Materialize()
		return nil
	}
	return c.CodecV2.Unmarshal(data, into)
}

// receive reads a call's message, whose fields are counted before any is decoded,
// and takes the memory of both forms.
func receive(stream grpc.ServerStream, into proto.Message, memory *budget.Lease) error {
	var wire []byte
	if err := stream.RecvMsg(&wire); err != nil {
		return errors.Join(receiveProblem(err), err)
	}
	switch err := memory.Grow(2 * int64(len(wire))); {
	case errors.Is(err, budget.ErrTooLarge):
		return problem(http.StatusRequestEntityTooLarge, "body_too_large", "the message: %v", err)
	case err != nil:
		return err
	}
	return decodeMessage(wire, into)
}

// receiveProblem says in the API's words why gRPC has given a message up.
func receiveProblem(err error) error {
	switch status.Code(err) {
	case codes.ResourceExhausted:
		return problem(http.StatusRequestEntityTooLarge, "body_too_large", "the message is too large: send fewer or smaller pictures")
	case codes.Canceled:
		return problem(statusClientClosedRequest, "client_closed_request", "the call was called off")
	case codes.DeadlineExceeded:
		return problem(http.StatusGatewayTimeout, "deadline_exceeded", "the message did not come in time")
	}
	return problem(http.StatusBadRequest, "invalid_body", "the message cannot be read: %v", err)
}

// decodeMessage decodes a message of few enough fields; those that are unknown are left out.
func decodeMessage(wire []byte, into proto.Message) error {
	left := maxFields
	err := countFields(into.ProtoReflect().Descriptor(), wire, &left)
	if err == nil {
		err = proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(wire, into)
	}
	if err != nil {
		return problem(http.StatusBadRequest, "invalid_request", "the message cannot be decoded: %v", err)
	}
	return nil
}

// countFields takes the fields of a message, and of those within, from left.
func countFields(message protoreflect.MessageDescriptor, wire []byte, left *int) error {
	for len(wire) > 0 {
		number, kind, n := protowire.ConsumeTag(wire)
		if n < 0 {
			return protowire.ParseError(n)
		}
		size := protowire.ConsumeFieldValue(number, kind, wire[n:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		value := wire[n : n+size]
		wire = wire[n+size:]
		*left--
		field := message.Fields().ByNumber(number)
		if kind == protowire.BytesType && field != nil {
			content, _ := protowire.ConsumeBytes(value)
			switch {
			case field.Message() != nil:
				if err := countFields(field.Message(), content, left); err != nil {
					return err
				}
			case field.Kind() != protoreflect.StringKind && field.Kind() != protoreflect.BytesKind:
				*left -= len(content) // A packed list, of which an element takes a byte at least.
			}
		}
		if *left < 0 {
			return fmt.Errorf("it has more than %d fields: send fewer texts or pictures, and those as raw_input_contents or bytes_contents", maxFields)
		}
	}
	return nil
}
