package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

// traced runs something with a server that traces a part of the requests, and
// returns the spans that a collector was sent.
func traced(t *testing.T, ratio float64, run func(t *testing.T, i *instance)) (spans []*tracepb.Span) {
	t.Helper()
	var mu sync.Mutex
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		var q collectorpb.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &q); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range q.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				spans = append(spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(collector.Close)
	t.Run("traced", func(t *testing.T) { // Its cleanup flushes the spans.
		run(t, newServer(t, config.App{
			Server: config.Server{DrainSeconds: -1}, Cache: &config.Cache{TextMiB: -1},
			Tracing: &config.Tracing{Endpoint: collector.URL, SampleRatio: ratio},
		}, config.Model{}))
	})
	return spans
}

// attributesOf returns the attributes of a span as text.
func attributesOf(span *tracepb.Span) map[string]string {
	out := map[string]string{}
	for _, a := range span.GetAttributes() {
		switch v := a.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			out[a.GetKey()] = v.StringValue
		default:
			out[a.GetKey()] = strings.TrimPrefix(a.GetValue().String(), "int_value:")
		}
	}
	return out
}

// TestLinksLeadSomewhere traces a fifth of the requests, as a service with much
// traffic does.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	long(t, "a hundred requests in a row")
	spans := traced(t, 0.2, func(t *testing.T, i *instance) {
		url := serve(t, i)
		for range 100 {
			post(t, url+"/v1/embeddings", "application/json", []byte(`{"input": ["river", "forest"]}`))
		}
	})
	known, links := map[string]bool{}, 0
	for _, span := range spans {
		known[string(span.GetSpanId())] = true
	}
	for _, span := range spans {
		for _, link := range span.GetLinks() {
			if links++; !known[string(link.GetSpanId())] {
				t.Fatalf("a link of %s leads to a span that was not sent", span.GetName())
			}
		}
	}
	if links == 0 || len(spans) > 100*7/2 {
		t.Errorf("%d links and %d spans, want some, of a part of the requests", links, len(spans))
	}
}

// TestSpansSayWhatTheyAreOf looks at the spans of requests that go well, and of ones
// that fail, by both protocols.
func TestSpansSayWhatTheyAreOf(t *testing.T) {
	t.Parallel()
	infer := func(model string) *oip.ModelInferRequest {
		return &oip.ModelInferRequest{ModelName: model, Inputs: []*oip.ModelInferRequest_InferInputTensor{
			{Name: "text", Datatype: "BYTES", Shape: []int64{1}, Contents: &oip.InferTensorContents{BytesContents: [][]byte{[]byte("river")}}},
		}}
	}
	spans := traced(t, 1, func(t *testing.T, i *instance) {
		url, rpc := listen(t, i)
		client := connect(t, rpc, insecure.NewCredentials())
		picture := readPicture(t, "one-pixel.png")
		body, contentType := form(t, []string{"river"}, picture, picture[:len(picture)-30])
		post(t, url+"/predict", contentType, body)
		post(t, url+"/v1/classify", "application/json", []byte(`{}`))
		if _, err := client.ModelInfer(t.Context(), infer("tiny")); err != nil {
			t.Error(err)
		}
		if _, err := client.ModelInfer(t.Context(), infer("other")); err == nil {
			t.Error("another model was found")
		}
	})
	for _, want := range []struct {
		name       string
		attributes map[string]string
		failed     bool
	}{
		{"POST /predict", map[string]string{"http.request.method": "POST", "http.route": "/predict", "http.response.status_code": "200"}, false},
		{"POST /v1/classify", map[string]string{"http.route": "/v1/classify", "http.response.status_code": "400", "error.type": "invalid_request"}, false},
		{"inference.GRPCInferenceService/ModelInfer", map[string]string{"rpc.system": "grpc", "rpc.service": "inference.GRPCInferenceService", "rpc.method": "ModelInfer", "rpc.grpc.status_code": "0"}, false},
		{"inference.GRPCInferenceService/ModelInfer", map[string]string{"rpc.method": "ModelInfer", "rpc.grpc.status_code": "5", "error.type": "model_not_found"}, false},
		{"decode", map[string]string{"rsclip.tower": "vision", "rsclip.item": "0"}, false},
		{"decode", map[string]string{"rsclip.tower": "vision", "rsclip.item": "1", "error.type": "*errors.errorString"}, true},
		{"tokenize", map[string]string{"rsclip.tower": "text", "rsclip.item": "0", "rsclip.item.bytes": "5"}, false},
		{"infer", map[string]string{"rsclip.tower": "text", "rsclip.item": "0", "rsclip.batch.size": "1"}, false},
		{"batch", map[string]string{"rsclip.tower": "vision", "rsclip.batch.size": "1"}, false},
	} {
		found := false
		for _, span := range spans {
			got, all := attributesOf(span), span.GetName() == want.name && want.failed == (span.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR)
			for key, value := range want.attributes {
				if key == "error.type" && want.failed {
					all = all && got[key] != ""
					continue
				}
				all = all && got[key] == value
			}
			found = found || all
		}
		if !found {
			t.Errorf("no span %q with %v, failed %v", want.name, want.attributes, want.failed)
			for _, span := range spans {
				if span.GetName() == want.name {
					t.Log(attributesOf(span), span.GetStatus())
				}
			}
		}
	}
}
