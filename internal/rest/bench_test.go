package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/rest"
)

const writers = 32

// BenchmarkWrites creates and changes posts of 1 KB over TCP, from 32 connections at
// once. Each write is durable before it is answered. cpu-ms/write is that of the whole
// process, the clients included.
func BenchmarkWrites(b *testing.B) {
	for name, key := range map[string]string{"plain": "", "with a key": "Idempotency-Key: %d-%d\r\n"} {
		b.Run(name, func(b *testing.B) {
			d := newDesk(b, func(cfg *rest.Config) { cfg.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil)) })
			server := httptest.NewUnstartedServer(d.handler)
			server.Config.ReadHeaderTimeout, server.Config.ReadTimeout, server.Config.WriteTimeout = 10*time.Second, time.Minute, time.Minute
			server.Start()
			defer server.Close()
			var done atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			before := cpu()
			for w := range writers {
				all.Go(func() { d.write(b, server.Listener.Addr().String(), w, key, &done) })
			}
			all.Wait()
			b.StopTimer()
			b.ReportMetric(float64((cpu()-before).Microseconds())/1000/float64(b.N), "cpu-ms/write")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}

// cpu is what this process has used so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // not with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// write takes turns with the other writers until b.N writes are done: each creates a
// post, and then changes it.
func (d *desk) write(b *testing.B, address string, writer int, key string, done *atomic.Int64) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	text := strings.Repeat("Some words of a post that is neither short nor long. ", 19)
	var path, etag string
	for n := 0; done.Add(1) <= int64(b.N); n++ {
		call, want, match := "POST /api/posts", "201", ""
		if n%2 != 0 {
			call, want, match = "PATCH "+path, "200", "If-Match: "+etag+"\r\n"
		}
		if key != "" {
			match += fmt.Sprintf(key, writer, n)
		}
		body := fmt.Sprintf(`{"title":"Writer %d, write %d","content":"%s%d"}`, writer, n, text, n)
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: desk.test\r\nAuthorization: Bearer %s\r\n%sContent-Length: %d\r\n\r\n%s", call, d.tokens[editor], match, len(body), body)
		status, header, err := readAnswer(reader)
		if err != nil || status != want {
			b.Errorf("%s: %s, %v", call, status, err)
			return
		}
		etag = header.Get("Etag")
		if call == "POST /api/posts" {
			path = header.Get("Location")
		}
	}
}

// readAnswer costs less than an http.Client, whose work would be counted too.
func readAnswer(r *bufio.Reader) (status string, header textproto.MIMEHeader, err error) {
	tp := textproto.NewReader(r)
	line, err := tp.ReadLine()
	if err != nil {
		return "", nil, err
	}
	if header, err = tp.ReadMIMEHeader(); err != nil {
		return line, nil, err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return line, nil, err
	}
	_, err = r.Discard(length)
	return strings.Fields(line)[1], header, err
}
