package gateway

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged has the kernel end a TCP connection when sent bytes are not acknowledged for so long. The heartbeats make
// sure that there are such bytes.
func limitUnacknowledged(nc net.Conn, limit time.Duration) {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(limit.Milliseconds()))
		})
	}
}
