package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// One client stops reading; the others get every event at once, and it resumes without a gap.
func TestSlow_isClosedAndResumes(t *testing.T) {
	metrics := prometheus.NewRegistry()
	s := open(t, &streamtest.Log{}, gateway.Config{Registerer: metrics})
	slow, _ := s.connect("1.s", "")
	const others = 4
	var got atomic.Int64
	for range others {
		c, _ := s.connect("2.s", "")
		s.aside.Go(func() {
			for m, err := c.read(); err == nil; m, err = c.read() {
				if m.Seq > 0 {
					got.Add(1)
				}
			}
		})
	}
	total := int64(0)
	for value(t, metrics, "wiredesk_gateway_evictions_total") == 0 {
		s.publishLarge(1, 40<<10)
		total++
		testkit.Eventually(t, "all clients have the event", func() bool { return got.Load() == others*total }) // each event, before the next
	}
	before, _ := slow.wantClose(4408)
	for i, m := range before {
		if m.Seq != int64(i+1) {
			t.Fatalf("the slow one got %d as number %d", m.Seq, i+1)
		}
	}
	cursor := int64(len(before))
	if cursor == 0 || cursor == total {
		t.Fatalf("the slow one got %d of %d events", cursor, total)
	}
	again, welcome := s.connect("1.s", fmt.Sprintf("?cursor=%d", cursor))
	if welcome.Resume != "replayed" {
		t.Fatalf("welcome %s", welcome.raw)
	}
	again.wantEvents(cursor+1, total)
}

// A slow client that was closed and has missed more than ResumeLimit is named in the log and counted, others are not.
func TestSlow_returnsBeyondTheLimit(t *testing.T) {
	metrics := prometheus.NewRegistry()
	var out testkit.LogBuffer
	s := open(t, &streamtest.Log{}, gateway.Config{Registerer: metrics, ResumeLimit: 3, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	slow, _ := s.connect("1.s", "")
	for value(t, metrics, "wiredesk_gateway_evictions_total") == 0 {
		s.publishLarge(20, 40<<10)
	}
	slow.wantClose(4408)
	for _, token := range []string{"2.other", "1.s", "1.s"} { // at its second return nothing is new
		if _, welcome := s.connect(token, "?cursor=1"); welcome.Resume != "refresh" {
			t.Fatalf("welcome of %s: %s", token, welcome.raw)
		}
	}
	if n := value(t, metrics, "wiredesk_gateway_slow_refreshes_total"); n != 1 {
		t.Errorf("%v slow clients that load everything again, want 1", n)
	}
	if n := out.Count("reconnected beyond RESUME_LIMIT"); n != 1 || out.Count("user=1 email=u1@x.example session=s missed=") != 1 || out.Count("limit=3") != 1 {
		t.Errorf("log:\n%s", out.String())
	}
}

// A client that reads slowly, but reads, gets all in order through its parked writes.
func TestSlow_butWithinBoundsGetsAll(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("1.s", "")
	c.say(`{"type":"follow","postId":1,"state":"viewing"}`)
	c.say(`{"type":"ping"}`)
	c.next()
	const total = 150 // 3 MB: within the bound, far over the kernel's buffers
	s.publishLarge(total, 20<<10)
	for range 5 {
		c.say(`{"type":"ping"}`)
	}
	pongs := 0
	for seq := int64(1); seq <= total || pongs < 5; {
		switch m := c.next(); {
		case m.Type == "pong":
			pongs++
		case m.Seq != seq:
			t.Fatalf("got %d, want %d", m.Seq, seq)
		default:
			if full := m.Data["content"] != nil; full != (seq%5 == 1) {
				t.Errorf("event %d with content: %v", seq, full)
			}
			seq++
		}
	}
}

func TestRecheck_closesWithinASecond(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	for _, tt := range []struct {
		session string
		kind    fault.Kind
		code    ws.StatusCode
	}{{"revoked", fault.Unauthorized, 4401}, {"demoted", fault.Forbidden, 4403}} {
		lost1, _ := s.connect("1."+tt.session, "")
		lost2, _ := s.connect("1."+tt.session, "")
		kept, _ := s.connect("1.other", "")
		start := time.Now()
		s.users.lose(tt.session, tt.kind)
		s.hub.Recheck()
		lost1.wantClose(tt.code)
		lost2.wantClose(tt.code)
		within(t, tt.session, start, 0, time.Second)
		s.publish(1)
		if m := kept.next(); m.Type != "blog-updated" {
			t.Errorf("got %s", m.raw)
		}
		kept.nc.Close()
	}
}

// A session that is revoked while its token is being verified does not slip through.
func TestRecheck_duringHandshake(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	s.connect("2.other", "") // so that Auth is asked at all
	asked := make(chan struct{}, 1)
	s.users.set(func(u *users) {
		u.recheck = func() { asked <- struct{}{} }
		u.verify = func() {
			s.users.lose("s", fault.Unauthorized)
			s.hub.Recheck()
			<-asked // of the other connection only: this one is not known yet
			s.users.set(func(u *users) { u.recheck = nil })
		}
	})
	c, _ := s.connect("1.s", "")
	c.wantClose(4401)
}

// A verdict over a session that the client has left meanwhile does not close it.
func TestRecheck_duringRenewal(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	c, _ := s.connect("1.old", "")
	asked, renewed := make(chan struct{}), make(chan struct{})
	s.users.set(func(u *users) { u.recheck = func() { asked <- struct{}{}; <-renewed } })
	s.users.lose("old", fault.Unauthorized)
	s.hub.Recheck()
	<-asked
	c.say(`{"type":"auth","token":"1.new"}`)
	if m := c.next(); m.Type != "auth-renewed" {
		t.Errorf("got %s", m.raw)
	}
	close(renewed)
	s.hub.Recheck()
	<-asked // the next time: the first verdict has had its effect
	c.say(`{"type":"ping"}`)
	if m := c.next(); m.Type != "pong" {
		t.Errorf("got %s", m.raw)
	}
}

func TestDrain(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	var clients []*client
	for range 20 {
		c, _ := s.connect("1.s", "")
		clients = append(clients, c)
	}
	drained := make(chan struct{})
	s.aside.Go(func() {
		s.hub.Drain(context.Background())
		close(drained)
	})
	waits := map[string]bool{}
	for _, c := range clients {
		_, reason := c.wantClose(1012)
		m := regexp.MustCompile(`^retry in (\d+)ms$`).FindStringSubmatch(reason)
		if m == nil {
			t.Fatalf("reason %q", reason)
		}
		if ms, _ := strconv.Atoi(m[1]); ms > 3000 {
			t.Errorf("reason %q", reason)
		}
		waits[reason] = true
	}
	if len(waits) < 5 {
		t.Errorf("no jitter: %v", waits)
	}
	select {
	case <-drained:
	case <-time.After(patience):
		t.Fatal("Drain has not returned though all are gone")
	}
	if s.hub.Sockets() != 0 || s.hub.Ready() == nil {
		t.Errorf("%d sockets, ready: %v", s.hub.Sockets(), s.hub.Ready())
	}
	wantLater(t, s.shake("/ws", set("Authorization", "Bearer 1.s")), 503)
}

func TestDrain_endsWithItsContext(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	s.connect("1.s", "") // and never answers
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	s.hub.Drain(ctx)
	if s.hub.Sockets() != 1 {
		t.Errorf("%d sockets", s.hub.Sockets())
	}
}

func TestRun_leavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	s := open(t, &streamtest.Log{}, gateway.Config{})
	for i := range 30 {
		c, _ := s.connect(fmt.Sprintf("%d.s", i), "")
		if i%3 == 0 {
			c.nc.Close()
		}
	}
	s.publishLarge(100, 30<<10) // the clients do not read: writes block
	s.stop()
	<-s.done
	if s.hub.Sockets() != 0 || s.hub.Ready() == nil {
		t.Errorf("%d sockets, ready: %v", s.hub.Sockets(), s.hub.Ready())
	}
	// The rest are the HTTP server's goroutines, and two that always run.
	testkit.Eventually(t, "goroutines have ended", func() bool { return runtime.NumGoroutine() <= before+2 })
	wantLater(t, s.shake("/ws", nil), 503)
}

func TestMetrics(t *testing.T) {
	metrics := prometheus.NewRegistry()
	s := open(t, &streamtest.Log{}, gateway.Config{Registerer: metrics})
	c, _ := s.connect("1.s", "?cursor=0")
	s.shake("/ws", set("Authorization", "Bearer nonsense"))
	s.shake("/ws", set("Origin", "http://evil.example"))
	s.publish(3)
	c.wantEvents(1, 3)
	for name, want := range map[string]float64{
		"wiredesk_gateway_sockets":                       1,
		"wiredesk_gateway_deliveries_total":              3,
		"wiredesk_gateway_commit_to_broadcast_seconds":   3,
		"wiredesk_gateway_handshakes_total/accepted":     1,
		"wiredesk_gateway_handshakes_total/unauthorized": 1,
		"wiredesk_gateway_handshakes_total/origin":       1,
		"wiredesk_gateway_resumes_total/replayed":        1,
		"wiredesk_gateway_holes_filled_total":            0,
		"wiredesk_gateway_queue_bytes":                   0,
		"wiredesk_gateway_evictions_total":               0,
	} {
		testkit.Eventually(t, "the metric", func() bool { return value(t, metrics, name) == want })
	}
}

// value returns a metric by its name, and with /label by its one label; of a histogram the count.
func value(t *testing.T, metrics *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			full := f.GetName()
			for _, l := range m.GetLabel() {
				full += "/" + l.GetValue()
			}
			if full == name {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return -1
}

// An event log that cannot be read is one warning, and one line when it can be read again.
func TestLog_awayIsLoggedOnce(t *testing.T) {
	var out testkit.LogBuffer
	s := open(t, &streamtest.Log{}, gateway.Config{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	for range 3 {
		s.log.SetAway(errors.New("away"))
		testkit.Eventually(t, "not ready", func() bool { return s.hub.Ready() != nil })
		s.log.SetAway(nil)
		testkit.Eventually(t, "ready", func() bool { return s.hub.Ready() == nil })
	}
	testkit.Eventually(t, "the log line", func() bool { return out.Count("event log readable again") == 1 })
	if n := out.Count("reading the event log failed"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, out.String())
	}
}
