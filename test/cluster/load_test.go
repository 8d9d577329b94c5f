package cluster_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/test/servertest"
)

// machine measures the load of the machine while there is no fault: the number of threads that run or
// wait for a core, sampled.
type machine struct {
	samples, runnable int64
}

// measure samples until ctx ends.
func (m *machine) measure(ctx context.Context, t *testing.T, r *report) {
	const every = 50 * time.Millisecond
	for ctx.Err() == nil {
		if r.kind() == steady {
			n, err := runnableThreads()
			if err != nil {
				t.Errorf("reading the machine's load: %v", err)
				return
			}
			m.samples++
			m.runnable += n
		}
		servertest.Pause(ctx, every)
	}
}

// perCore returns the mean number of runnable threads for each core, this test's included.
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

// checkSteady fails if events were delivered late while there was no fault. On an overloaded machine
// it reports the delay only.
func (s *workload) checkSteady(t *testing.T) {
	t.Helper()
	const within, busy = time.Second, 4 // threads a core
	p99, load := s.report.kinds[steady].delays.quantile(0.99), s.machine.perCore()
	t.Logf("without a fault an event was delivered after %v at p99; %.1f threads for each core", p99, load)
	if p99 > within && load < busy {
		t.Errorf("without a fault an event was delivered after %v at p99, want within %v", p99, within)
	}
}
