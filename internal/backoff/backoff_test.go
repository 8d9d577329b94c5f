package backoff_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/backoff"
)

// TestRetry: each wait is twice the one before, up to the maximum; the series ends with a success.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		err := backoff.Retry(t.Context(), backoff.Backoff{Min: time.Second, Max: 5 * time.Second}, func(context.Context) error {
			if at = append(at, time.Since(began)); len(at) < 6 {
				return errors.New("not yet")
			}
			return nil
		})
		want := []time.Duration{0, 1, 3, 7, 12, 17}
		for i := range want {
			want[i] *= time.Second
		}
		if err != nil || !slices.Equal(at, want) {
			t.Errorf("attempts were at %v, want %v; the error is %v", at, want, err)
		}
	})
}

// TestRetry_canceled: a canceled context ends a wait, and the error of the last attempt is not returned.
func TestRetry_canceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		began := time.Now()
		err := backoff.Retry(ctx, backoff.Backoff{Min: time.Minute, Max: time.Hour}, func(context.Context) error { return errors.New("away") })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 90*time.Second {
			t.Errorf("Retry returned %v after %v", err, time.Since(began))
		}
	})
}

// TestBackoff_reset: after Reset the waits begin again.
func TestBackoff_reset(t *testing.T) {
	b := backoff.Backoff{Min: time.Second, Max: time.Minute}
	b.Next()
	b.Next()
	b.Reset()
	if got := b.Next(); got != time.Second {
		t.Errorf("the wait after Reset is %v, want 1s", got)
	}
}
