package stream_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/stream"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// reader follows a running Stream from its first event on, in a bubble of fake time.
type reader struct {
	*stream.Stream
	t   *testing.T
	log *streamtest.Log
	pos int64
}

// inBubble runs test with a stream over an empty log.
func inBubble(t *testing.T, cfg stream.Config, test func(t *testing.T, r *reader)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := &streamtest.Log{}
		r := &reader{Stream: run(t, log, cfg), t: t, log: log, pos: 1}
		test(t, r)
	})
}

// run starts a Stream and returns it when it is loaded. The end of the test stops it.
func run(t *testing.T, log *streamtest.Log, cfg stream.Config) *stream.Stream {
	t.Helper()
	cfg.EncodeSummary = func(e event.Event) []byte { return fmt.Appendf(nil, "%d %s", e.Seq, e.ID) }
	cfg.EncodeFull = func(event.Event) []byte { return nil }
	if cfg.OnGrow == nil {
		cfg.OnGrow = func() {}
	}
	s := stream.New(log, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done, loaded := make(chan struct{}), make(chan struct{})
	go func() {
		s.Run(ctx, func() { close(loaded) })
		close(done)
	}()
	t.Cleanup(func() { cancel(); <-done })
	<-loaded
	return s
}

// next returns the entries that were appended since the last call.
func (r *reader) next() (got []string) {
	r.t.Helper()
	synctest.Wait()
	for _, e := range r.From(r.pos, 100_000) {
		if e.Seq != r.pos {
			r.t.Fatalf("entry %d follows %d", e.Seq, r.pos-1)
		}
		got = append(got, string(e.Summary))
		r.pos++
	}
	return got
}

// want fails unless the entries that were appended since the last call are the events first to last.
func (r *reader) want(first, last int64) {
	r.t.Helper()
	var want []string
	for seq := first; seq <= last; seq++ {
		want = append(want, fmt.Sprintf("%d id-%d", seq, seq))
	}
	if got := r.next(); !slices.Equal(got, want) {
		r.t.Fatalf("appended %s, want %d to %d", strings.Join(got, ", "), first, last)
	}
}
