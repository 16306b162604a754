package loadgen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
)

// TestOpenLoopCountsFromWhenRequestsWereDue has a server of one place that
// stops for a second: every request that was due meanwhile has waited, which a
// closed loop would not see. The clock is synctest's.
func TestOpenLoopCountsFromWhenRequestsWereDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		send := func(_ context.Context, n int) string {
			if n == 500 {
				time.Sleep(time.Second)
			} else {
				time.Sleep(time.Millisecond)
			}
			return loadgen.OK
		}
		plan := loadgen.Plan{Arrivals: loadgen.Constant, Rate: 100, Clients: 1, Duration: 10 * time.Second, Timeout: time.Minute}
		r, err := loadgen.Run(t.Context(), plan, send)
		if err != nil {
			t.Fatal(err)
		}
		// The second holds up the 100 requests that are due in it, and a few
		// until the place has caught up at a millisecond each.
		if r.Requests != 1000 || r.Failed() != 0 {
			t.Errorf("%d requests, %d failed, want 1000 and 0", r.Requests, r.Failed())
		}
		for _, p := range []struct{ got, want float64 }{{r.Latency.P50, 1}, {r.Latency.Max, 1000}, {r.Latency.P99, 905}, {r.Latency.P95, 550}, {r.Late.P99, 905}} {
			if !(math.Abs(p.got-p.want) < 0.02*p.want+0.01) {
				t.Errorf("got %v ms, want about %v: %+v", p.got, p.want, r.Latency)
			}
		}
		plan.Arrivals, plan.Rate = loadgen.Closed, 0
		if r, err = loadgen.Run(t.Context(), plan, send); err != nil || r.Latency.P99 > 2 || r.Latency.Max < 990 {
			t.Errorf("closed loop: %v, %+v", err, r.Latency)
		}
	})
}

// TestArrivals counts arrivals, and the spread of the gaps between them, which
// is as long as their mean for Poisson's and none for constant ones.
func TestArrivals(t *testing.T) {
	t.Parallel()
	for arrivals, want := range map[loadgen.Arrivals]float64{loadgen.Constant: 0, loadgen.Poisson: 1} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var last time.Time
			var gaps []float64
			r, err := loadgen.Run(t.Context(), loadgen.Plan{
				Arrivals: arrivals, Rate: 200, Clients: 10, WarmUp: time.Second, Duration: 100 * time.Second, Timeout: time.Second, Seed: 7,
			}, func(context.Context, int) string {
				mu.Lock()
				defer mu.Unlock()
				if !last.IsZero() {
					gaps = append(gaps, time.Since(last).Seconds())
				}
				last = time.Now()
				return loadgen.OK
			})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(float64(r.Requests)-20_000) > 5*math.Sqrt(20_000) {
				t.Errorf("%s: %d requests in 100 s at 200 a second", arrivals, r.Requests)
			}
			var sum, square float64
			for _, g := range gaps {
				sum, square = sum+g, square+g*g
			}
			mean := sum / float64(len(gaps))
			if got := math.Sqrt(square/float64(len(gaps))-mean*mean) / mean; math.Abs(got-want) > 0.05 {
				t.Errorf("%s: the gaps' deviation is %.3f of their mean, want %v", arrivals, got, want)
			}
		})
	}
}

// TestThroughput loads servers that answer 4 requests each second, together or
// one after another, with a queue of 4 seconds: what is asked for in the warm-up
// and answered after it takes the server's time, and so must count.
func TestThroughput(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 4} {
		for _, plan := range []loadgen.Plan{
			{Arrivals: loadgen.Closed, Clients: 16},
			{Arrivals: loadgen.Closed, Clients: 16, WarmUp: 2500 * time.Millisecond},
			{Arrivals: loadgen.Constant, Rate: 8, Clients: 1000, WarmUp: 2500 * time.Millisecond},
		} {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				queue := make(chan chan struct{}, 1000)
				var server sync.WaitGroup
				server.Go(func() {
					for ctx.Err() == nil {
						time.Sleep(time.Second * time.Duration(batch) / 4)
						for range min(batch, len(queue)) {
							close(<-queue)
						}
					}
				})
				plan.Duration, plan.Timeout = 10*time.Second, time.Minute
				r, err := loadgen.Run(t.Context(), plan, func(context.Context, int) string {
					done := make(chan struct{})
					queue <- done
					<-done
					return loadgen.OK
				})
				stop()
				server.Wait()
				if err != nil || math.Abs(r.PerSecond-4) > 0.01 {
					t.Errorf("%v: %+v, batches of %d: %.2f a second, want 4", err, plan, batch, r.PerSecond)
				}
			})
		}
	}
}

// TestBounds ends loads by each of their bounds.
func TestBounds(t *testing.T) {
	t.Parallel()
	closed := loadgen.Plan{Arrivals: loadgen.Closed, Clients: 3, Duration: time.Second, Timeout: time.Second}
	synctest.Test(t, func(t *testing.T) {
		var busy, most atomic.Int64
		plan := closed
		plan.Requests = 50
		r, err := loadgen.Run(t.Context(), plan, func(context.Context, int) string {
			most.Store(max(most.Load(), busy.Add(1)))
			time.Sleep(time.Millisecond)
			busy.Add(-1)
			return loadgen.OK
		})
		if err != nil || r.Requests != 50 || most.Load() != 3 {
			t.Errorf("%v: %d requests, %d at a time, want 50 and 3", err, r.Requests, most.Load())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer stop()
		r, err := loadgen.Run(ctx, closed, func(ctx context.Context, _ int) string {
			select {
			case <-ctx.Done():
				return "cut off"
			case <-time.After(300 * time.Millisecond):
				return loadgen.OK
			}
		})
		if err != nil || r.Requests != 3 || r.Outcomes["cut off"] != 0 {
			t.Errorf("ended early: %v, %+v", err, r)
		}
	})
	// A server that never answers holds up neither the load nor its end.
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		plan := loadgen.Plan{Arrivals: loadgen.Constant, Rate: 100, Clients: 2, Duration: 3 * time.Second, Timeout: time.Second}
		r, err := loadgen.Run(t.Context(), plan, func(ctx context.Context, _ int) string {
			<-ctx.Done()
			return "timed out"
		})
		if took := time.Since(begin); err != nil || r.Outcomes["timed out"] != 300 || took > 4*time.Second || !r.Behind {
			t.Errorf("%v: %+v after %v", err, r, took)
		}
	})
	for name, change := range map[string]func(*loadgen.Plan){
		"arrivals":   func(p *loadgen.Plan) { p.Arrivals = "often" },
		"rate":       func(p *loadgen.Plan) { p.Arrivals, p.Rate = loadgen.Poisson, math.NaN() },
		"has none":   func(p *loadgen.Plan) { p.Rate = 5 },
		"clients":    func(p *loadgen.Plan) { p.Clients = 0 },
		"requests":   func(p *loadgen.Plan) { p.Requests = -1 },
		"the timeou": func(p *loadgen.Plan) { p.Timeout = 0 },
	} {
		plan := closed
		change(&plan)
		if _, err := loadgen.Run(t.Context(), plan, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOutcomes asks a server by every protocol, which answers in every way.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	bodies := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "hangs") {
			<-r.Context().Done()
			return
		}
		mu.Lock()
		n := len(bodies)
		bodies[r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body)] = r.Header.Get("Content-Type")
		mu.Unlock()
		switch n {
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			_, _ = w.Write([]byte(`{"data": [{"embedding": null, "error": {}}]}`))
		case 3:
			panic(http.ErrAbortHandler)
		case 4: // A server that fails to write its answer.
		default:
			_, _ = w.Write([]byte("{}"))
		}
	}))
	t.Cleanup(server.Close)
	timeout := time.Hour
	ask := func(target loadgen.Target, requests int) *loadgen.Report {
		t.Helper()
		target.URL = server.URL
		send, err := target.Sender(1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := loadgen.Run(t.Context(), loadgen.Plan{Arrivals: loadgen.Closed, Clients: 1, Requests: requests, Duration: time.Hour, Timeout: timeout}, send)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := ask(loadgen.Target{Protocol: loadgen.OpenAI, Model: "m", Key: "k", Items: 2, Texts: []string{"a", "b", "c"}, Distinct: true}, 6)
	for outcome, want := range map[string]int{loadgen.OK: 2, "status 429": 1, "an item failed": 1, "connection failed": 1, "an empty answer": 1} {
		if r.Outcomes[outcome] != want {
			t.Errorf("%d of %q, want %d: %v", r.Outcomes[outcome], outcome, want, r.Outcomes)
		}
	}
	if r.Requests != 6 || r.Failed() != 4 {
		t.Errorf("%d requests, %d failed, want 6 and 4", r.Requests, r.Failed())
	}
	timeout = 100 * time.Millisecond
	if r := ask(loadgen.Target{Protocol: loadgen.OpenAI, Model: "hangs", Items: 1, Texts: []string{"a"}}, 1); r.Outcomes["timed out"] != 1 {
		t.Errorf("of a server that hangs: %v", r.Outcomes)
	}
	timeout = time.Hour
	png := []byte("\x89PNG\r\n\x1a\n")
	ask(loadgen.Target{Protocol: loadgen.OpenAI, Model: "m", Items: 1, Files: [][]byte{png}}, 1)
	ask(loadgen.Target{Protocol: loadgen.V2, Model: "m", Items: 1, Files: [][]byte{png}, Texts: []string{"a"}}, 1)
	ask(loadgen.Target{Protocol: loadgen.Predict, Items: 1, URLs: []string{"http://a/b"}, Texts: []string{"a"}}, 1)
	for _, want := range []string{
		`/v1/embeddings Bearer k {"input":["a 0","b 1"],"model":"m"}`,
		`/v1/embeddings Bearer k {"input":["b 10","c 11"],"model":"m"}`,
		`/v1/embeddings  {"input":["data:image/png;base64,iVBORw0KGgo="],"modality":"image","model":"m"}`,
		`/v2/models/m/infer  {"inputs":[{"name":"text","shape":[1,1],"datatype":"BYTES","data":["a"]},{"name":"image","shape":[1,1],"datatype":"BYTES","data":["iVBORw0KGgo="]}]}`,
		`/predict  {"image_urls":["http://a/b"],"texts":["a"]}`,
	} {
		if bodies[want] != "application/json" {
			t.Errorf("nobody sent %s, but %q", want, bodies)
		}
	}
	ask(loadgen.Target{Protocol: loadgen.Predict, Items: 1, Files: [][]byte{png}, Texts: []string{"a"}}, 1)
	for body, contentType := range bodies {
		if strings.HasPrefix(contentType, "multipart/form-data; boundary=") && strings.Contains(body, string(png)) {
			return
		}
	}
	t.Errorf("nobody uploaded a file: %q", bodies)
}

// TestRedirect leaves the load where it was put.
func TestRedirect(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	target := loadgen.Target{URL: server.URL, Protocol: loadgen.OpenAI, Model: "m", Items: 1, Texts: []string{"a"}}
	send, err := target.Sender(1)
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t.Context(), 0); got != "status 307" || elsewhere.Load() != 0 {
		t.Errorf("%q, %d requests elsewhere", got, elsewhere.Load())
	}
}

func TestRefusedTargets(t *testing.T) {
	t.Parallel()
	good := loadgen.Target{URL: "http://127.0.0.1:1", Protocol: loadgen.V2, Model: "m", Items: 1, Texts: []string{"a"}}
	for want, change := range map[string]func(*loadgen.Target){
		"want a URL":          func(g *loadgen.Target) { g.URL = "localhost:80" },
		"choose predict":      func(g *loadgen.Target) { g.Protocol = "grpc" },
		"0 items":             func(g *loadgen.Target) { g.Items = 0 },
		"choose one":          func(g *loadgen.Target) { g.URLs, g.Files = []string{"u"}, [][]byte{{1}} },
		"texts and pictures":  func(g *loadgen.Target) { g.Protocol = loadgen.Predict },
		"not both":            func(g *loadgen.Target) { g.Protocol, g.URLs = loadgen.OpenAI, []string{"u"} },
		"the model's name":    func(g *loadgen.Target) { g.Model = "" },
		"neither texts nor p": func(g *loadgen.Target) { g.Texts = nil },
	} {
		target := good
		change(&target)
		if _, err := target.Sender(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for url, want := range map[string]bool{
		"http://127.0.0.1:80": true, "http://localhost": true, "http://[::1]:80": true,
		"http://127.0.0.1.example.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false, "%": false,
	} {
		if got := (&loadgen.Target{URL: url}).IsLocal(); got != want {
			t.Errorf("%s is local: %v, want %v", url, got, want)
		}
	}
}

// TestReport prints, draws and marshals a report, and one of nothing.
func TestReport(t *testing.T) {
	t.Parallel()
	for requests, send := range map[int]loadgen.Send{
		40: func(_ context.Context, n int) string { return []string{loadgen.OK, "status 500"}[n%2] },
		1:  func(context.Context, int) string { return "timed out" },
	} {
		r, err := loadgen.Run(t.Context(), loadgen.Plan{Arrivals: loadgen.Closed, Clients: 1, Requests: requests, Duration: time.Hour, Timeout: time.Second}, send)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := r.Print(&out); err != nil || !strings.Contains(out.String(), map[int]string{40: "20: status 500", 1: "1: timed out"}[requests]) {
			t.Errorf("%v: %s", err, out.String())
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
		var counted int64
		for _, bar := range r.Histogram {
			counted += bar.Count
		}
		if counted != int64(r.Outcomes[loadgen.OK]) {
			t.Errorf("the histogram has %d requests of %d", counted, r.Outcomes[loadgen.OK])
		}
		var svg struct {
			XMLName xml.Name
			Lines   []struct{} `xml:"polyline"`
		}
		if err := xml.Unmarshal([]byte(r.SVG()), &svg); err != nil || len(svg.Lines) != 1 || strings.Contains(r.SVG(), "NaN") {
			t.Errorf("%v: %s", err, r.SVG())
		}
	}
}
