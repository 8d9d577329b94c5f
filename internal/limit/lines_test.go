package limit_test

import (
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

func TestLines(t *testing.T) {
	var l limit.Lines
	now := time.Now()
	add := func(n int, due bool) {
		t.Helper()
		if gotN, gotDue := l.Add(now); gotN != n || gotDue != due {
			t.Errorf("Add returns %d, %v; want %d, %v", gotN, gotDue, n, due)
		}
	}
	flush := func(n int, since time.Duration) {
		t.Helper()
		if gotN, gotSince := l.Flush(now); gotN != n || gotSince != since {
			t.Errorf("Flush returns %d, %v; want %d, %v", gotN, gotSince, n, since)
		}
	}
	flush(0, 0)
	add(1, true) // the first one
	add(1, false)
	now = now.Add(time.Minute - 1)
	add(2, false)
	flush(0, 0)
	if wait := l.Wait(now); wait != 1 {
		t.Errorf("a line is due in %v", wait)
	}
	now = now.Add(1)
	add(3, true)
	add(1, false)
	now = now.Add(90 * time.Second)
	flush(1, 90*time.Second)
	add(1, false) // the flush was a line
	if n, _ := l.Take(now); n != 1 {
		t.Errorf("Take returns %d", n)
	}
	now = now.Add(time.Hour)
	flush(0, 0) // no occurrence: no line, and the next one is due at once
	add(1, true)
}
