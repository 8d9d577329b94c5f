// Package tracing records the steps of a change (request, commit, publish, delivery) as OpenTelemetry spans
// and sends them by OTLP over HTTP. Only this package imports the OpenTelemetry SDK: packages with such
// steps get methods of a Tracer as functions in their Config. The trace of a request is stored with its
// events, so that later steps on other nodes continue it. It never delays a step: spans that do not fit the
// bounded queue are dropped.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// Config configures a Tracer.
type Config struct {
	Endpoint string            // the URL of the receiver, such as http://localhost:4318/v1/traces
	Headers  map[string]string // of each request to it; never logged
	Service  string            // service.name; empty: that of OTEL_RESOURCE_ATTRIBUTES, else wiredesk
	Version  string            // service.version
	Node     string            // service.instance.id
	Sampler  Sampler           // zero: the decision of the parent; spans without a parent are sampled
	Database string            // db.system.name: sqlite or mysql
	Topic    string            // messaging.destination.name
	Logger   *slog.Logger      // nil: silent
}

// flushTime bounds the time that Close waits for the last spans.
const flushTime = 3 * time.Second

// exportTime bounds one attempt to send spans, with its retries.
const exportTime = 10 * time.Second

// Tracer starts spans. Its methods may be called from any goroutine and do not block, except Close.
type Tracer struct {
	cfg      Config
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// New returns a Tracer with a goroutine that sends its spans until Close. It opens no connection. It sets
// the logger and the error handler of the OpenTelemetry SDK, which are global.
func New(cfg Config) (*Tracer, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	otel.SetLogger(logr.Discard()) // the default logs settings to stderr, including headers
	failures := &errorLog{logger: cfg.Logger, hidden: cfg.hidden()}
	otel.SetErrorHandler(failures)
	opts := []otlptracehttp.Option{otlptracehttp.WithEndpointURL(cfg.Endpoint)}
	if len(cfg.Headers) > 0 {
		opts = append(opts, otlptracehttp.WithHeaders(cfg.Headers))
	}
	exporter, err := otlptracehttp.New(context.Background(), opts...)
	if err != nil {
		return nil, fmt.Errorf("setting up the export of traces: %s", failures.describe(err))
	}
	res, err := cfg.resource()
	if err != nil {
		return nil, fmt.Errorf("reading OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter, sdktrace.WithExportTimeout(exportTime)),
		sdktrace.WithResource(res), sdktrace.WithSampler(cfg.Sampler.sampler()), sdktrace.WithRawSpanLimits(spanLimits()))
	return &Tracer{cfg: cfg, provider: provider, tracer: provider.Tracer("github.com/wiredesk/wiredesk")}, nil
}

// maxAttribute bounds the value of an attribute: a caller may send a path of 32 KB, and 2 048 spans wait.
const maxAttribute = 1024

// spanLimits returns the limits of the SDK, with maxAttribute unless OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT
// is set.
func spanLimits() sdktrace.SpanLimits {
	limits := sdktrace.NewSpanLimits()
	if limits.AttributeValueLengthLimit < 0 {
		limits.AttributeValueLengthLimit = maxAttribute
	}
	return limits
}

// resource returns the attributes that all spans share.
func (c Config) resource() (*resource.Resource, error) {
	opts := []resource.Option{resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("wiredesk"), semconv.ServiceVersion(c.Version), semconv.ServiceInstanceID(c.Node)), resource.WithFromEnv()}
	if c.Service != "" {
		opts = append(opts, resource.WithAttributes(semconv.ServiceName(c.Service)))
	}
	return resource.New(context.Background(), opts...)
}

// Close sends the ended spans, for flushTime at most, and stops the goroutine.
func (t *Tracer) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// StartRequest starts the server span of a request. parent is a result of event.ParseTrace. The returned
// function ends the span; route is "" for an unknown one.
func (t *Tracer) StartRequest(r *http.Request, parent string) (context.Context, func(route string, status int)) {
	method := methodOf(r.Method)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	ctx, span := t.tracer.Start(withParent(r.Context(), parent), method.name, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(method.attribute, semconv.URLPath(r.URL.Path), semconv.URLScheme(scheme)))
	return withTrace(ctx, span), func(route string, status int) {
		if route != "" {
			span.SetName(method.name + " " + route)
			span.SetAttributes(semconv.HTTPRoute(route))
		}
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		if status >= http.StatusInternalServerError {
			span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// StartCommit starts the span of a database write, if ctx is that of a request.
func (t *Tracer) StartCommit(ctx context.Context) (context.Context, func(error)) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, "COMMIT", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.DBSystemNameKey.String(t.cfg.Database), semconv.DBOperationName("COMMIT")))
	return withTrace(ctx, span), func(err error) {
		switch fault.KindOf(err) {
		case fault.Internal, fault.Unavailable, fault.Full: // other kinds are answers to the client, such as a conflict
			fail(span, err)
		}
		span.End()
	}
}

// StartPublish starts a producer span for each event of a batch that has a trace.
func (t *Tracer) StartPublish(events []event.Event) (end func(error)) {
	var spans []trace.Span
	for _, e := range events {
		if e.Trace == "" {
			continue
		}
		_, span := t.tracer.Start(withParent(context.Background(), e.Trace), "publish "+t.cfg.Topic, trace.WithSpanKind(trace.SpanKindProducer),
			trace.WithAttributes(append(attributes(e), semconv.MessagingSystemKafka, semconv.MessagingDestinationName(t.cfg.Topic), semconv.MessagingOperationName("publish"),
				semconv.MessagingOperationTypeSend, semconv.MessagingMessageID(e.ID), semconv.MessagingKafkaMessageKey(strconv.FormatInt(e.PostID, 10)),
				semconv.MessagingBatchMessageCount(len(events)))...))
		spans = append(spans, span)
	}
	return func(err error) {
		for _, span := range spans {
			fail(span, err)
			span.End()
		}
	}
}

// StartDelivery starts the span of an event that this node sends to its sockets. from is the source of the
// event: commit, kafka or log.
func (t *Tracer) StartDelivery(e event.Event, from string) (end func(sockets int)) {
	_, span := t.tracer.Start(withParent(context.Background(), e.Trace), "deliver",
		trace.WithAttributes(append(attributes(e), attribute.String("wiredesk.event.source", from))...))
	return func(sockets int) {
		span.SetAttributes(attribute.Int("wiredesk.sockets", sockets))
		span.End()
	}
}

func attributes(e event.Event) []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("wiredesk.event.type", string(e.Type)), attribute.Int64("wiredesk.event.seq", e.Seq), attribute.Int64("wiredesk.post.id", e.PostID)}
}

// fail marks a span as failed unless err is nil.
func fail(span trace.Span, err error) {
	if err != nil {
		span.SetAttributes(semconv.ErrorTypeOther)
		span.SetStatus(codes.Error, err.Error())
	}
}
