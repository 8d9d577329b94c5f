package outbox_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

// site is an installation whose broker can be stopped, and started on other directories.
type site struct {
	*store
	cfg      kafka.Config
	broker   *kafka.Embedded
	producer *kafka.Producer
	dial     atomic.Pointer[func(context.Context, string, string) (net.Conn, error)]
}

func newSite(t *testing.T, dir string) *site {
	t.Helper()
	s := &site{store: new(store)}
	s.up(t, dir)
	var err error
	if s.producer, err = kafka.NewProducer(s.cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) up(t *testing.T, dir string) {
	t.Helper()
	var err error
	if s.broker, err = kafka.OpenEmbedded(kafka.EmbeddedConfig{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	s.cfg = s.broker.Apply(kafka.Config{Topic: "blog-events", Partitions: 3})
	dial := s.cfg.Dialer
	s.dial.Store(&dial)
	s.cfg.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dial := s.dial.Load(); dial != nil {
			return (*dial)(ctx, network, address)
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
}

func (s *site) down(t *testing.T) {
	t.Helper()
	s.dial.Store(nil)
	if err := s.broker.Close(); err != nil {
		t.Error(err)
	}
}

func (s *site) relay(t *testing.T, log *logbook) *running {
	t.Helper()
	return start(t, s.store, s.producer, s.store, outbox.Config{Logger: log.logger()})
}

// close ends the site's relay, producer and broker, in the order that a server does.
func (s *site) close(t *testing.T, r *running) {
	t.Helper()
	r.stop(t)
	s.producer.Close()
	s.down(t)
}

// onTopic returns the numbers on the topic, sorted, with repeats, and fails when
// an event comes before an earlier one of the same post.
func (s *site) onTopic(t *testing.T, n int) []int64 {
	t.Helper()
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.cfg.Brokers...), kgo.Dialer(s.cfg.Dialer), kgo.ConsumeTopics(s.cfg.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var seqs []int64
	newest, seen := map[int64]int64{}, map[int64]bool{}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil { // until nothing comes any more
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			e, err := event.DecodeCloud(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			if e.Seq < newest[e.PostID] && !seen[e.Seq] {
				t.Errorf("post %d: event %d came after %d", e.PostID, e.Seq, newest[e.PostID])
			}
			newest[e.PostID], seen[e.Seq] = max(newest[e.PostID], e.Seq), true
			seqs = append(seqs, e.Seq)
		})
	}
	if len(seen) != n {
		t.Errorf("%d events are on the topic, not %d", len(seen), n)
	}
	slices.Sort(seqs)
	return seqs
}

func TestRelay_keepsOrderAfterBrokerOutage(t *testing.T) {
	in(t, func(t *testing.T) {
		dir, log := t.TempDir(), new(logbook)
		s := newSite(t, dir)
		r := s.relay(t, log)
		s.commit(100)
		time.Sleep(time.Second)
		s.down(t)
		for range 60 {
			s.commit(40)
			r.Nudge()
			time.Sleep(time.Minute)
		}
		status := r.Status()
		want(t, [...]any{status.Waiting, status.Healthy, status.Leader}, [...]any{int64(2400), false, true})
		want(t, status.OldestSeconds > 3590, true)

		s.up(t, dir)
		back := time.Now()
		for r.Status().Waiting > 0 {
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(back); took > 3*time.Second {
			t.Errorf("the backlog took %s", took)
		}
		want(t, s.onTopic(t, 2500), span(1, 2500))
		if n := strings.Count(log.String(), "\n"); n != 3 {
			t.Errorf("logged:\n%s", log) // leading, ill, well
		}
		s.close(t, r)
		want(t, s.watermark(), 2500)
	})
}

func TestRelay_startsWhileTheBrokerIsAway(t *testing.T) {
	in(t, func(t *testing.T) {
		dir, log := t.TempDir(), new(logbook)
		s := newSite(t, dir)
		s.down(t)
		s.commit(10)
		r := s.relay(t, log)
		time.Sleep(time.Hour)
		want(t, r.Status().Healthy, false)
		want(t, r.Status().Waiting, 10)
		s.up(t, dir)
		time.Sleep(10 * time.Second)
		want(t, s.onTopic(t, 10), span(1, 10))
		if n := strings.Count(log.String(), "\n"); n != 3 {
			t.Errorf("logged:\n%s", log)
		}
		s.close(t, r)
	})
}

// The embedded broker does not sync its log: the machine's power takes its end away.
func TestRelay_republishesWhatTheTopicLost(t *testing.T) {
	in(t, func(t *testing.T) {
		dir, before := t.TempDir(), t.TempDir()
		s := newSite(t, dir)
		r := s.relay(t, new(logbook))
		s.commit(300)
		time.Sleep(time.Second)
		s.close(t, r)
		if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		s.up(t, dir)
		r = s.relay(t, new(logbook))
		s.commit(200)
		time.Sleep(time.Second)
		s.close(t, r)
		want(t, s.watermark(), 500)

		s.up(t, before) // the last 200 are gone
		log := new(logbook)
		r = s.relay(t, log)
		s.commit(5)
		time.Sleep(time.Second)
		want(t, s.onTopic(t, 505), span(1, 505))
		if !strings.Contains(log.String(), "after=300 watermark=500") {
			t.Errorf("logged:\n%s", log)
		}
		s.close(t, r)
		want(t, s.watermark(), 505)
	})
}

// One partition lost its end and the others did not: only what it lost comes again.
func TestRelay_republishesWhatOnePartitionLost(t *testing.T) {
	in(t, func(t *testing.T) {
		dir, before := t.TempDir(), t.TempDir()
		s := newSite(t, dir)
		r := s.relay(t, new(logbook))
		s.commit(30)
		time.Sleep(time.Second)
		s.close(t, r)
		if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		s.up(t, dir)
		r = s.relay(t, new(logbook))
		s.commit(60)
		time.Sleep(time.Second)
		s.close(t, r)
		partitions, err := os.ReadDir(before + "/embedded/partitions")
		if err != nil {
			t.Fatal(err)
		}
		lost := partitions[0].Name() // topic-0, which posts 1 and 2, or 3, are in
		if err := errors.Join(os.RemoveAll(dir+"/embedded/partitions/"+lost),
			os.CopyFS(dir+"/embedded/partitions/"+lost, os.DirFS(before+"/embedded/partitions/"+lost))); err != nil {
			t.Fatal(err)
		}
		s.up(t, dir)
		r = s.relay(t, new(logbook))
		time.Sleep(time.Second)
		want(t, s.onTopic(t, 90), span(1, 90)) // all there, and none twice
		s.close(t, r)
	})
}

func TestRelay_fillsANewTopic(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSite(t, t.TempDir())
		r := s.relay(t, new(logbook))
		s.commit(12_345)
		time.Sleep(time.Second)
		s.close(t, r)
		want(t, s.watermark(), 12_345)

		dir, log := t.TempDir(), new(logbook)
		s.up(t, dir)
		r = s.relay(t, log)
		s.commit(5)
		time.Sleep(10 * time.Second)
		want(t, s.onTopic(t, 12_350), span(1, 12_350))
		s.close(t, r)

		// A restart finds nothing to repair.
		s.up(t, dir)
		again := new(logbook)
		r = s.relay(t, again)
		time.Sleep(time.Second)
		want(t, strings.Contains(again.String(), "missing"), false)
		want(t, len(s.onTopic(t, 12_350)), 12_350)
		s.close(t, r)
		want(t, strings.Contains(log.String(), "after=0 watermark=12345"), true)
	})
}

// Two nodes at one cluster: whoever leads, each event comes, and in order.
func TestRelay_changesOfLeader(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSite(t, t.TempDir())
		other, err := kafka.NewProducer(s.cfg)
		if err != nil {
			t.Fatal(err)
		}
		publishers := map[string]*kafka.Producer{"one": s.producer, "two": other}
		relays := map[string]*running{}
		for name, p := range publishers {
			relays[name] = start(t, s.store, p, s.store, outbox.Config{Holder: name})
		}
		names := slices.Sorted(maps.Keys(publishers))
		for round := range 20 {
			name := names[round%2]
			for range 50 {
				s.commit(10)
				time.Sleep(7 * time.Millisecond)
			}
			relays[name].stop(t)
			publishers[name].Close()
			relays[name] = start(t, s.store, publishers[name], s.store, outbox.Config{Holder: name})
		}
		time.Sleep(time.Second)
		seqs := slices.Compact(s.onTopic(t, 10_000))
		want(t, seqs, span(1, 10_000))
		relays["one"].stop(t)
		relays["two"].stop(t)
		other.Close()
		s.producer.Close()
		s.down(t)
	})
}
