package sqlstore

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// TestFullDisk: a write fails with the reason and stores nothing. Reads work, and writes succeed again once
// there is space.
func TestFullDisk(t *testing.T) {
	s := openAlone(t, sqliteFile(t))
	w := &writer{db: s.database}
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	defer w.drop()
	conn := w.conn
	limit := func(pages int) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	if err := conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	newOp := func(do func(*tx) error) *writeOp {
		return &writeOp{ctx: t.Context(), done: make(chan struct{}), do: do}
	}
	newPost := func(size int) *writeOp {
		return newOp(func(t *tx) error {
			id, err := t.NextID()
			if err != nil {
				return err
			}
			return t.Insert(post.Post{Summary: post.Summary{ID: id, Slug: fmt.Sprint(id), Title: "x"}, Content: strings.Repeat("x", size)}, []byte(`{}`))
		})
	}
	put := func(size int) error {
		o := newPost(size)
		w.commitBatch([]*writeOp{o})
		return o.err
	}
	count := func() (n int) {
		t.Helper()
		if err := s.read.QueryRowContext(t.Context(), "SELECT count(*) FROM posts").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	limit(pages + 10)
	if err := put(100); err != nil {
		t.Fatal(err)
	}
	if err := put(1 << 20); fault.KindOf(err) != fault.Full {
		t.Errorf("a post of 1 MiB on a full disk: %v", err)
	}
	if n := count(); n != 1 {
		t.Errorf("%d posts", n)
	}
	// The room ends after the writes themselves, as the group is finished: what fits is stored.
	small, large := newPost(100), newOp(func(t *tx) error {
		return t.Emit(event.Event{ID: "e", PostID: 9, Version: 1, Data: []byte(strings.Repeat("x", 1<<20))})
	})
	w.commitBatch([]*writeOp{small, large})
	if small.err != nil || fault.KindOf(large.err) != fault.Full {
		t.Errorf("the writes of a group that does not fit: %v, %v", small.err, large.err)
	}
	if n := count(); n != 2 {
		t.Errorf("%d posts", n)
	}
	limit(1 << 30)
	// An error that does not end the transaction by itself leaves the connection as clean.
	rename := func(from, to string) {
		t.Helper()
		for _, do := range []func() error{
			func() error { return w.execDirect("BEGIN") },
			func() error { return w.execDirect("ALTER TABLE " + from + " RENAME TO " + to) },
			w.commit,
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
	}
	rename("counters", "gone")
	if err := put(100); err == nil {
		t.Error("a write without its tables is accepted")
	}
	rename("gone", "counters")
	if err := put(1 << 20); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if n := count(); n != 3 {
		t.Errorf("%d posts", n)
	}
}

// TestSearch_isBounded: searches wait for each other for a bounded time, and other requests do not wait for
// them.
func TestSearch_isBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openAlone(t, sqliteFile(t))
		for range cap(s.searchSlots) {
			s.searchSlots <- struct{}{}
		}
		q := post.Query{Sort: "title", Limit: 1}
		if _, err := s.List(t.Context(), q); err != nil {
			t.Errorf("a list without words: %v", err)
		}
		q.Words = "x"
		began := time.Now()
		_, err := s.List(t.Context(), q)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.RetryAfter == 0 || time.Since(began) != searchTime {
			t.Errorf("one search too many: %v after %v", err, time.Since(began))
		}
		<-s.searchSlots
		for range 2 * cap(s.searchSlots) { // each gives its place back
			if _, err := s.List(t.Context(), q); err != nil {
				t.Errorf("with a free place: %v", err)
			}
		}
	})
}
