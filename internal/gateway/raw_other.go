//go:build !linux && !darwin

package gateway

import (
	"errors"
	"net"
	"syscall"
)

// Elsewhere every connection takes the portable path.

func rawConn(net.Conn) syscall.RawConn { return nil }

var errNotRaw = errors.New("no raw connections on this system")

func receive(syscall.RawConn) (*buffer, int, error) { return nil, 0, errNotRaw }

type writer struct{}

func newWriter() *writer { return &writer{} }

func (*writer) write(syscall.RawConn, []byte) (int, error) { return 0, errNotRaw }
