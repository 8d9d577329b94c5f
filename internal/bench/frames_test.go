package bench

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"
)

// Frames of every length form must be found however the bytes are split.
func TestFrames_anySplit(t *testing.T) {
	want := []string{"a", strings.Repeat("b", 125), strings.Repeat("c", 126), strings.Repeat("d", 66_000), "e"}
	var sent []byte
	for _, s := range want {
		sent = append(sent, ws.MustCompileFrame(ws.NewTextFrame([]byte(s)))...)
	}
	sent = append(sent, ws.MustCompileFrame(ws.NewCloseFrame(nil))...)
	for _, step := range []int{1, 7, 4096, len(sent)} {
		server, conn := net.Pipe()
		go func() {
			for rest := sent; len(rest) > 0; {
				n, err := server.Write(rest[:min(step, len(rest))])
				if rest = rest[n:]; err != nil {
					return
				}
			}
		}()
		f := frames{conn: conn}
		var got []string
		var err error
		for err == nil {
			err = f.next(func(b []byte) { got = append(got, string(b)) })
		}
		if err != errClosed {
			t.Errorf("step %d: ended with %v, want the close frame", step, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", step, diff)
		}
		server.Close()
		conn.Close()
	}
}

func TestMember_countsWhatIsMissingAndRepeated(t *testing.T) {
	m := &member{pool: &clientPool{began: time.Now()}, last: -1}
	for _, frame := range []string{
		`{"type":"welcome","connection":"c","cursor":7,"resume":"nothing"}`,
		`{"type":"blog-created","seq":8,"id":"x"}`,
		`{"type":"presence","users":[]}`,
		`{"type":"blog-updated","seq":8,"id":"x"}`,
		`{"type":"blog-deleted","seq":12,"id":"y"}`,
	} {
		m.frame([]byte(frame))
	}
	if m.last != 12 || m.missed != 3 || m.repeated != 1 || m.pool.events.Load() != 2 {
		t.Errorf("last %d, missed %d, repeated %d, events %d; want 12, 3, 1, 2", m.last, m.missed, m.repeated, m.pool.events.Load())
	}
}

func TestPercentile(t *testing.T) {
	values := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for p, want := range map[int]int{0: 1, 50: 6, 99: 10, 100: 10} {
		if got := percentile(values, p); got != want {
			t.Errorf("percentile(%d) = %d, want %d", p, got, want)
		}
	}
}
