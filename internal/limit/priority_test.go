package limit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/limit"
)

func TestPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p limit.Priority
		yields := func(what string, ctx context.Context, want time.Duration) {
			t.Helper()
			began := time.Now()
			if p.Yield(ctx, 5*time.Millisecond); time.Since(began) != want {
				t.Errorf("%s: waited %v, want %v", what, time.Since(began), want)
			}
		}
		yields("nothing runs", t.Context(), 0)
		end := p.Begin()
		time.AfterFunc(2*time.Millisecond, end)
		yields("until the end", t.Context(), 2*time.Millisecond)
		first, second := p.Begin(), p.Begin()
		time.AfterFunc(time.Millisecond, first)
		time.AfterFunc(3*time.Millisecond, second)
		yields("until both have ended", t.Context(), 3*time.Millisecond)
		end = p.Begin()
		yields("for longest", t.Context(), 5*time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		yields("until the caller leaves", ctx, time.Millisecond)
		end()
		yields("afterwards", t.Context(), 0)
	})
}
