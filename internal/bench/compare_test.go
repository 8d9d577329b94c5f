package bench

import (
	"strings"
	"testing"
	"time"
)

func TestPrintRatios(t *testing.T) {
	before := [][]row{
		{spread("answer", []time.Duration{4 * time.Second}), count("writes", "%.0f", 100), note("load", "x")},
		{spread("answer", []time.Duration{2 * time.Second}), count("writes", "%.0f", 200), note("load", "x")},
		{spread("answer", []time.Duration{2 * time.Second}), count("writes", "%.0f", 200), note("load", "x")},
	}
	after := [][]row{
		{spread("answer", []time.Duration{time.Second}), count("writes", "%.0f", 150), count("only new", "%.0f", 1)},
		{spread("answer", []time.Duration{time.Second}), count("writes", "%.0f", 200), count("only new", "%.0f", 1)},
		{spread("answer", []time.Duration{3 * time.Second}), count("writes", "%.0f", 800), count("only new", "%.0f", 1)},
	}
	var out strings.Builder
	if err := printRatios(&out, before, after); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	want := []string{"old new new/old", "answer p50 2 1 0.50 (0.25–1.50)", "answer p99 2 1 0.50 (0.25–1.50)", "writes 200 200 1.50 (1.00–4.00)", ""}
	if got, want := strings.Join(lines, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("printed:\n%s\nwant:\n%s", got, want)
	}
}
