package crash_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// entry is what two logs must agree on.
type entry struct {
	Seq   int64
	Frame string
}

// listener follows the stream from its beginning. Its fields may be read when run has returned.
type listener struct {
	client *client.Client
	// impatient: instead of waiting longer and longer it connects again from its last seq,
	// as a restarted program does, so that most kills cut its connection.
	impatient bool
	heard     atomic.Int64

	t           *testing.T
	log         []entry
	cuts, holes int
	gaps        int
	repeats     int
	ended       error
}

func (l *listener) run(ctx context.Context) {
	for l.ended == nil {
		life, end := context.WithCancel(ctx)
		err := l.follow(life, end)
		end()
		if ctx.Err() != nil || !errors.Is(err, context.Canceled) {
			l.ended = err
		}
		servertest.Pause(ctx, retryEvery)
	}
}

// follow calls enough when it has lost its connection and is impatient.
func (l *listener) follow(ctx context.Context, enough func()) error {
	const patience = 30 * time.Millisecond
	return l.client.Stream(ctx, client.Position{Seq: int64(len(l.log))}, client.Handler{
		Event: func(e client.Event) error {
			l.log = append(l.log, entryOf(l.t, e))
			l.heard.Add(1)
			return nil
		},
		Gap:      func(client.Position, client.Position) { l.gaps++ },
		Repeated: func(int64) { l.repeats++ },
		Lost: func(cause error, wait time.Duration) {
			if !neverConnected(cause) {
				l.cuts++
			}
			if errors.Is(cause, client.ErrMissingEvent) {
				l.holes++
			}
			if l.impatient && wait > patience {
				enough()
			}
		},
	})
}

// neverConnected reports whether there was no connection that could be cut.
func neverConnected(err error) bool {
	var status ws.StatusError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &status)
}

func entryOf(t *testing.T, e client.Event) entry {
	t.Helper()
	return entry{Seq: e.Seq, Frame: servertest.Frame(t, e)}
}

func awaitListeners(t *testing.T, all []*listener, n int) {
	t.Helper()
	for i, l := range all {
		servertest.Await(t, time.Minute, func() bool { return l.heard.Load() >= int64(n) }, func() string {
			return fmt.Sprintf("listener %d has %d of %d events", i, l.heard.Load(), n)
		})
	}
}

func checkListeners(t *testing.T, all []*listener, log []client.Event) {
	t.Helper()
	var want []entry
	for _, e := range log {
		want = append(want, entryOf(t, e))
	}
	for i, l := range all {
		if !errors.Is(l.ended, context.Canceled) {
			t.Errorf("listener %d ended with %v", i, l.ended)
		}
		if l.holes > 0 || l.gaps > 0 || l.repeats > 0 {
			t.Errorf("listener %d was sent %d holes, %d gaps and %d repeats", i, l.holes, l.gaps, l.repeats)
		}
		if diff := cmp.Diff(want, l.log); diff != "" {
			t.Errorf("listener %d against the log (-log +heard):\n%s", i, diff)
		}
	}
}
