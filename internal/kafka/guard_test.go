package kafka

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/iotest"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// stream is a connection whose other side wrote something and closed it.
type stream struct {
	net.Conn
	io.Reader
}

func (s stream) Read(p []byte) (int, error) { return s.Reader.Read(p) }
func (stream) Close() error                 { return nil }
func (stream) RemoteAddr() net.Addr         { return inside{} }

// admittedPrefix is what a guard has to hand on of raw: admitted requests, the last maybe cut short.
func admittedPrefix(raw []byte) []byte {
	rest := raw
	for len(rest) >= 8 {
		size, key := binary.BigEndian.Uint32(rest), kmsg.Key(binary.BigEndian.Uint16(rest[4:]))
		if size < 8 || size > maxRequestBytes || !admitted[key] {
			break
		}
		rest = rest[min(len(rest), int(size)+4):]
		if len(rest) < 8 {
			return raw[:len(raw)-len(rest)]
		}
	}
	return raw[:len(raw)-len(rest)]
}

func FuzzGuard(f *testing.F) {
	request := kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrMetadataRequest(), 1)
	refused := kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrDeleteTopicsRequest(), 1)
	f.Add(request)
	f.Add(append(bytes.Clone(request), request...))
	f.Add(append(bytes.Clone(request), refused...))
	f.Add(append(bytes.Clone(request), "GET / HTTP/1.1\r\n\r\n"...))
	f.Add([]byte{0, 0, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, chop := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.HalfReader, func(r io.Reader) io.Reader { return r }} {
			closed := 0
			g := &guard{Conn: stream{Reader: chop(bytes.NewReader(raw))}, log: slog.New(slog.DiscardHandler), released: func() { closed++ }}
			got, _ := io.ReadAll(g)
			if !bytes.Equal(got, admittedPrefix(raw)) {
				t.Errorf("of %x came %x", raw, got)
			}
			if g.Close() != nil || g.Close() != nil || closed != 1 {
				t.Errorf("the place was given back %d times", closed)
			}
		}
	})
}
