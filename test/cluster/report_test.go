package cluster_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"
)

// report counts by the kind of fault. A phase with a fault lasts
// until all nodes are healthy again; between faults the phase is steady.
type report struct {
	current atomic.Pointer[phase]

	mu    sync.Mutex
	kinds map[string]*phase
}

// phase has the counts of one kind of fault, over all its times.
type phase struct {
	kind      string
	times     int
	longest   time.Duration // until all nodes were healthy again, the fault included
	acks      atomic.Int64
	replays   atomic.Int64 // of them: the first attempt was stored, and the same key found it
	refusals  atomic.Int64 // 412 and 404
	failures  atomic.Int64 // attempts without an answer, or with 503
	inARow    atomic.Int64 // the most failures of one request
	lastCause atomic.Pointer[error]
	cuts      atomic.Int64 // connections that listeners lost
	lastCut   atomic.Pointer[error]
	delays    delays
}

const steady = "steady"

func newReport() *report {
	r := &report{kinds: map[string]*phase{}}
	r.begin(steady)
	return r
}

// begin starts a phase of that kind.
func (r *report) begin(kind string) *phase {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.kinds[kind]
	if s == nil {
		s = &phase{kind: kind}
		r.kinds[kind] = s
	}
	s.times++
	r.current.Store(s)
	return s
}

func (r *report) now() *phase { return r.current.Load() }

// kind returns the kind of the present phase.
func (r *report) kind() string { return r.now().kind }

func (r *report) delivered(ago time.Duration) { r.now().delays.add(ago) }

func (r *report) lost(cause error) {
	s := r.now()
	s.cuts.Add(1)
	s.lastCut.Store(&cause)
}

func (s *phase) refused() { s.refusals.Add(1) }

func (s *phase) acknowledged(replayed bool) {
	s.acks.Add(1)
	if replayed {
		s.replays.Add(1)
	}
}

func (s *phase) failed(inARow int, cause error) {
	s.failures.Add(1)
	s.lastCause.Store(&cause)
	for most := s.inARow.Load(); int64(inARow) > most && !s.inARow.CompareAndSwap(most, int64(inARow)); {
		most = s.inARow.Load()
	}
}

func (s *phase) String() string {
	if cause := s.lastCause.Load(); cause != nil {
		return fmt.Sprintf("%d attempts failed, at most %d in a row; the last with: %v", s.failures.Load(), s.inARow.Load(), *cause)
	}
	return "no attempt failed"
}

// delays is a histogram in milliseconds.
type delays struct {
	counts [60_000]atomic.Int64
	worst  atomic.Int64 // ms
}

func (d *delays) add(v time.Duration) {
	ms := max(v.Milliseconds(), 0)
	d.counts[min(ms, int64(len(d.counts)-1))].Add(1)
	for worst := d.worst.Load(); ms > worst && !d.worst.CompareAndSwap(worst, ms); {
		worst = d.worst.Load()
	}
}

func (d *delays) count() (n int64) {
	for i := range d.counts {
		n += d.counts[i].Load()
	}
	return n
}

// most returns the worst delay.
func (d *delays) most() time.Duration { return time.Duration(d.worst.Load()) * time.Millisecond }

// quantile returns the delay that the share q of all is not above.
func (d *delays) quantile(q float64) time.Duration {
	left := int64(q * float64(d.count()))
	for i := range d.counts {
		if left -= d.counts[i].Load(); left < 0 {
			return time.Duration(i) * time.Millisecond
		}
	}
	return d.most()
}

// print shows one row for each kind of fault.
func (r *report) print(t *testing.T, notes ...string) {
	t.Helper()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "fault\ttimes\thealthy after\twrites\tfound by key\trefused\tfailed tries\tin a row\tcuts\tdeliveries\tp50\tp99\tworst delay\t")
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		s := r.kinds[kind]
		fmt.Fprintf(w, "%s\t%d\t%v\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\t%v\t\n", kind, s.times, s.longest.Round(100*time.Millisecond), s.acks.Load(), s.replays.Load(), s.refusals.Load(),
			s.failures.Load(), s.inARow.Load(), s.cuts.Load(), s.delays.count(), s.delays.quantile(0.5), s.delays.quantile(0.99), s.delays.most())
	}
	w.Flush()
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		if cut := r.kinds[kind].lastCut.Load(); cut != nil {
			fmt.Fprintf(&out, "%s, the last cut: %v\n", kind, *cut)
		}
		if r.kinds[kind].failures.Load() > 0 {
			fmt.Fprintf(&out, "%s: %v\n", kind, r.kinds[kind])
		}
	}
	t.Logf("\n%s\n%s", out.String(), strings.Join(notes, "\n"))
}
