package outbox

import (
	"sync"
	"time"
)

// stallAfter is the delay of an acknowledgement after which the relay is unhealthy. By then the
// publisher should know the reason.
const stallAfter = 3 * time.Second

// Status is the state of the relay as one node knows it.
type Status struct {
	Waiting       int64   // committed events that are not in Kafka yet
	OldestSeconds float64 // the age of the oldest waiting event; 0 on a node that does not lead
	Healthy       bool    // nothing keeps events from being published
	Leader        bool    // this node publishes
	Detail        string  // for operators: the reason if unhealthy, or which node leads
}

// progress is the state that the goroutines of a Relay share with callers of Status. Its mutex is
// held across no call but blockedReason, which does not block.
type progress struct {
	mu        sync.Mutex
	leader    bool
	head      int64     // the newest event that was seen in the log
	acked     int64     // every event up to this number is published
	oldest    time.Time // when the first event after acked was made or first seen; zero: there is none
	since     time.Time // when Kafka began to owe an answer, or to fail; zero: neither
	problem   string    // why the last attempt failed
	unhealthy bool      // as last returned by changed

	recovered time.Time // when changed last returned a recovery
	relapsed  time.Time // start of an unhealthy state within flapWindow of recovered; zero: none

	blockedReason func() string // Publisher.BlockedReason
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
	if stalled := p.stalledForLocked(); s.Detail == "" && stalled > stallAfter {
		s.Detail = "Kafka has not answered for " + stalled.Round(time.Second).String()
		if reason := p.blockedReason(); reason != "" {
			s.Detail += ": " + reason
		}
	}
	s.Healthy = s.Detail == ""
	if s.Healthy && !s.Leader {
		s.Detail = "another node publishes"
	}
	return s
}

// stalledFor returns the time since Kafka began to owe an answer, 0 if it owes none.
func (p *progress) stalledFor() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stalledForLocked()
}

func (p *progress) stalledForLocked() time.Duration {
	if p.since.IsZero() {
		return 0
	}
	return time.Since(p.since)
}

const (
	// Within flapWindow of a recovery, changed reports an unhealthy state only after flapTime.
	flapWindow = 10 * time.Second
	flapTime   = 3 * time.Second
)

// changed returns the status and whether Healthy changed since the last call. An unhealthy state
// shortly after a recovery counts only if it lasts, so that an overloaded node does not log pairs of lines.
func (p *progress) changed() (Status, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.statusLocked()
	if p.unhealthy == !s.Healthy {
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
	p.unhealthy, p.relapsed = !s.Healthy, time.Time{}
	if s.Healthy {
		p.recovered = time.Now()
	}
	return s, true
}

// startTerm sets the state of a new leader.
func (p *progress) startTerm(watermark int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.acked != watermark { // else this node led before, and no other node between
		p.oldest = time.Time{}
	}
	if watermark < p.acked { // a rollback: the head is not known
		p.head = watermark
	}
	p.leader, p.acked, p.head = true, watermark, max(p.head, watermark)
}

// follow sets the state of a node that does not lead.
func (p *progress) follow(head, watermark int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader, p.head, p.acked, p.problem = false, head, watermark, ""
	p.oldest, p.since = time.Time{}, time.Time{}
}

// termEnded keeps the problem: the reason for the end of the term may last.
func (p *progress) termEnded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leader = false
}

// fail records why an attempt failed.
func (p *progress) fail(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problem = problem
	p.startWaitingLocked()
}

// setHead records that the log has events up to head.
func (p *progress) setHead(head int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.head = max(p.head, head)
	if p.head > p.acked && p.oldest.IsZero() {
		p.oldest = time.Now()
	}
}

// startWaiting records that a request was sent to Kafka.
func (p *progress) startWaiting() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.startWaitingLocked()
}

func (p *progress) startWaitingLocked() {
	if p.since.IsZero() {
		p.since = time.Now()
	}
}

// sending records that events up to last are in flight, the first of them made at oldest.
func (p *progress) sending(oldest time.Time, last int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.oldest, p.head = oldest, max(p.head, last)
	p.startWaitingLocked()
}

// resumeAt records that every event up to seq is in Kafka. A pending problem stays: reading the topic
// does not prove that it can be written.
func (p *progress) resumeAt(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acked = seq
}

// published records that every event up to seq is published, and that Kafka owes no answer.
func (p *progress) published(seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acked, p.head, p.problem = seq, max(p.head, seq), ""
	p.oldest, p.since = time.Time{}, time.Time{}
}

// watermark returns the number up to which every event is published.
func (p *progress) watermark() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acked
}
