package event_test

import (
	"context"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
)

const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestParseTrace(t *testing.T) {
	const ids = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"
	for _, c := range []struct{ in, want string }{
		{trace, trace},
		{"00" + ids + "00", "00" + ids + "00"},
		{"00" + ids + "03", "00" + ids + "03"},
		{"cc" + ids + "03", "00" + ids + "01"},
		{"01" + ids + "fe", "00" + ids + "00"},
		{"01" + ids + "0b-what-the-future-will-be-like", "00" + ids + "01"},
		{"01" + ids + "01.what", ""},
		{"00" + ids + "01-x", ""},
		{"00" + ids + "01 ", ""},
		{" 00" + ids + "01", ""},
		{"ff" + ids + "01", ""},
		{"0" + ids + "01", ""},
		{"0x" + ids + "01", ""},
		{"00" + ids + "0", ""},
		{"00" + ids + "0G", ""},
		{"00" + ids, ""},
		{strings.ToUpper(trace), ""},
		{"00-4bf92f3577b34da6a3ce929d0e0e473G-00f067aa0ba902b7-01", ""},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b\"-01", ""},
		{"00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", ""},
		{"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01", ""},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01", ""},
		{strings.Repeat("0", 55), ""},
		{"", ""},
	} {
		if got := event.ParseTrace(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// parsed keeps the compiler from removing the measured calls.
var parsed string

func TestParseTrace_doesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { parsed = event.ParseTrace(trace) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, 1)
	if n := testing.AllocsPerRun(100, func() { event.TraceOf(ctx) }); n != 0 {
		t.Errorf("%v allocations without a trace", n)
	}
}

func FuzzParseTrace(f *testing.F) {
	f.Add(trace)
	f.Add("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09-x")
	f.Fuzz(func(t *testing.T, s string) {
		got := event.ParseTrace(s)
		if got == "" {
			return
		}
		if len(got) != len(trace) || event.ParseTrace(got) != got || strings.Trim(got, "0123456789abcdef-") != "" || got[3:52] != s[3:52] {
			t.Errorf("%q became %q", s, got)
		}
	})
}
