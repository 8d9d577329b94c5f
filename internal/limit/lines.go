package limit

import (
	"sync"
	"time"
)

// linesEvery is the minimum time between two lines.
const linesEvery = time.Minute

// Lines bounds the log lines about one frequent event: the first occurrence is logged at once, later ones
// share at most one line a minute. The zero value is ready to use, from any goroutine.
type Lines struct {
	mu    sync.Mutex
	last  time.Time // of the last line; zero: none yet
	count int       // occurrences since then
}

// Add counts an occurrence. due reports whether the caller should log a line now; n is the number of
// occurrences since the last line, including this one.
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

// Flush returns the number of occurrences since the last line, and the time since it, if a line is due;
// otherwise 0.
func (l *Lines) Flush(now time.Time) (n int, since time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wait(now) > 0 {
		return 0, 0
	}
	return l.take(now)
}

// Take is Flush even if no line is due, for the last line of a process.
func (l *Lines) Take(now time.Time) (n int, since time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(now)
}

// Wait returns the time until the next line is due; 0: now.
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
