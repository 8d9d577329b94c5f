package bench

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"

	"github.com/gobwas/ws"
)

// frames splits the bytes of a server into frames. A library needs two reads and a copy per frame; this
// reads all available bytes at once and copies nothing.
type frames struct {
	conn  net.Conn
	buf   []byte // of which [start:end] is read but not handled
	start int
	end   int
}

// take prepends the bytes that were read with the handshake.
func (f *frames) take(ahead *bufio.Reader) {
	b, err := ahead.Peek(ahead.Buffered())
	if err == nil {
		f.buf = append(make([]byte, 0, max(4096, len(b))), b...)
		f.end = len(b)
		f.buf = f.buf[:cap(f.buf)]
	}
}

// next reads once and calls text for each complete text frame. It answers pings, and returns an error when
// the connection is lost or closed.
func (f *frames) next(text func([]byte)) error {
	if err := f.cut(text); err != nil {
		return err
	}
	f.room()
	n, err := f.conn.Read(f.buf[f.end:])
	f.end += n
	return err
}

// room makes room for a read after the unhandled bytes.
func (f *frames) room() {
	switch {
	case f.start == f.end:
		f.start, f.end = 0, 0
	case f.start > 0:
		f.end = copy(f.buf, f.buf[f.start:f.end])
		f.start = 0
	}
	if f.end == len(f.buf) {
		f.buf = append(f.buf, make([]byte, max(4096, len(f.buf)))...)
	}
}

func (f *frames) cut(text func([]byte)) error {
	for {
		b := f.buf[f.start:f.end]
		if len(b) < 2 {
			return nil
		}
		head, size := 2, int(b[1]&0x7f)
		switch {
		case size == 126 && len(b) >= 4:
			head, size = 4, int(binary.BigEndian.Uint16(b[2:]))
		case size == 127 && len(b) >= 10:
			head, size = 10, int(binary.BigEndian.Uint64(b[2:]))
		case size >= 126:
			return nil
		}
		if len(b) < head+size {
			return nil
		}
		f.start += head + size
		if err := f.handle(ws.OpCode(b[0]&0x0f), b[head:head+size], text); err != nil {
			return err
		}
	}
}

var errClosed = errors.New("the server closed the socket")

func (f *frames) handle(op ws.OpCode, payload []byte, text func([]byte)) error {
	switch op {
	case ws.OpText:
		text(payload)
	case ws.OpPing:
		pong := ws.MaskFrame(ws.NewPongFrame(payload))
		return ws.WriteFrame(f.conn, pong)
	case ws.OpClose:
		return errClosed
	}
	return nil
}
