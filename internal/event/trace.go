package event

import "context"

// traceLength is the length of a traceparent of version 00: version, trace-id, parent-id and
// flags in lower-case hexadecimal with hyphens between.
const traceLength = 55

// ParseTrace returns a W3C traceparent in the form of version 00, or "" if it is invalid. A value
// of version 00 is returned unchanged, without an allocation. Of a later version, whose further
// fields are unknown, the ids and the sampled flag are kept.
func ParseTrace(s string) string {
	if len(s) < traceLength || s[2] != '-' || s[35] != '-' || s[52] != '-' ||
		!isHex(s[:2]) || !isID(s[3:35]) || !isID(s[36:52]) || !isHex(s[53:55]) || s[:2] == "ff" {
		return ""
	}
	if s[:2] == "00" {
		if len(s) > traceLength {
			return ""
		}
		return s
	}
	if len(s) > traceLength && s[traceLength] != '-' {
		return ""
	}
	flags := "-00"
	if hexValue(s[54])&1 == 1 {
		flags = "-01"
	}
	return "00" + s[2:52] + flags
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isID reports whether s is lower-case hexadecimal and not all zeros.
func isID(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return isHex(s)
		}
	}
	return false
}

// hexValue returns the value of a digit accepted by isHex.
func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}

type traceKey struct{}

// WithTrace returns a context for database writes: they store trace, a result of ParseTrace, with
// their events.
func WithTrace(ctx context.Context, trace string) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

// TraceOf returns the trace that WithTrace added to ctx, or "".
func TraceOf(ctx context.Context) string {
	trace, _ := ctx.Value(traceKey{}).(string)
	return trace
}
