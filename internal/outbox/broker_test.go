package outbox_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
)

// desk is a log and a topic.
type desk struct {
	*kafkatest.Site
	*store
	producer *kafka.Producer
}

func newDesk(t *testing.T, site *kafkatest.Site) *desk {
	t.Helper()
	return &desk{site, new(store), newProducer(t, site)}
}

func newProducer(t *testing.T, site *kafkatest.Site) *kafka.Producer {
	t.Helper()
	p, err := kafka.NewProducer(site.Config())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (d *desk) relay(t *testing.T, log *logbook) *running {
	t.Helper()
	return start(t, d.store, d.producer, d.store, outbox.Config{Logger: log.logger()})
}

// close ends the desk's relay and producer, in the order that a server does.
func (d *desk) close(t *testing.T, r *running) {
	t.Helper()
	r.stop(t)
	d.producer.Close()
}

// wantOnTopic fails unless events 1 to n are on the topic, each post's first in
// order. It returns how many of them are there again.
func (d *desk) wantOnTopic(t *testing.T, n int64) (repeats int) {
	t.Helper()
	var seqs []int64
	newest, seen := map[int64]int64{}, map[int64]bool{}
	d.ReadAll(t, func(r kafka.Record) error {
		if r.Err != nil {
			return r.Err
		}
		e := r.Event
		if e.Seq < newest[e.PostID] && !seen[e.Seq] {
			t.Errorf("post %d: event %d came after %d", e.PostID, e.Seq, newest[e.PostID])
		}
		newest[e.PostID], seen[e.Seq] = max(newest[e.PostID], e.Seq), true
		seqs = append(seqs, e.Seq)
		return nil
	})
	slices.Sort(seqs)
	once := slices.Compact(slices.Clone(seqs))
	want(t, once, span(1, n))
	return len(seqs) - len(once)
}

// drains waits until all is published by r, and that is stored.
func (s *store) drains(t *testing.T, r *running) {
	t.Helper()
	kafkatest.Eventually(t, "nothing waits", func() bool {
		status := r.Status()
		head, _ := s.Position(t.Context())
		return status.Leader && status.Healthy && status.Waiting == 0 && s.watermark() == head.Seq
	})
}

// wantLines waits until n lines were logged, and fails when there are more.
func (l *logbook) wantLines(t *testing.T, n int) {
	t.Helper()
	kafkatest.Eventually(t, "all is logged", func() bool { return strings.Count(l.String(), "\n") >= n })
	if strings.Count(l.String(), "\n") > n {
		t.Errorf("logged more than %d lines:\n%s", n, l)
	}
}

func TestRelay_keepsOrderAfterBrokerOutage(t *testing.T) {
	for name, cut := range map[string]func(*kafkatest.Line){"refused": (*kafkatest.Line).Refuse, "silent": (*kafkatest.Line).Silence} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
				log, d := new(logbook), newDesk(t, site)
				r := d.relay(t, log)
				d.commit(100)
				d.drains(t, r)
				cut(d.Line)
				for range 60 {
					d.commit(40)
					r.Nudge()
					if !d.Cluster {
						time.Sleep(time.Minute)
					}
				}
				kafkatest.Eventually(t, "the relay is ill", func() bool { return !r.Status().Healthy })
				status := r.Status()
				want(t, [...]any{status.Waiting, status.Leader}, [...]any{int64(2400), true})
				want(t, strings.Contains(status.Detail, "Kafka"), true)
				if !d.Cluster {
					want(t, status.OldestSeconds > 3590, true)
				}

				d.Line.Restore()
				back := time.Now()
				d.drains(t, r)
				if took := time.Since(back); took > 5*time.Second {
					t.Errorf("the backlog took %s", took)
				}
				want(t, d.wantOnTopic(t, 2500), 0)
				log.wantLines(t, 3) // leading, ill, well
				d.close(t, r)
				want(t, d.watermark(), 2500)
			})
		})
	}
}

func TestRelay_startsWhileTheBrokerIsAway(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
		log, d := new(logbook), newDesk(t, site)
		d.Line.Refuse()
		d.commit(10)
		r := d.relay(t, log)
		kafkatest.Eventually(t, "the relay is ill", func() bool { return !r.Status().Healthy })
		if !d.Cluster {
			time.Sleep(time.Hour)
		}
		want(t, r.Status().Waiting, 10)
		d.Line.Restore()
		d.drains(t, r)
		want(t, d.wantOnTopic(t, 10), 0)
		log.wantLines(t, 3)
		d.close(t, r)
	})
}

// Whoever deletes the topic gets it back, with all that the log has.
func TestRelay_fillsANewTopic(t *testing.T) {
	for name, running := range map[string]bool{"while it runs": true, "while it is stopped": false} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
				log, d := new(logbook), newDesk(t, site)
				r := d.relay(t, log)
				d.commit(12_345)
				d.drains(t, r)
				if running {
					d.DeleteTopic(t)
				} else {
					d.close(t, r)
					want(t, d.watermark(), 12_345)
					d.DeleteTopic(t)
					r = d.relay(t, log)
				}
				d.commit(5)
				kafkatest.Eventually(t, "it is noticed", func() bool { return strings.Contains(log.String(), "events missing on Kafka") })
				d.drains(t, r)
				want(t, d.wantOnTopic(t, 12_350), 0)
				d.close(t, r)
				want(t, strings.Contains(log.String(), "after=0 watermark=12345"), true)

				// A restart finds nothing to repair.
				again := new(logbook)
				r = d.relay(t, again)
				d.commit(1)
				d.drains(t, r)
				want(t, strings.Contains(again.String(), "missing"), false)
				want(t, d.wantOnTopic(t, 12_351), 0)
				d.close(t, r)
			})
		})
	}
}

// Two nodes at one cluster: whoever leads, each event comes, and in order.
func TestRelay_changesOfLeader(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
		d := newDesk(t, site)
		names := []string{"one", "two"}
		publishers := map[string]*kafka.Producer{"one": d.producer, "two": newProducer(t, site)}
		relays := map[string]*running{}
		for _, name := range names {
			relays[name] = start(t, d.store, publishers[name], d.store, outbox.Config{Holder: name})
		}
		for round := range 10 {
			name := names[round%2]
			for range 50 {
				d.commit(20)
				<-time.After(7 * time.Millisecond)
			}
			relays[name].stop(t)
			publishers[name].Close()
			relays[name] = start(t, d.store, publishers[name], d.store, outbox.Config{Holder: name})
		}
		for _, name := range names { // whoever leads last leaves nothing
			relays[name].stop(t)
			publishers[name].Close()
		}
		d.wantOnTopic(t, 10_000)
		want(t, d.watermark(), 10_000)
	})
}

// A leader whose own way to Kafka is cut leaves its place to a node that can publish.
func TestRelay_leaderCutFromKafka(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
		d, log := newDesk(t, site), new(logbook)
		one := d.relay(t, log)
		d.commit(10)
		d.drains(t, one)
		reaching := newProducer(t, site.OtherNode())
		two := start(t, d.store, reaching, d.store, outbox.Config{Holder: "two"})
		kafkatest.Eventually(t, "the other follows", func() bool { return two.Status().Detail == "another node publishes" })

		d.Line.Silence()
		d.commit(10)
		one.Nudge()
		d.drains(t, two)
		kafkatest.Eventually(t, "it is told", func() bool { return strings.Contains(log.String(), "no longer the relay leader") })
		d.Line.Restore()
		d.commit(10)
		d.drains(t, two)
		want(t, one.Status().Healthy, true) // what it knows of the other
		one.stop(t)
		two.stop(t)
		d.producer.Close()
		reaching.Close()
		d.wantOnTopic(t, 30)
	})
}

// A leader that stands still, as a paused process does, is followed within 3 s.
// When it wakes it sends what it was about to, and that is all.
func TestRelay_stalledLeader(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, site *kafkatest.Site) {
		d := newDesk(t, site)
		stalled, log := newNode(d.store), new(logbook)
		one := start(t, stalled, d.producer, stalled, outbox.Config{Holder: "one", Logger: log.logger()})
		d.commit(12_000)
		d.drains(t, one)
		awake := newProducer(t, site.OtherNode())
		two := start(t, d.store, awake, d.store, outbox.Config{Holder: "two"})
		kafkatest.Eventually(t, "the other follows", func() bool { return two.Status().Detail == "another node publishes" })

		d.Line.Silence()
		stalled.stall()
		d.commit(500)
		stopped := time.Now()
		kafkatest.Eventually(t, "the other leads", func() bool { return two.Status().Leader })
		if took := time.Since(stopped); took > 3*time.Second {
			t.Errorf("the takeover took %s", took)
		}
		d.drains(t, two)
		t.Logf("events flowed again after %s", time.Since(stopped))
		stalled.wake()
		d.Line.Restore()
		kafkatest.Eventually(t, "it notices", func() bool { return !one.Status().Leader })
		want(t, strings.Contains(log.String(), "no longer the relay leader"), true)
		d.commit(100)
		d.drains(t, two)
		one.stop(t)
		two.stop(t)
		want(t, d.watermark(), 12_600)
		d.producer.Close()
		awake.Close()
		d.wantOnTopic(t, 12_600)
	})
}

// power is a desk whose embedded broker is started again on other directories: it
// does not sync its log, and the machine's power takes its end away.
type power struct {
	*desk
	broker *kafka.Embedded
}

func newPower(t *testing.T, dir string) *power {
	t.Helper()
	broker, err := kafka.OpenEmbedded(kafka.EmbeddedConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return &power{newDesk(t, kafkatest.Embedded(broker)), broker}
}

func (p *power) up(t *testing.T, dir string) {
	t.Helper()
	var err error
	if p.broker, err = kafka.OpenEmbedded(kafka.EmbeddedConfig{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	p.Line.Lead(p.broker.Apply(kafka.Config{}).Dialer)
}

func (p *power) close(t *testing.T, r *running) {
	t.Helper()
	p.desk.close(t, r)
	if err := p.broker.Close(); err != nil {
		t.Error(err)
	}
}

func TestRelay_republishesWhatTheTopicLost(t *testing.T) {
	in(t, func(t *testing.T) {
		dir, before := t.TempDir(), t.TempDir()
		p := newPower(t, dir)
		r := p.relay(t, new(logbook))
		p.commit(300)
		p.drains(t, r)
		p.close(t, r)
		if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		p.up(t, dir)
		r = p.relay(t, new(logbook))
		p.commit(200)
		p.drains(t, r)
		p.close(t, r)
		want(t, p.watermark(), 500)

		p.up(t, before) // the last 200 are gone
		log := new(logbook)
		r = p.relay(t, log)
		p.commit(5)
		time.Sleep(time.Second)
		want(t, p.wantOnTopic(t, 505), 0)
		if !strings.Contains(log.String(), "after=300 watermark=500") {
			t.Errorf("logged:\n%s", log)
		}
		p.close(t, r)
		want(t, p.watermark(), 505)
	})
}

// One partition lost its end and the others did not: only what it lost comes again.
func TestRelay_republishesWhatOnePartitionLost(t *testing.T) {
	in(t, func(t *testing.T) {
		dir, before := t.TempDir(), t.TempDir()
		p := newPower(t, dir)
		r := p.relay(t, new(logbook))
		p.commit(30)
		p.drains(t, r)
		p.close(t, r)
		if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		p.up(t, dir)
		r = p.relay(t, new(logbook))
		p.commit(60)
		p.drains(t, r)
		p.close(t, r)
		partitions, err := os.ReadDir(before + "/embedded/partitions")
		if err != nil {
			t.Fatal(err)
		}
		lost := partitions[0].Name() // topic-0, which posts 1 and 2, or 3, are in
		if err := errors.Join(os.RemoveAll(dir+"/embedded/partitions/"+lost),
			os.CopyFS(dir+"/embedded/partitions/"+lost, os.DirFS(before+"/embedded/partitions/"+lost))); err != nil {
			t.Fatal(err)
		}
		p.up(t, dir)
		r = p.relay(t, new(logbook))
		time.Sleep(time.Second)
		want(t, p.wantOnTopic(t, 90), 0) // all there, and none twice
		p.close(t, r)
	})
}
