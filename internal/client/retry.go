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

// doubtful reports whether err means that the token was not accepted, or not any more.
func doubtful(err error) bool {
	var c closed
	if errors.As(err, &c) {
		return c.code == closeExpired || c.code == closeRole
	}
	var status ws.StatusError
	return errors.As(err, &status) && int(status) == http.StatusUnauthorized
}

// pause returns how long to wait before the next try after the loss err: as long as the
// server asks, not at all after a first loss that a fresh connection cures, and else
// anything up to a bound that doubles with each attempt, so that a crowd spreads out.
func pause(err error, attempt int) time.Duration {
	const first, most = 250 * time.Millisecond, 15 * time.Second
	var c closed
	if errors.As(err, &c) && c.code == closeRestarted {
		if wait, ok := asked(c.reason); ok {
			return wait
		}
	}
	var p *Problem
	if errors.As(err, &p) && p.RetryAfter > 0 {
		return p.RetryAfter
	}
	planned := doubtful(err) || errors.Is(err, ErrHole) || c.code == closeSlow
	if planned && attempt == 0 {
		return 0
	}
	bound := most
	if attempt < 6 {
		bound = min(most, first<<attempt)
	}
	return rand.N(bound)
}

var milliseconds = regexp.MustCompile(`(\d{1,6})\s*ms`)

func asked(reason string) (time.Duration, bool) {
	match := milliseconds.FindStringSubmatch(reason)
	if match == nil {
		return 0, false
	}
	n, err := strconv.Atoi(match[1])
	return time.Duration(n) * time.Millisecond, err == nil
}
