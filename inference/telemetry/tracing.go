package telemetry

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
)

// Propagation is how callers hand their traces over: W3C Trace Context.
var Propagation = propagation.TraceContext{}

// NewTracer returns a tracer that sends to the collector of c, and what flushes
// and ends it. No configuration gives a tracer that does nothing.
func NewTracer(ctx context.Context, c *config.Tracing, version string) (trace.Tracer, func(context.Context) error, error) {
	if c == nil {
		return noop.NewTracerProvider().Tracer(""), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(c.Endpoint+"/v1/traces"))
	if err != nil {
		return nil, nil, fmt.Errorf("tracing to %s: %w", c.Endpoint, err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter),
		sdk.WithSampler(sampler(c)),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "rsclip"), attribute.String("service.version", version))),
	)
	return provider.Tracer("rsclip"), provider.Shutdown, nil
}

// sampler traces a part of the requests. A caller that asks for a trace gets one
// as often as others, unless callers are trusted; one that asks for none gets none.
func sampler(c *config.Tracing) sdk.Sampler {
	ratio := c.SampleRatio
	if ratio == 0 {
		ratio = 1
	}
	part := sdk.TraceIDRatioBased(ratio)
	if c.TrustCallers {
		return sdk.ParentBased(part)
	}
	return sdk.ParentBased(part, sdk.WithRemoteParentSampled(blind{part}))
}

// blind decides by a number of its own, since callers choose that of their traces.
type blind struct{ sdk.Sampler }

func (b blind) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	_, _ = rand.Read(p.TraceID[:]) // It never fails.
	return b.Sampler.ShouldSample(p)
}

// Start begins the span of a request.
func (t *Telemetry) Start(ctx context.Context, name string) (context.Context, trace.Span) {
	return t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer))
}

// span records a step of a traced request that has ended already, as the span
// of the request may have.
func (t *Telemetry) span(ctx context.Context, name string, start, end time.Time, options ...trace.SpanStartOption) {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return
	}
	_, span := t.tracer.Start(ctx, name, append(options, trace.WithTimestamp(start))...)
	span.End(trace.WithTimestamp(end))
}

// traceBatch records a batch as a trace of its own, linked to the requests
// that it served, and for each of these when it waited and when it ran.
func (t *Telemetry) traceBatch(tower model.Tower, r batch.Run) {
	var links []trace.Link
	for _, item := range r.Items {
		if trace.SpanContextFromContext(item.Context).IsSampled() {
			links = append(links, trace.LinkFromContext(item.Context))
		}
	}
	if len(links) == 0 {
		return
	}
	_, span := t.tracer.Start(context.Background(), "batch", trace.WithTimestamp(r.Started), trace.WithLinks(links...),
		trace.WithAttributes(attribute.String("tower", string(tower)), attribute.Int("size", len(r.Items))))
	if r.Err != nil {
		span.RecordError(r.Err)
	}
	span.End(trace.WithTimestamp(r.Ended))
	toBatch := trace.WithLinks(trace.Link{SpanContext: span.SpanContext()})
	for _, item := range r.Items {
		t.span(item.Context, "queue", item.Enqueued, r.Started)
		t.span(item.Context, "infer", r.Started, r.Ended, toBatch)
	}
}
