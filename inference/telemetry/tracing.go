package telemetry

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
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
		return linked{sdk.ParentBased(part)}
	}
	return linked{sdk.ParentBased(part, sdk.WithRemoteParentSampled(blind{part}))}
}

// linked samples a batch, which is a trace of its own, if a request that it serves
// is sampled: else the request's link would lead nowhere.
type linked struct{ sdk.Sampler }

func (l linked) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	for _, link := range p.Links {
		if link.SpanContext.IsSampled() && !trace.SpanContextFromContext(p.ParentContext).IsValid() {
			return sdk.SamplingResult{Decision: sdk.RecordAndSample}
		}
	}
	return l.Sampler.ShouldSample(p)
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

// item is a text or a picture of a request.
type item struct{ index, bytes int }

type itemKey struct{}

// WithItem has the spans of a context carry the index of an item of a request, among
// the texts or the pictures, and its size in bytes; 0 if that is not known yet.
func WithItem(ctx context.Context, index, bytes int) context.Context {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx
	}
	return context.WithValue(ctx, itemKey{}, item{index, bytes})
}

// span records a step of a traced request that has ended already, as the span
// of the request may have.
func (t *Telemetry) span(ctx context.Context, s Stage, start, end time.Time, err error, options ...trace.SpanStartOption) {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return
	}
	attributes := []attribute.KeyValue{attribute.String("rsclip.tower", string(s.Tower))}
	if of, ok := ctx.Value(itemKey{}).(item); ok {
		attributes = append(attributes, attribute.Int("rsclip.item", of.index))
		if of.bytes > 0 {
			attributes = append(attributes, attribute.Int("rsclip.item.bytes", of.bytes))
		}
	}
	_, span := t.tracer.Start(ctx, s.Name, append(options, trace.WithTimestamp(start), trace.WithAttributes(attributes...))...)
	fail(span, err)
	span.End(trace.WithTimestamp(end))
}

// fail marks a span as failed, if there is an error.
func fail(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", err)))
	span.SetStatus(codes.Error, err.Error())
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
		trace.WithAttributes(attribute.String("rsclip.tower", string(tower)), attribute.Int("rsclip.batch.size", len(r.Items))))
	fail(span, r.Err)
	span.End(trace.WithTimestamp(r.Ended))
	toBatch := trace.WithLinks(trace.Link{SpanContext: span.SpanContext()})
	size := trace.WithAttributes(attribute.Int("rsclip.batch.size", len(r.Items)))
	for _, item := range r.Items {
		t.span(item.Context, Stage{"queue", tower}, item.Enqueued, r.Started, nil)
		t.span(item.Context, Stage{"infer", tower}, r.Started, r.Ended, r.Err, toBatch, size)
	}
}
