//go:build !linux

package gateway

import (
	"net"
	"time"
)

// limitUnacknowledged does nothing: elsewhere the limit is the system's own, and the end of the token.
func limitUnacknowledged(net.Conn, time.Duration) {}
