package telemetry

import (
	"context"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestCallersDoNotRaiseTheRate asks as callers may for a tenth of the traces.
func TestCallersDoNotRaiseTheRate(t *testing.T) {
	t.Parallel()
	const of = 10_000
	for _, tt := range []struct {
		name      string
		trusted   bool
		asks      bool // for a trace, or for none
		low, high int
	}{
		{"asked for", false, true, of / 20, of / 5},
		{"asked for by the trusted", true, true, of, of},
		{"asked not to", false, false, 0, 0},
		{"asked not to by the trusted", true, false, 0, 0},
	} {
		s := sampler(&config.Tracing{SampleRatio: 0.1, TrustCallers: tt.trusted})
		// The number of the trace is one that every part of traces has.
		parent := trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.TraceFlags(0).WithSampled(tt.asks), Remote: true,
		})
		traced := 0
		for range of {
			r := s.ShouldSample(sdk.SamplingParameters{ParentContext: trace.ContextWithRemoteSpanContext(context.Background(), parent), TraceID: parent.TraceID()})
			if r.Decision == sdk.RecordAndSample {
				traced++
			}
		}
		if traced < tt.low || traced > tt.high {
			t.Errorf("%s: %d of %d are traced, want %d to %d", tt.name, traced, of, tt.low, tt.high)
		}
	}
}
