package server_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/server"
)

// TestFailedRequestsHaveALine looks for the ids of requests that fail, by class.
func TestFailedRequestsHaveALine(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}, Fetch: &config.Fetch{AllowedHosts: []string{"127.0.0.1:1"}}}, config.Model{})
	url, rpc := listen(t, i)
	for _, tt := range []struct{ id, path, body, timeout, line string }{
		{"wrong", "/predict", `{`, "", `level=INFO msg="request failed" request_id=wrong method=POST route=/predict status=400`},
		{"lost", "/nowhere", `{}`, "", `level=INFO msg="request failed" request_id=lost method=POST route=other status=404 code=not_found`},
		{"dead-link", "/predict", `{"text": "river", "image_url": "http://127.0.0.1:1/a.jpg"}`, "", `level=WARN msg="request failed" request_id=dead-link method=POST route=/predict status=424 code=connect_failed`},
		{"late", "/v1/embeddings", `{"input": "river"}`, "0.000000001", `level=WARN msg="request failed" request_id=late method=POST route=/v1/embeddings status=504 code=deadline_exceeded`},
	} {
		request, err := http.NewRequest(http.MethodPost, url+tt.path, bytes.NewBufferString(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Request-Id", tt.id)
		if tt.timeout != "" {
			request.Header.Set("X-Request-Timeout-Seconds", tt.timeout)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if i.logged(tt.line) != 1 {
			t.Errorf("%s: no line with %s", tt.id, tt.line)
		}
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-request-id", "by-grpc")
	if _, err := connect(t, rpc, insecure.NewCredentials()).ModelInfer(ctx, &oip.ModelInferRequest{ModelName: "other"}); err == nil {
		t.Error("another model was found")
	}
	if i.logged(`level=INFO msg="request failed" request_id=by-grpc method=POST route=/inference.GRPCInferenceService/ModelInfer status=404 code=model_not_found`) != 1 {
		t.Error("a failed call over gRPC has no line")
	}
	if t.Failed() {
		t.Log(i.log.String())
	}
}

// TestManyFailuresHaveFewLines has a caller fail, and another be refused, all the
// time.
func TestManyFailuresHaveFewLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines log
		fail := server.NewFailures(&lines)
		for range 5000 {
			fail("id", http.StatusBadRequest)
			fail("refused", http.StatusTooManyRequests)
		}
		if n := strings.Count(lines.String(), "\n"); n != 100 {
			t.Errorf("%d lines within a window, want 100", n)
		}
		server.PassWindow()
		synctest.Wait()
		for _, want := range []string{
			"msg=\"requests refused\" code=429 status=429 count=5000 within_seconds=10 first_request_id=refused\n",
			"msg=\"failed requests left out of the log\" count=4900 within_seconds=10\n",
		} {
			if !strings.Contains(lines.String(), want) {
				t.Errorf("there is no line %s", want)
			}
		}
		fail("next", http.StatusBadRequest)
		if !strings.Contains(lines.String(), "request_id=next") {
			t.Error("the next window has no line")
		}
		server.PassWindow()
	})
}
