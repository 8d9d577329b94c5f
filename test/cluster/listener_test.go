package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// listener follows the stream from its beginning over any number of connections, as a dashboard does.
type listener struct {
	client *client.Client
	ledger *ledger
	report *report

	heard  atomic.Int64 // the last event's number
	joined atomic.Bool
	broken atomic.Pointer[error] // why the stream ended before its context did

	leaveAt int64 // the event after which leave is called; 0: none
	leave   func()

	mu      sync.Mutex
	outages []outage

	// Read these when run has returned.
	holes, gaps, repeats int
	ended                error
}

// outage is a time without a connection; back is zero while it lasts.
type outage struct{ lost, back time.Time }

func (l *listener) run(ctx context.Context) {
	l.ended = l.client.Stream(ctx, client.Position{Seq: l.heard.Load()}, client.Handler{
		Event: func(e client.Event) error {
			ago, err := l.ledger.hear(e)
			l.report.delivered(ago)
			l.heard.Store(e.Seq)
			if l.leaveAt > 0 && e.Seq >= l.leaveAt {
				l.leave()
			}
			return err
		},
		Gap:      func(client.Position, client.Position) { l.gaps++ },
		Repeated: func(int64) { l.repeats++ },
		Joined:   l.join,
		Lost:     func(cause error, _ time.Duration) { l.lose(cause) },
	})
	if err := l.ended; !errors.Is(err, context.Canceled) {
		l.broken.Store(&err)
	}
}

func (l *listener) join() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.outages); n > 0 {
		l.outages[n-1].back = time.Now()
	}
	l.joined.Store(true)
}

func (l *listener) lose(cause error) {
	if errors.Is(cause, client.ErrMissingEvent) {
		l.holes++
	}
	if !l.joined.Swap(false) {
		return // another attempt that failed
	}
	l.report.lost(cause)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outages = append(l.outages, outage{lost: time.Now()})
}

// awayAfter returns for how long after moment the listener was without the connection
// that it lost within a second of it.
func (l *listener) awayAfter(moment time.Time) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.outages {
		if after := o.lost.Sub(moment); after >= 0 && after < time.Second {
			return o.back.Sub(moment), true
		}
	}
	return 0, false
}

// awaitListeners waits until all are connected and have n events. It fails the test at once when
// one got a wrong event.
func awaitListeners(t *testing.T, within time.Duration, all []*listener, n int64) {
	t.Helper()
	var last *listener
	servertest.Await(t, within, func() bool {
		for _, l := range all {
			if err := l.broken.Load(); err != nil {
				t.Fatalf("a listener, after event %d: %v", l.heard.Load(), *err)
			}
			if !l.joined.Load() || l.heard.Load() < n {
				last = l
				return false
			}
		}
		return true
	}, func() string {
		joined, behind := 0, 0
		for _, l := range all {
			if l.joined.Load() {
				joined++
			}
			if l.heard.Load() < n {
				behind++
			}
		}
		return fmt.Sprintf("%d of %d listeners are connected, %d do not have event %d (one has %d)", joined, len(all), behind, n, last.heard.Load())
	})
}

func checkListeners(t *testing.T, all []*listener, events int) {
	t.Helper()
	var wrong []string
	for i, l := range all {
		if !errors.Is(l.ended, context.Canceled) || l.holes+l.gaps+l.repeats > 0 || l.heard.Load() != int64(events) {
			wrong = append(wrong, fmt.Sprintf("listener %d was sent %d of %d events with %d holes, %d gaps and %d repeats, and ended with: %v",
				i, l.heard.Load(), events, l.holes, l.gaps, l.repeats, l.ended))
		}
	}
	if len(wrong) > 0 {
		t.Errorf("%d of %d listeners were not sent each event once:\n%s", len(wrong), len(all), strings.Join(wrong[:min(len(wrong), 5)], "\n"))
	}
}
