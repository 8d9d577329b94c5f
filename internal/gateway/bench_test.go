package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// The clients of a benchmark live in a process of their own, so that this one's CPU
// time and memory are the server's.
const crowdEnv = "GATEWAY_CROWD" // address and number of clients

func TestMain(m *testing.M) {
	if spec := os.Getenv(crowdEnv); spec != "" {
		if err := beCrowd(spec); err != nil {
			fmt.Fprintln(os.Stderr, "crowd:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beCrowd opens the sockets and prints a line; then, for each number read from stdin, it prints
// when so many events have come in all.
func beCrowd(spec string) error {
	var addr string
	var n int
	if _, err := fmt.Sscan(spec, &addr, &n); err != nil {
		return err
	}
	var events atomic.Int64
	failed := make(chan error, n)
	var wg sync.WaitGroup
	todo := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range todo {
				nc, r, _, err := ws.Dialer{Header: ws.HandshakeHeaderHTTP(bearer(fmt.Sprintf("%d.s", i%100+1)))}.Dial(
					context.Background(), "ws://"+addr+"/ws")
				if err != nil {
					failed <- err
					return
				}
				go count(nc, r, &events)
			}
		})
	}
	for i := range n {
		todo <- i
	}
	close(todo)
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		fmt.Println("open")
	}
	var want int64
	for {
		if _, err := fmt.Scan(&want); err != nil {
			return nil
		}
		for events.Load() < want {
			time.Sleep(200 * time.Microsecond)
		}
		fmt.Println("got")
	}
}

// count counts the events that come; a frame with seq in its first bytes is one.
func count(nc net.Conn, early *bufio.Reader, events *atomic.Int64) {
	var r *bufio.Reader
	if early != nil {
		r = bufio.NewReaderSize(io.MultiReader(early, nc), 16<<10)
	} else {
		r = bufio.NewReaderSize(nc, 16<<10)
	}
	for {
		h, err := ws.ReadHeader(r)
		if err != nil {
			return
		}
		if h.OpCode == ws.OpPing {
			nc.Write(ws.MustCompileFrame(ws.MaskFrame(ws.NewPongFrame(nil))))
			continue
		}
		head, _ := r.Peek(min(int(h.Length), 32))
		if strings.Contains(string(head), `"seq"`) {
			events.Add(1)
		}
		r.Discard(int(h.Length))
	}
}

// crowd is the other process, seen from here.
type crowd struct {
	b   *testing.B
	in  io.Writer
	out *bufio.Scanner
}

func gather(b *testing.B, s *site, n int) *crowd {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", crowdEnv, s.addr, n))
	cmd.Stderr = os.Stderr
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Process.Kill(); cmd.Wait() })
	c := &crowd{b, in, bufio.NewScanner(out)}
	c.wait("open")
	testkit.Eventually(b, "open connections", func() bool { return s.hub.Sockets() == n })
	return c
}

func (c *crowd) wait(word string) {
	c.b.Helper()
	if !c.out.Scan() || c.out.Text() != word {
		c.b.Fatalf("the crowd said %q, want %q", c.out.Text(), word)
	}
}

func (c *crowd) waitFor(events int) {
	fmt.Fprintln(c.in, events)
	c.wait("got")
}

// cpu is what this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFanout hands events of 1 KB to many sockets, so many at a time.
func BenchmarkFanout(b *testing.B) {
	for _, bb := range []struct{ sockets, inFlight, burst int }{
		{1000, 1, 1}, {1000, 8, 1}, {1000, 20, 10}, {5000, 1, 1}, {5000, 8, 1}, {5000, 20, 10},
	} {
		b.Run(fmt.Sprintf("sockets=%d/inflight=%d/burst=%d", bb.sockets, bb.inFlight, bb.burst), func(b *testing.B) {
			log := &streamtest.Log{}
			s := open(b, log, gateway.Config{})
			c := gather(b, s, bb.sockets)
			events := make([]event.Event, b.N*bb.burst)
			for i := range events {
				events[i] = streamtest.Event(int64(i+1), 850)
			}
			before := cpu()
			b.ResetTimer()
			for sent := 0; sent < len(events); sent += bb.burst {
				log.Edit(func([]event.Event) []event.Event { return events[:sent+bb.burst] })
				s.hub.Deliver(events[sent : sent+bb.burst])
				for s.hub.Delivered() < (sent+bb.burst-bb.inFlight+1)*bb.sockets {
					time.Sleep(100 * time.Microsecond)
				}
			}
			deliveries := len(events) * bb.sockets
			c.waitFor(deliveries)
			b.StopTimer()
			used := cpu() - before
			b.ReportMetric(float64(used.Microseconds())/float64(deliveries), "µs-cpu/delivery")
			b.ReportMetric(float64(deliveries)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// BenchmarkIdle opens sockets on which nothing happens, once whatever b.N is.
func BenchmarkIdle(b *testing.B) {
	const sockets = 9000
	s := open(b, &streamtest.Log{}, gateway.Config{})
	debug.FreeOSMemory()
	rss, heap, stacks := memory()
	before := cpu()
	c := gather(b, s, sockets)
	used := cpu() - before
	s.publish(1) // so that all have been written to once
	c.waitFor(sockets)
	debug.FreeOSMemory()
	rss2, heap2, stacks2 := memory()
	b.ReportMetric(float64(rss2-rss)/1024/sockets, "RSS-KB/socket")
	b.ReportMetric(float64(heap2-heap)/1024/sockets, "heap-KB/socket")
	b.ReportMetric(float64(stacks2-stacks)/1024/sockets, "stack-KB/socket")
	b.ReportMetric(float64(used.Microseconds())/sockets, "µs-cpu/connect")
}

// memory returns this process' resident set, live heap and stacks, in bytes.
func memory() (rss, heap, stacks int) {
	var size, pages int
	statm, _ := os.ReadFile("/proc/self/statm")
	fmt.Sscan(string(statm), &size, &pages)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return pages * os.Getpagesize(), int(m.HeapAlloc), int(m.StackInuse)
}
