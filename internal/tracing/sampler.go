package tracing

import (
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Samplers are the values of Sampler.Name.
var Samplers = []string{"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio", "always_on", "always_off", "traceidratio"}

// Sampler selects the traces whose spans are sent.
type Sampler struct {
	Name  string  // one of Samplers; empty: the first
	Ratio float64 // for the last of each kind: the share of traces, from 0 to 1
}

func (s Sampler) sampler() sdktrace.Sampler {
	name, parentBased := strings.CutPrefix(s.Name, "parentbased_")
	var root sdktrace.Sampler
	switch name {
	case "always_off":
		root = sdktrace.NeverSample()
	case "traceidratio":
		root = sdktrace.TraceIDRatioBased(s.Ratio)
	default:
		root = sdktrace.AlwaysSample()
	}
	if parentBased || s.Name == "" {
		return sdktrace.ParentBased(root)
	}
	return root
}
