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

// manyTags tells what may promise millions of tags behind the header: the library counts
// to that number, for minutes, and nothing tells such a promise from data beforehand.
func manyTags(raw []byte) bool {
	high := 0
	for _, b := range raw {
		if high++; b < 0x80 {
			high = 0
		}
		if high == 3 {
			return true
		}
	}
	return false
}

func FuzzGuard(f *testing.F) {
	request := kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrMetadataRequest(), 1)
	refused := kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrDeleteTopicsRequest(), 1)
	f.Add(request)
	f.Add(append(bytes.Clone(request), request...))
	f.Add(append(bytes.Clone(request), refused...))
	f.Add(append(bytes.Clone(request), "GET / HTTP/1.1\r\n\r\n"...))
	f.Add([]byte{0, 0, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0})
	twice := kmsg.NewPtrJoinGroupRequest()
	twice.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range"}, {Name: "range"}}
	f.Add(kmsg.NewRequestFormatter().AppendRequest(nil, twice, 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if manyTags(raw) {
			return
		}
		admittedBytes := through(t, iotest.OneByteReader(bytes.NewReader(raw)))
		if !bytes.HasPrefix(raw, admittedBytes) {
			t.Fatalf("of %x came %x", raw, admittedBytes)
		}
		for _, r := range []io.Reader{bytes.NewReader(raw), iotest.HalfReader(bytes.NewReader(raw))} {
			if again := through(t, r); !bytes.Equal(again, admittedBytes) {
				t.Errorf("of %x came %x, or %x if read otherwise", raw, admittedBytes, again)
			}
		}
		for rest := admittedBytes; len(rest) > 0; { // nothing but whole, harmless requests
			size := int(binary.BigEndian.Uint32(rest))
			request, err := decode(rest[4 : 4+size])
			if err != nil || harmless(request) != nil || !admitted[kmsg.Key(request.Key())] {
				t.Errorf("%x was admitted", rest[:4+size])
			}
			rest = rest[4+size:]
		}
	})
}

// through returns what a guard hands on.
// A request of a few bytes may promise four billion tags, which the library would count.
func TestGuard_promises(t *testing.T) {
	raw := []byte("\x00\x00\x00\x0e\x00 00\xff0\xe2\xe2\xe2\xe2\xe2\xe2\xd0000v ")
	if got := through(t, bytes.NewReader(raw)); len(got) > 0 {
		t.Errorf("%x was admitted", got)
	}
}

func through(t *testing.T, r io.Reader) []byte {
	t.Helper()
	closed := 0
	g := &guard{Conn: stream{Reader: r}, log: slog.New(slog.DiscardHandler), released: func() { closed++ }}
	got, _ := io.ReadAll(g)
	first, again := g.Close(), g.Close()
	if first != nil || again != nil || closed != 1 {
		t.Errorf("the place was given back %d times", closed)
	}
	return got
}
