package limit

import (
	"sync"
	"time"
)

// linesEvery is the least time between two lines of Lines.
const linesEvery = time.Minute

// Lines bounds the log lines about one thing that may happen often: the first time has a line at
// once, and later ones share at most one line a minute. The zero value is ready to use.
type Lines struct {
	mu    sync.Mutex
	last  time.Time // of the last line; zero: none yet
	count int       // since then
}

// Add counts one more. due reports whether the caller logs a line now; n is the number since the
// last line, this one included.
func (l *Lines) Add(now time.Time) (n int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if l.wait(now) > 0 {
		return l.count, false
	}
	n, _ = l.take(now)
	return n, true
}

// Flush returns the number that no line has counted, and the time since the last line, if a line
// is due; otherwise 0.
func (l *Lines) Flush(now time.Time) (n int, since time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wait(now) > 0 {
		return 0, 0
	}
	return l.take(now)
}

// Take is Flush before a line is due: for the last line of all.
func (l *Lines) Take(now time.Time) (n int, since time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(now)
}

// Wait returns the time until the next line is due; 0 when it is.
func (l *Lines) Wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wait(now)
}

func (l *Lines) wait(now time.Time) time.Duration {
	if l.last.IsZero() {
		return 0
	}
	return max(0, linesEvery-now.Sub(l.last))
}

// take starts the next period if anything was counted.
func (l *Lines) take(now time.Time) (n int, since time.Duration) {
	if n = l.count; n > 0 {
		since = now.Sub(l.last)
		l.last, l.count = now, 0
	}
	return n, since
}
