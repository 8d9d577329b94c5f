// Package testkit has the helpers that the tests of several packages share: fatal checks of errors, waits for a condition, and a
// buffer for a log. It depends on no other package, so that every test may use it.
package testkit

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// Timeout is how long Eventually waits. The conditions of tests hold within milliseconds on an idle machine.
const Timeout = 30 * time.Second

// Must fails the test at once if err is not nil.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Eventually polls condition until it holds, and fails the test at once if it does not within Timeout. what names the condition.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Timeout); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, Timeout)
		}
	}
}

// LogBuffer collects the output of a logger or a process. Its methods may be called from any goroutine.
type LogBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns everything that was written.
func (l *LogBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Count returns how often text was written.
func (l *LogBuffer) Count(text string) int { return strings.Count(l.String(), text) }

// Logger returns a logger of all levels that writes lines of text to l.
func (l *LogBuffer) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
