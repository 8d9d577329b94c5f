package cluster_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/test/desk"
)

// machine measures how busy the machine is while nothing is broken: the number of threads that run or
// wait for a core, sampled.
type machine struct {
	samples, runnable int64
}

// measure samples until ctx ends.
func (m *machine) measure(ctx context.Context, t *testing.T, r *report) {
	const every = 50 * time.Millisecond
	for ctx.Err() == nil {
		if r.phase() == calm {
			n, err := runnableThreads()
			if err != nil {
				t.Errorf("reading the machine's load: %v", err)
				return
			}
			m.samples++
			m.runnable += n
		}
		desk.Pause(ctx, every)
	}
}

// perCore returns the mean number of threads that want one core, this test's included.
func (m *machine) perCore() float64 {
	return float64(m.runnable) / float64(max(m.samples, 1)) / float64(runtime.NumCPU())
}

// runnableThreads reads the fourth field of /proc/loadavg, such as 3/512.
func runnableThreads() (n int64, err error) {
	b, err := os.ReadFile("/proc/loadavg")
	if err == nil {
		_, err = fmt.Sscanf(strings.Join(strings.Fields(string(b))[3:], " "), "%d/", &n)
	}
	return n, err
}

// checkCalm fails if an event was on the screens late while nothing was broken. On a machine whose
// cores have more work than they can do at a time, it reports the delay only.
func (s *scene) checkCalm(t *testing.T) {
	t.Helper()
	const within, busy = time.Second, 4 // threads a core
	p99, load := s.report.kinds[calm].delays.quantile(0.99), s.machine.perCore()
	t.Logf("with nothing broken an event was on the screens after %v at p99; %.1f threads for each core", p99, load)
	if p99 > within && load < busy {
		t.Errorf("with nothing broken an event was on the screens after %v at p99, want within %v", p99, within)
	}
}
