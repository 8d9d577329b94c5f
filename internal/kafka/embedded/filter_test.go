package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// byteConn is a connection whose peer has written the bytes of Reader and closed it.
type byteConn struct {
	net.Conn
	io.Reader
}

func (s byteConn) Read(p []byte) (int, error)      { return s.Reader.Read(p) }
func (byteConn) Close() error                      { return nil }
func (byteConn) RemoteAddr() net.Addr              { return memAddr{} }
func (byteConn) SetReadDeadline(_ time.Time) error { return nil }

// filtered returns the bytes that a filter passes on.
func filtered(t testing.TB, r io.Reader) []byte {
	t.Helper()
	listener := newExternalListener(nil, slog.New(slog.DiscardHandler))
	f := newRequestFilter(byteConn{Reader: r}, listener)
	listener.add(f)
	got, _ := io.ReadAll(f)
	first, again := f.Close(), f.Close()
	if first != nil || again != nil || len(listener.conns) > 0 || !listener.memory.TryAcquire(requestMemory) {
		t.Error("the connection or its memory was not released")
	}
	return got
}

// allocated returns the bytes that were allocated so far.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func FuzzFilter(f *testing.F) {
	request := encode(kmsg.NewPtrMetadataRequest())
	f.Add(request)
	f.Add(append(bytes.Clone(request), request...))
	f.Add(append(bytes.Clone(request), encode(kmsg.NewPtrDeleteTopicsRequest())...))
	f.Add(append(bytes.Clone(request), "GET / HTTP/1.1\r\n\r\n"...))
	f.Add([]byte{0, 0, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0})
	f.Add([]byte("\x00\x00\x00\x0e\x00 00\xff0\xe2\xe2\xe2\xe2\xe2\xe2\xd0000v ")) // four billion tags
	f.Add([]byte("\x00\x00\x00\x13\x00\x12\x00\x03\x00\x00\x00\x01\xff\xff\x00\x02a\x02b\xff\xff\xff\xff\x0f"))
	twice := kmsg.NewPtrJoinGroupRequest()
	twice.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range"}, {Name: "range"}}
	f.Add(encode(twice))
	newer := kmsg.NewPtrApiVersionsRequest()
	newer.SetVersion(99)
	f.Add(encode(newer))
	for _, codec := range codecs {
		f.Add(encode(produce(packed(f, codec, someRecords(3), 3))))
	}
	f.Add(encode(produce(packed(f, 1, make([]byte, 1<<20), 1))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		start, before := time.Now(), allocated()
		got := filtered(t, iotest.OneByteReader(bytes.NewReader(raw)))
		if took, bytes := time.Since(start), allocated()-before; took > 5*time.Second || bytes > 64<<20 {
			t.Fatalf("%d bytes took %s and %d bytes of memory", len(raw), took, bytes)
		}
		for _, r := range []io.Reader{bytes.NewReader(raw), iotest.HalfReader(bytes.NewReader(raw))} {
			if again := filtered(t, r); !bytes.Equal(again, got) {
				t.Errorf("of %x came %x, or %x if read otherwise", raw, got, again)
			}
		}
		for rest := got; len(rest) > 0; { // only complete requests that decode
			size := int(binary.BigEndian.Uint32(rest))
			h, body, err := checkRequest(rest[4 : 4+size])
			if err != nil {
				t.Fatalf("%x was accepted: %v", rest[:4+size], err)
			}
			start := time.Now()
			request := h.key.Request()
			request.SetVersion(h.version)
			_ = request.ReadFrom(body)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%x takes %s", rest[:4+size], took)
			}
			rest = rest[4+size:]
		}
	})
}

func produce(records ...[]byte) *kmsg.ProduceRequest {
	request := kmsg.NewPtrProduceRequest()
	request.SetVersion(9)
	request.Acks = -1
	request.Topics = []kmsg.ProduceRequestTopic{{Topic: "blog-events"}}
	for i, r := range records {
		request.Topics[0].Partitions = append(request.Topics[0].Partitions, kmsg.ProduceRequestTopicPartition{Partition: int32(i), Records: r})
	}
	return request
}

// A produce request without acknowledgement becomes one with, in every version.
func TestFilter_everyProduceIsAnswered(t *testing.T) {
	l := layouts[kmsg.Produce]
	for version := l.min; version <= l.max; version++ {
		request := produce(packed(t, 0, someRecords(1), 1))
		request.SetVersion(version)
		request.Acks = 0
		got := filtered(t, bytes.NewReader(encode(request)))
		request.Acks = 1
		if want := encode(request); !bytes.Equal(got, want) {
			t.Errorf("version %d: %x, not %x", version, got, want)
		}
	}
}

// A fetch is bounded and has no session, in every version.
func TestFilter_boundsFetches(t *testing.T) {
	l := layouts[kmsg.Fetch]
	for version := l.min; version <= l.max; version++ {
		for _, epoch := range []int32{-1, 0, 5} {
			request := kmsg.NewPtrFetchRequest()
			request.SetVersion(version)
			request.MaxWaitMillis, request.MinBytes, request.MaxBytes = 1<<31-1, 1<<31-1, 1<<31-1
			request.SessionID, request.SessionEpoch = 9, epoch
			request.Topics = []kmsg.FetchRequestTopic{{Partitions: []kmsg.FetchRequestTopicPartition{kmsg.NewFetchRequestTopicPartition()}}}
			got := filtered(t, bytes.NewReader(encode(request)))
			request.MaxWaitMillis, request.MinBytes, request.MaxBytes = 30_000, maxFetchBytes, maxFetchBytes
			request.SessionID = 0
			if epoch == 0 {
				request.SessionEpoch = -1
			}
			if want := encode(request); !bytes.Equal(got, want) {
				t.Errorf("version %d, epoch %d: %x, not %x", version, epoch, got, want)
			}
		}
	}
}

// The refusals of a burst are logged within the minute, even if no other one follows.
func TestRefusals_logsTheOthersInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := refusals{out: slog.New(slog.NewTextHandler(&out, nil))}
		log := func() string { // written by the goroutine of the timer
			r.mu.Lock()
			defer r.mu.Unlock()
			return out.String()
		}
		lines := func() int { return strings.Count(log(), "level=WARN") }
		r.log(memAddr{}, errRefused)
		time.Sleep(20 * time.Second)
		r.log(memAddr{}, errRefused)
		r.log(memAddr{}, errRefused)
		time.Sleep(39 * time.Second)
		if synctest.Wait(); lines() != 1 {
			t.Errorf("%d lines after 59 s", lines())
		}
		time.Sleep(time.Second)
		if synctest.Wait(); lines() != 2 || !strings.Contains(log(), "others=1") {
			t.Errorf("after a minute:\n%s", log())
		}
		time.Sleep(time.Hour)
		if synctest.Wait(); lines() != 2 {
			t.Errorf("logged without a refusal:\n%s", log())
		}
		r.log(memAddr{}, errRefused)
		r.log(memAddr{}, errRefused)
		r.close()
		if lines() != 4 {
			t.Errorf("not all were logged by close:\n%s", log())
		}
		r.log(memAddr{}, errRefused)
		time.Sleep(time.Hour)
		if synctest.Wait(); lines() != 4 {
			t.Errorf("logged after close:\n%s", log())
		}
	})
}

func TestRefusals_countsWhatItDoesNotLog(t *testing.T) {
	var out bytes.Buffer
	r := refusals{out: slog.New(slog.NewTextHandler(&out, nil))}
	for range 5 {
		r.log(memAddr{}, errRefused)
	}
	if n := strings.Count(out.String(), "level=WARN"); n != 1 || strings.Contains(out.String(), "others") {
		t.Errorf("%d lines:\n%s", n, &out)
	}
	r.flush()
	r.flush()
	if n := strings.Count(out.String(), "level=WARN"); n != 2 || !strings.Contains(out.String(), "others=3") {
		t.Errorf("%d lines:\n%s", n, &out)
	}
}

// The connection with the oldest request of the client with the most connections is replaced.
func TestExternalListener_leastUsed(t *testing.T) {
	l := newExternalListener(nil, slog.New(slog.DiscardHandler))
	add := func(client *string, used int64) *requestFilter {
		f := newRequestFilter(byteConn{}, l)
		f.client.Store(client)
		f.used.Store(used)
		if evicted := l.add(f); evicted != nil {
			t.Fatal("a connection gave way before all slots were taken")
		}
		return f
	}
	oldest := add(new("a reader"), 1)
	newer, older := add(nil, 9), add(nil, 5)
	for i := len(l.conns); i < maxConnections; i++ {
		add(new(fmt.Sprint("client ", i)), 2)
	}
	for _, want := range []*requestFilter{older, oldest} { // newer is then the only one without a client id
		if got := l.add(newRequestFilter(otherAddress{}, l)); got != want {
			t.Errorf("%+v gave way", got.client.Load())
		}
		for f := range l.conns { // the new connection closes
			if f != newer && f.client.Load() == nil {
				l.remove(f)
			}
		}
		add(new("another"+fmt.Sprint(want.used.Load())), 3)
	}
}

// otherAddress is a connection of another address.
type otherAddress struct{ byteConn }

func (otherAddress) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9), Port: 1} }
