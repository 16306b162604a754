package server_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/server"
)

// pod is a server that answers until it is told to end.
type pod struct {
	*instance
	rpc   string
	end   context.CancelFunc
	ended chan error
}

func newPod(t *testing.T, change func(*instance)) *pod {
	t.Helper()
	p := &pod{instance: newServer(t, config.App{Server: config.Server{DrainSeconds: 1}, Cache: &config.Cache{TextMiB: -1}}, config.Model{}), ended: make(chan error, 1)}
	change(p.instance)
	var l server.Listeners
	for _, into := range []*net.Listener{&l.API, &l.GRPC} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*into = listener
	}
	p.rpc = l.GRPC.Addr().String()
	serving, end := context.WithCancel(t.Context())
	p.end = end
	go func() { p.ended <- p.Serve(serving, l) }()
	return p
}

// answered is how many calls over gRPC a pod has answered.
func (p *pod) answered(t *testing.T) int {
	t.Helper()
	families, err := p.telemetry.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, label := range m.GetLabel() {
				if f.GetName() == "http_requests_total" && label.GetName() == "path" && strings.HasSuffix(label.GetValue(), "/ModelInfer") {
					n += int(m.GetCounter().GetValue())
				}
			}
		}
	}
	return n
}

// callers keep connections busy over gRPC, which a Service in front of pods has
// opened to the one that it has in view.
type callers struct {
	target   atomic.Pointer[string]
	calls    atomic.Int64
	failures chan error
	stop     context.CancelFunc
	working  sync.WaitGroup
}

func newCallers(t *testing.T, connections, each int, first *pod) *callers {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	c := &callers{failures: make(chan error, connections*each), stop: stop}
	c.target.Store(&first.rpc)
	for n := range connections {
		client := oip.NewGRPCInferenceServiceClient(dialGRPC(t, "passthrough:///service", grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", *c.target.Load())
		})))
		for m := range each {
			c.working.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					text := fmt.Appendf(nil, "river %d %d %d", n, m, i)
					_, err := client.ModelInfer(t.Context(), &oip.ModelInferRequest{ModelName: "tiny", Inputs: []*oip.ModelInferRequest_InferInputTensor{
						{Name: "text", Datatype: "BYTES", Shape: []int64{1}, Contents: &oip.InferTensorContents{BytesContents: [][]byte{text}}},
					}})
					if err != nil {
						c.failures <- err
						return
					}
					c.calls.Add(1)
				}
			})
		}
	}
	return c
}

// answer waits for so many more calls to be answered.
func (c *callers) answer(t *testing.T, more int64) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for from := c.calls.Load(); c.calls.Load() < from+more; time.Sleep(time.Millisecond) {
		if len(c.failures) > 0 || time.Now().After(deadline) {
			t.Fatalf("%d calls were answered of %d, and %d have failed", c.calls.Load()-from, more, len(c.failures))
		}
	}
}

// end ends the load, and reports the calls that have failed.
func (c *callers) end(t *testing.T) {
	t.Helper()
	c.stop()
	c.working.Wait()
	close(c.failures)
	for err := range c.failures {
		t.Errorf("a call failed: %v", err)
	}
}

// TestADrainFailsNoCalls ends a pod whose connections are busy, while new ones go to
// another.
func TestADrainFailsNoCalls(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	a, b := newPod(t, func(*instance) {}), newPod(t, func(*instance) {})
	load := newCallers(t, 5, 5, a)
	load.answer(t, 100)
	load.target.Store(&b.rpc)
	a.end()
	if err := <-a.ended; err != nil {
		t.Error(err)
	}
	load.answer(t, 100)
	load.end(t)
	if a.answered(t) < 100 || b.answered(t) < 100 {
		t.Errorf("the pods have answered %d and %d calls, want 100 of each at least", a.answered(t), b.answered(t))
	}
	b.end()
	if err := <-b.ended; err != nil {
		t.Error(err)
	}
}

// TestConnectionsAge has a new pod get calls of connections that are never idle.
func TestConnectionsAge(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	young := func(i *instance) { i.SetConnectionAge(500 * time.Millisecond) }
	a, b := newPod(t, young), newPod(t, young)
	load := newCallers(t, 3, 3, a)
	load.answer(t, 10)
	load.target.Store(&b.rpc)
	for deadline := time.Now().Add(patience); b.answered(t) < 100; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the new pod gets no calls")
		}
	}
	load.end(t)
	for _, p := range []*pod{a, b} {
		p.end()
		if err := <-p.ended; err != nil {
			t.Error(err)
		}
	}
}
