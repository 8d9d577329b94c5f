package main

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/wiredesk/wiredesk/internal/tracing"
)

// tracesPath is appended to OTEL_EXPORTER_OTLP_ENDPOINT, as OTLP specifies.
const tracesPath = "/v1/traces"

// readTracing reads the standard variables of OpenTelemetry that may also be in the .env file. The
// SDK reads others from the environment, such as OTEL_EXPORTER_OTLP_CERTIFICATE.
func (c *config) readTracing(s *settings) {
	endpoint := s.readEndpoint("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
	if endpoint != "" {
		endpoint = strings.TrimRight(endpoint, "/") + tracesPath
	}
	if traces := s.readEndpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://localhost:4318"+tracesPath); traces != "" {
		endpoint = traces
	}
	disabled := strings.EqualFold(s.text("OTEL_SDK_DISABLED", ""), "true")
	if endpoint == "" || disabled { // the other variables may be for other programs
		s.known = append(s.known, tracingNames...)
		return
	}
	s.oneOf("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "http/protobuf")
	c.tracing = &tracing.Config{Endpoint: endpoint, Headers: s.readHeaders("OTEL_EXPORTER_OTLP_HEADERS"),
		Service: s.text("OTEL_SERVICE_NAME", ""), Sampler: s.readSampler()}
}

// tracingNames are the variables that are read only if there is an endpoint.
var tracingNames = []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS_FILE", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}

// readEndpoint reads the URL of an OTLP receiver.
func (s *settings) readEndpoint(name, example string) string {
	text := s.text(name, "")
	if text == "" {
		return ""
	}
	shown := "(hidden)"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		s.bad(name, shown, "must be a URL with http or https", example)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		s.bad(name, shown, "must not have a user, a query or a fragment: credentials go into OTEL_EXPORTER_OTLP_HEADERS", example)
	}
	return text
}

// readHeaders reads name=value pairs with commas between, whose values may be percent-encoded.
func (s *settings) readHeaders(name string) map[string]string {
	const example = "Authorization=Bearer%20<token>"
	headers := map[string]string{}
	for pair := range strings.SplitSeq(s.secret(name, ""), ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || key == "" || strings.ContainsFunc(key, isNoToken) || err != nil || strings.ContainsAny(value, "\r\n\x00") {
			s.bad(name, "(hidden)", "must be name=value pairs with commas between, with %20 for a space in a value", example)
			return nil
		}
		headers[key] = value
	}
	return headers
}

// isNoToken reports whether a header's name cannot have c.
func isNoToken(c rune) bool {
	return c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
}

func (s *settings) readSampler() tracing.Sampler {
	sampler := tracing.Sampler{Name: s.oneOf("OTEL_TRACES_SAMPLER", tracing.Samplers[0], tracing.Samplers...), Ratio: 1}
	text := s.text("OTEL_TRACES_SAMPLER_ARG", "")
	if text == "" || !strings.HasSuffix(sampler.Name, "traceidratio") {
		return sampler
	}
	var err error
	if sampler.Ratio, err = strconv.ParseFloat(text, 64); err != nil || !(sampler.Ratio >= 0 && sampler.Ratio <= 1) {
		s.bad("OTEL_TRACES_SAMPLER_ARG", text, "must be a number from 0 to 1", "0.1")
	}
	return sampler
}
