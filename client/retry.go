package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/gobwas/ws"
)

// The server's close codes.
const (
	closeExpired   ws.StatusCode = 4401 // token expired or session revoked
	closeRole      ws.StatusCode = 4403 // the role changed
	closeSlow      ws.StatusCode = 4408 // resume with the cursor
	closeRestarted ws.StatusCode = 1012 // reconnect after the time that the reason names
)

// closed is a connection that the server closed with a reason.
type closed struct {
	code   ws.StatusCode
	reason string
}

func (c closed) Error() string { return fmt.Sprintf("the server closed with %d %s", c.code, c.reason) }

// tokenRefused reports whether err means that the server did not accept the token.
func tokenRefused(err error) bool {
	var c closed
	if errors.As(err, &c) {
		return c.code == closeExpired || c.code == closeRole
	}
	var status ws.StatusError
	return errors.As(err, &status) && int(status) == http.StatusUnauthorized
}

// backoff returns the wait before the next attempt: the server's Retry-After; 0 after a
// first loss that a new connection repairs; otherwise a random time up to a bound that
// doubles from 250 ms to 15 s, so that many clients do not reconnect at once.
func backoff(err error, attempt int) time.Duration {
	const first, most = 250 * time.Millisecond, 15 * time.Second
	var c closed
	if errors.As(err, &c) && c.code == closeRestarted {
		if wait, ok := parseWait(c.reason); ok {
			return wait
		}
	}
	var p *Problem
	if errors.As(err, &p) && p.RetryAfter > 0 {
		return p.RetryAfter
	}
	immediate := tokenRefused(err) || errors.Is(err, ErrMissingEvent) || c.code == closeSlow
	if immediate && attempt == 0 {
		return 0
	}
	bound := most
	if attempt < 6 {
		bound = min(most, first<<attempt)
	}
	return rand.N(bound)
}

var milliseconds = regexp.MustCompile(`(\d{1,6})\s*ms`)

func parseWait(reason string) (time.Duration, bool) {
	match := milliseconds.FindStringSubmatch(reason)
	if match == nil {
		return 0, false
	}
	n, err := strconv.Atoi(match[1])
	return time.Duration(n) * time.Millisecond, err == nil
}
