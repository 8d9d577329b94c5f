package outbox

import (
	"sync"
	"time"
)

// stallAfter is how long an acknowledgement may take before the relay counts as
// ill. The publisher should know by then what holds it up.
const stallAfter = 3 * time.Second

// Status is what a node knows of the relay.
type Status struct {
	Waiting       int64   // committed events that are not on Kafka yet
	OldestSeconds float64 // the age of the oldest of them; 0 on a node that does not lead
	Healthy       bool    // nothing keeps events from being published
	Leader        bool    // this node publishes
	Detail        string  // for people: what is wrong, or who leads
}

// progress is the state that the relay's goroutines share with whoever asks. Its
// mutex is held over no call to elsewhere but trouble, which returns at once.
type progress struct {
	mu      sync.Mutex
	leader  bool
	head    int64     // the newest event that was seen in the log
	acked   int64     // everything up to here is published
	oldest  time.Time // when the first event after acked was made or first seen; zero when there is none
	since   time.Time // since when Kafka owes an answer, or fails; zero when it does not
	problem string    // why the last attempt failed
	ill     bool      // what changed last returned

	recovered time.Time // when changed last returned that all is well again
	relapsed  time.Time // since when it is ill, shortly after that; zero: it is not

	trouble func() string // why an answer may be late
}

func (p *progress) status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.statusLocked()
}

func (p *progress) statusLocked() Status {
	s := Status{Waiting: max(0, p.head-p.acked), Leader: p.leader, Detail: p.problem}
	if s.Waiting > 0 && !p.oldest.IsZero() {
		s.OldestSeconds = max(0, time.Since(p.oldest).Seconds())
	}
	if stuck := p.stuckLocked(); s.Detail == "" && stuck > stallAfter {
		s.Detail = "Kafka has not answered for " + stuck.Round(time.Second).String()
		if trouble := p.trouble(); trouble != "" {
			s.Detail += ": " + trouble
		}
	}
	s.Healthy = s.Detail == ""
	if s.Healthy && !s.Leader {
		s.Detail = "another node publishes"
	}
	return s
}

// stuck returns for how long nothing has reached Kafka though something was to.
func (p *progress) stuck() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stuckLocked()
}

func (p *progress) stuckLocked() time.Duration {
	if p.since.IsZero() {
		return 0
	}
	return time.Since(p.since)
}

const (
	// flapWindow is how long after a recovery a relapse is reported only when it lasts flapTime.
	flapWindow = 10 * time.Second
	flapTime   = 3 * time.Second
)

// changed returns the status and whether its Healthy differs from the last call's. A short
// relapse right after a recovery is no change, so that an overloaded node does not log pairs.
func (p *progress) changed() (Status, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.statusLocked()
	if p.ill == !s.Healthy {
		p.relapsed = time.Time{}
		return s, false
	}
	if !s.Healthy && time.Since(p.recovered) < flapWindow {
		if p.relapsed.IsZero() {
			p.relapsed = time.Now()
		}
		if time.Since(p.relapsed) < flapTime {
			return s, false
		}
	}
	p.ill, p.relapsed = !s.Healthy, time.Time{}
	if s.Healthy {
		p.recovered = time.Now()
	}
	return s, true
}

func (p *progress) leading(watermark int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.acked != watermark { // else it leads again, after nobody else took its place
		p.oldest = time.Time{}
	}
	if watermark < p.acked { // the log went back: its head is not known
		p.head = watermark
	}
	p.leader, p.acked, p.head = true, watermark, max(p.head, watermark)
}

func (p *progress) following(head, watermark int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader, p.head, p.acked, p.problem = false, head, watermark, ""
	p.oldest, p.since = time.Time{}, time.Time{}
}

// left notes the end of a term. Why it ended may still be the trouble of the moment.
func (p *progress) left() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader = false
}

func (p *progress) failed(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problem = problem
	p.waitLocked()
}

func (p *progress) saw(head int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.head = max(p.head, head)
	if p.head > p.acked && p.oldest.IsZero() {
		p.oldest = time.Now()
	}
}

// asking notes that Kafka is asked for something.
func (p *progress) asking() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waitLocked()
}

func (p *progress) waitLocked() {
	if p.since.IsZero() {
		p.since = time.Now()
	}
}

// sending notes that events up to last, the first of them made at oldest, are in flight.
func (p *progress) sending(oldest time.Time, last int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.oldest, p.head = oldest, max(p.head, last)
	p.waitLocked()
}

// resumed notes that everything up to seq is on Kafka. Whether more can get there is not known.
func (p *progress) resumed(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acked = seq
}

// moved notes that everything up to seq is published.
func (p *progress) moved(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acked, p.head, p.problem = seq, max(p.head, seq), ""
	p.oldest, p.since = time.Time{}, time.Time{}
}

// done returns up to where everything is published.
func (p *progress) done() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acked
}
