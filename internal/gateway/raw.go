//go:build linux || darwin

package gateway

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// notSentLowat bounds the bytes that the kernel hides from us in the send buffer:
// without it a client that does not read looks healthy for megabytes.
const notSentLowat = 64 << 10

// rawConn returns nc's file descriptor access, nil when nc is no plain TCP connection.
func rawConn(nc net.Conn) syscall.RawConn {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	tcp.SetKeepAlive(false) // our pings find more dead connections, and a probe of every idle socket each 15 s costs CPU
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, notSentLowat)
	})
	return raw
}

// receive waits for bytes. While it waits it holds no buffer.
func receive(raw syscall.RawConn) (buf *buffer, n int, err error) {
	waitErr := raw.Read(func(fd uintptr) bool {
		buf = buffers.Get().(*buffer)
		for n, err = unix.Read(int(fd), buf[:]); err == unix.EINTR; {
			n, err = unix.Read(int(fd), buf[:])
		}
		if err != unix.EAGAIN {
			return true
		}
		buffers.Put(buf)
		buf = nil
		return false
	})
	if waitErr != nil {
		err = waitErr
	}
	return buf, n, err
}

// writer writes without ever waiting. One goroutine may use it at a time.
type writer struct {
	buf  []byte
	n    int
	err  error
	call func(fd uintptr) bool // made once: a closure for each write would cost an allocation
}

func newWriter() *writer {
	w := &writer{}
	w.call = func(fd uintptr) bool {
		for w.n, w.err = unix.Write(int(fd), w.buf); w.err == unix.EINTR; {
			w.n, w.err = unix.Write(int(fd), w.buf)
		}
		return true
	}
	return w
}

// write returns how much of b the kernel took at once, 0 without an error when it has no room.
func (w *writer) write(raw syscall.RawConn, b []byte) (int, error) {
	w.buf = b
	err := raw.Write(w.call)
	w.buf = nil
	switch {
	case err != nil:
		return 0, err
	case w.err == unix.EAGAIN:
		return 0, nil
	case w.err != nil:
		return 0, w.err
	}
	return w.n, nil
}
