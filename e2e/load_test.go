package e2e

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

const (
	// pooled is the number of connections that are kept, each with a client of
	// its own, so that all of them are in use.
	pooled = 48
	// onePicture in as many requests is a picture to score; the others ask for an
	// embedding that is cached. As many are sent on a connection of their own.
	onePicture = 10
	oneFresh   = 4
	// oneCall in as many requests is a call over gRPC, on one of so many connections,
	// if the service speaks it.
	oneCall = 5
	dialed  = 12
	// underWay is how many requests there are at a time, at most: a load that the
	// machine cannot bear waits here, and does not turn into another test.
	underWay = 16
	// patience is how long a request may take.
	patience = 20 * time.Second
)

// load is an open load on a service that goes on until it is stopped. Every
// request that began is answered, fails, or runs into its time, and is counted.
type load struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error

	mu       sync.Mutex
	total    int
	calls    int            // of them over gRPC
	failures map[string]int // by kind
	answered time.Time      // when the last request was that went well
	silence  time.Duration  // the longest time between two of them
	slowest  time.Duration  // of them
}

// startLoad sends as many requests a second, for an hour at most. The address of a
// service over gRPC may be empty.
func startLoad(t *testing.T, service, rpc string, rate float64) *load {
	t.Helper()
	callers := dial(t, rpc)
	var model struct{ Name string }
	if err := fetch(t.Context(), service+"/v1/model", &model); err != nil {
		t.Fatal(err)
	}
	form, formType := predictBody(t)
	text := []byte(`{"input": "a remote sensing image of river"}`)
	clients := make([]*http.Client, pooled)
	for i := range clients {
		clients[i] = &http.Client{Transport: &http.Transport{}}
	}
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel, done: make(chan struct{}), failures: map[string]int{}, answered: time.Now()}
	go func() {
		defer close(l.done)
		plan := loadgen.Plan{Arrivals: loadgen.Constant, Rate: rate, Clients: underWay, Duration: time.Hour, Timeout: patience}
		_, l.err = loadgen.Run(ctx, plan, func(ctx context.Context, n int) string {
			// What began before the load was stopped is seen to its end.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			client, path, contentType, body := clients[n%pooled], embeddings, jsonType, text
			if n%oneFresh == 0 {
				client = fresh
			}
			if n%onePicture == 0 {
				path, contentType, body = "/predict", formType, form
			}
			began := time.Now()
			var came string
			overGRPC := rpc != "" && n%oneCall == oneCall-1
			if overGRPC {
				came = infer(ctx, callers[n/oneCall%dialed], model.Name)
			} else {
				came = outcome(ctx, client, service+path, contentType, body)
			}
			l.count(came, overGRPC, began)
			return came
		})
	}()
	return l
}

// outcome is what comes of a request.
func outcome(ctx context.Context, client *http.Client, url, contentType string, body []byte) string {
	status, answer, err := call(ctx, client, url, contentType, body)
	switch {
	case err != nil:
		return reason(err)
	case status != http.StatusOK:
		return fmt.Sprintf("status %d", status)
	case bytes.Contains(answer, []byte(`"error`)):
		return "an item failed"
	}
	return loadgen.OK
}

// dial opens connections over gRPC, if there is an address. A caller that has lost
// its connection soon tries again, as those of meshes do.
func dial(t *testing.T, rpc string) []oip.GRPCInferenceServiceClient {
	t.Helper()
	if rpc == "" {
		return nil
	}
	callers := make([]oip.GRPCInferenceServiceClient, dialed)
	for i := range callers {
		again := grpc.ConnectParams{MinConnectTimeout: patience}
		again.Backoff.BaseDelay, again.Backoff.Multiplier, again.Backoff.MaxDelay = 100*time.Millisecond, 1, 100*time.Millisecond
		connection, err := grpc.NewClient(rpc, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithConnectParams(again))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		callers[i] = oip.NewGRPCInferenceServiceClient(connection)
	}
	return callers
}

// infer is what comes of a call over gRPC.
func infer(ctx context.Context, caller oip.GRPCInferenceServiceClient, model string) string {
	_, err := caller.ModelInfer(ctx, &oip.ModelInferRequest{ModelName: model, Inputs: []*oip.ModelInferRequest_InferInputTensor{
		{Name: "text", Datatype: "BYTES", Shape: []int64{1}, Contents: &oip.InferTensorContents{BytesContents: [][]byte{[]byte("a remote sensing image of river")}}},
	}})
	if err == nil {
		return loadgen.OK
	}
	said, _, _ := strings.Cut(status.Convert(err).Message(), ":")
	return fmt.Sprintf("gRPC %s, %s", status.Code(err), said)
}

func (l *load) count(outcome string, overGRPC bool, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	if overGRPC {
		l.calls++
	}
	if outcome != loadgen.OK {
		l.failures[outcome]++
		return
	}
	now := time.Now()
	l.slowest = max(l.slowest, now.Sub(began))
	l.silence = max(l.silence, now.Sub(l.answered))
	l.answered = now
}

// counts returns how many requests have ended, and how many of them failed.
func (l *load) counts() (total, failed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.failures {
		failed += n
	}
	return l.total, failed
}

// refused returns how many requests failed since their connection was refused.
func (l *load) refused() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failures[syscall.ECONNREFUSED.Error()]
}

// stop ends the load when as many requests have ended, and returns how many of
// them have failed.
func (l *load) stop(t *testing.T, least int) int {
	t.Helper()
	defer l.cancel()
	for total := 0; total < least; total, _ = l.counts() {
		select {
		case <-l.done:
			t.Fatalf("the load has ended before %d requests: %v", least, l.err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	l.cancel()
	<-l.done
	if l.err != nil {
		t.Fatal(l.err)
	}
	t.Log(l)
	_, failed := l.counts()
	return failed
}

// String says what came of a load that has ended.
func (l *load) String() string {
	total, failed := l.counts()
	kinds := ""
	for _, kind := range slices.Sorted(maps.Keys(l.failures)) {
		kinds += fmt.Sprintf(", %d: %s", l.failures[kind], kind)
	}
	calls := ""
	if l.calls > 0 {
		calls = fmt.Sprintf(", %d of them over gRPC", l.calls)
	}
	return fmt.Sprintf("%d requests%s, %d failed%s; the slowest took %.2f s, and at most %.2f s passed between two answers",
		total, calls, failed, kinds, l.slowest.Seconds(), l.silence.Seconds())
}
