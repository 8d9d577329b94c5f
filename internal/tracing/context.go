package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wiredesk/wiredesk/internal/event"
)

// withParent returns a context whose spans are children of traceparent, a result of event.ParseTrace; ctx
// itself if it is "".
func withParent(ctx context.Context, traceparent string) context.Context {
	if traceparent == "" {
		return ctx
	}
	// ParseTrace has checked both ids.
	traceID, _ := trace.TraceIDFromHex(traceparent[3:35])
	spanID, _ := trace.SpanIDFromHex(traceparent[36:52])
	var flags trace.TraceFlags
	if c := traceparent[54]; c <= '9' && c&1 == 1 || c > '9' && c&1 == 0 { // of b, d and f the ASCII code is even
		flags = trace.FlagsSampled
	}
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: flags, Remote: true}))
}

// withTrace returns a context for database writes: the events store span as their parent.
func withTrace(ctx context.Context, span trace.Span) context.Context {
	c := span.SpanContext()
	return event.WithTrace(ctx, "00-"+c.TraceID().String()+"-"+c.SpanID().String()+"-"+(c.TraceFlags()&trace.FlagsSampled).String())
}

// method is an HTTP method in the form of the semantic conventions.
type method struct {
	name      string
	attribute attribute.KeyValue
}

func methodOf(m string) method {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method{m, semconv.HTTPRequestMethodKey.String(m)}
	}
	return method{"HTTP", semconv.HTTPRequestMethodOther}
}
