package outbox_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// relayTest has a log in memory and a topic of a real broker.
type relayTest struct {
	*kafkatest.Topic
	*memLog
	producer *kafka.Producer
}

func newRelayTest(t *testing.T, topic *kafkatest.Topic) *relayTest {
	t.Helper()
	return &relayTest{topic, new(memLog), newProducer(t, topic)}
}

func newProducer(t *testing.T, topic *kafkatest.Topic) *kafka.Producer {
	t.Helper()
	p, err := kafka.NewProducer(topic.Config())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (d *relayTest) relay(t *testing.T, log *testkit.LogBuffer) *runningRelay {
	t.Helper()
	return start(t, d.memLog, d.producer, d.memLog, outbox.Config{Logger: infoLogger(log)})
}

// close stops the relay and then the producer, as a server does.
func (d *relayTest) close(t *testing.T, r *runningRelay) {
	t.Helper()
	r.stop(t)
	d.producer.Close()
}

// wantOnTopic fails unless events 1 to n are on the topic, those of each post in order. It returns
// the number of repeats.
func (d *relayTest) wantOnTopic(t *testing.T, n int64) (repeats int) {
	t.Helper()
	var seqs []int64
	newest, seen := map[int64]int64{}, map[int64]bool{}
	d.ReadAll(t, func(r kafka.Record) error {
		if r.Err != nil {
			return r.Err
		}
		e := r.Event
		if e.Seq < newest[e.PostID] && !seen[e.Seq] {
			t.Errorf("post %d: event %d follows %d", e.PostID, e.Seq, newest[e.PostID])
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

// awaitDrained waits until r has published every event and stored the watermark.
func (s *memLog) awaitDrained(t *testing.T, r *runningRelay) {
	t.Helper()
	testkit.Eventually(t, "nothing waits", func() bool {
		status := r.Status()
		head, _ := s.Position(t.Context())
		return status.Leader && status.Healthy && status.Waiting == 0 && s.watermark() == head.Seq
	})
}

// wantLineCount waits until n lines are logged, and fails if there are more.
func wantLineCount(t *testing.T, l *testkit.LogBuffer, n int) {
	t.Helper()
	testkit.Eventually(t, "all is logged", func() bool { return strings.Count(l.String(), "\n") >= n })
	if strings.Count(l.String(), "\n") > n {
		t.Errorf("logged more than %d lines:\n%s", n, l)
	}
}

func TestRelay_keepsOrderAfterBrokerOutage(t *testing.T) {
	for name, cut := range map[string]func(*kafkatest.FaultyNetwork){"refused": (*kafkatest.FaultyNetwork).Refuse, "silent": (*kafkatest.FaultyNetwork).Silence} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
				log, d := new(testkit.LogBuffer), newRelayTest(t, topic)
				r := d.relay(t, log)
				d.commit(100)
				d.awaitDrained(t, r)
				cut(d.Network)
				for range 60 {
					d.commit(40)
					r.Nudge()
					if !d.Cluster {
						time.Sleep(time.Minute)
					}
				}
				testkit.Eventually(t, "the relay is unhealthy", func() bool { return !r.Status().Healthy })
				status := r.Status()
				want(t, [...]any{status.Waiting, status.Leader}, [...]any{int64(2400), true})
				want(t, strings.Contains(status.Detail, "Kafka"), true)
				if !d.Cluster {
					want(t, status.OldestSeconds > 3590, true)
				}

				d.Network.Restore()
				back := time.Now()
				d.awaitDrained(t, r)
				if took := time.Since(back); took > 5*time.Second {
					t.Errorf("the backlog took %s", took)
				}
				want(t, d.wantOnTopic(t, 2500), 0)
				wantLineCount(t, log, 3) // leading, unhealthy, healthy
				d.close(t, r)
				want(t, d.watermark(), 2500)
			})
		})
	}
}

func TestRelay_startsWhileTheBrokerIsAway(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
		log, d := new(testkit.LogBuffer), newRelayTest(t, topic)
		d.Network.Refuse()
		d.commit(10)
		r := d.relay(t, log)
		testkit.Eventually(t, "the relay is unhealthy", func() bool { return !r.Status().Healthy })
		if !d.Cluster {
			time.Sleep(time.Hour)
		}
		want(t, r.Status().Waiting, 10)
		d.Network.Restore()
		d.awaitDrained(t, r)
		want(t, d.wantOnTopic(t, 10), 0)
		wantLineCount(t, log, 3)
		d.close(t, r)
	})
}

// A deleted topic is created again with all events of the log.
func TestRelay_fillsANewTopic(t *testing.T) {
	for name, running := range map[string]bool{"while it runs": true, "while it is stopped": false} {
		t.Run(name, func(t *testing.T) {
			kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
				log, d := new(testkit.LogBuffer), newRelayTest(t, topic)
				r := d.relay(t, log)
				d.commit(12_345)
				d.awaitDrained(t, r)
				if running {
					d.Delete(t)
				} else {
					d.close(t, r)
					want(t, d.watermark(), 12_345)
					d.Delete(t)
					r = d.relay(t, log)
				}
				d.commit(5)
				testkit.Eventually(t, "it is noticed", func() bool { return strings.Contains(log.String(), "events missing on Kafka") })
				d.awaitDrained(t, r)
				want(t, d.wantOnTopic(t, 12_350), 0)
				d.close(t, r)
				want(t, strings.Contains(log.String(), "after=0 watermark=12345"), true)

				// A restart publishes nothing again.
				again := new(testkit.LogBuffer)
				r = d.relay(t, again)
				d.commit(1)
				d.awaitDrained(t, r)
				want(t, strings.Contains(again.String(), "missing"), false)
				want(t, d.wantOnTopic(t, 12_351), 0)
				d.close(t, r)
			})
		})
	}
}

// Two nodes lead in turn: every event arrives, in order.
func TestRelay_changesOfLeader(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
		d := newRelayTest(t, topic)
		names := []string{"one", "two"}
		publishers := map[string]*kafka.Producer{"one": d.producer, "two": newProducer(t, topic)}
		relays := map[string]*runningRelay{}
		for _, name := range names {
			relays[name] = start(t, d.memLog, publishers[name], d.memLog, outbox.Config{Holder: name})
		}
		for round := range 10 {
			name := names[round%2]
			for range 50 {
				d.commit(20)
				<-time.After(7 * time.Millisecond)
			}
			relays[name].stop(t)
			publishers[name].Close()
			relays[name] = start(t, d.memLog, publishers[name], d.memLog, outbox.Config{Holder: name})
		}
		for _, name := range names { // the last leader flushes
			relays[name].stop(t)
			publishers[name].Close()
		}
		d.wantOnTopic(t, 10_000)
		want(t, d.watermark(), 10_000)
	})
}

// A leader whose connection to Kafka fails steps down, and a node with a working one leads.
func TestRelay_leaderCutFromKafka(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
		d, log := newRelayTest(t, topic), new(testkit.LogBuffer)
		one := d.relay(t, log)
		d.commit(10)
		d.awaitDrained(t, one)
		reaching := newProducer(t, topic.OtherNode())
		two := start(t, d.memLog, reaching, d.memLog, outbox.Config{Holder: "two"})
		testkit.Eventually(t, "the other follows", func() bool { return two.Status().Detail == "another node publishes" })

		d.Network.Silence()
		d.commit(10)
		one.Nudge()
		d.awaitDrained(t, two)
		testkit.Eventually(t, "it is told", func() bool { return strings.Contains(log.String(), "no longer the relay leader") })
		d.Network.Restore()
		d.commit(10)
		d.awaitDrained(t, two)
		want(t, one.Status().Healthy, true) // from the term of the other node
		one.stop(t)
		two.stop(t)
		d.producer.Close()
		reaching.Close()
		d.wantOnTopic(t, 30)
	})
}

// A suspended leader is replaced within 3 s. When it resumes, it sends at most the batch in flight.
func TestRelay_stalledLeader(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, topic *kafkatest.Topic) {
		d := newRelayTest(t, topic)
		stalled, log := newNode(d.memLog), new(testkit.LogBuffer)
		one := start(t, stalled, d.producer, stalled, outbox.Config{Holder: "one", Logger: infoLogger(log)})
		d.commit(12_000)
		d.awaitDrained(t, one)
		awake := newProducer(t, topic.OtherNode())
		two := start(t, d.memLog, awake, d.memLog, outbox.Config{Holder: "two"})
		testkit.Eventually(t, "the other follows", func() bool { return two.Status().Detail == "another node publishes" })

		d.Network.Silence()
		stalled.stall()
		d.commit(500)
		stopped := time.Now()
		testkit.Eventually(t, "the other leads", func() bool { return two.Status().Leader })
		if took := time.Since(stopped); took > 3*time.Second {
			t.Errorf("the takeover took %s", took)
		}
		d.awaitDrained(t, two)
		t.Logf("events flowed again after %s", time.Since(stopped))
		stalled.wake()
		d.Network.Restore()
		testkit.Eventually(t, "it notices", func() bool { return !one.Status().Leader })
		want(t, strings.Contains(log.String(), "no longer the relay leader"), true)
		d.commit(100)
		d.awaitDrained(t, two)
		one.stop(t)
		two.stop(t)
		want(t, d.watermark(), 12_600)
		d.producer.Close()
		awake.Close()
		d.wantOnTopic(t, 12_600)
	})
}

// powerLoss is a relayTest whose embedded broker restarts on copies of its directory, as if the machine
// had lost power: the broker does not sync its log, so its end is lost.
type powerLoss struct {
	*relayTest
	broker *embedded.Broker
}

func newPowerLoss(t *testing.T, dir string) *powerLoss {
	t.Helper()
	broker, err := embedded.Open(embedded.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return &powerLoss{newRelayTest(t, kafkatest.Embedded(broker)), broker}
}

func (p *powerLoss) start(t *testing.T, dir string) {
	t.Helper()
	var err error
	if p.broker, err = embedded.Open(embedded.Config{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	p.Network.Redirect(p.broker.ClientConfig(kafka.Config{}).Dialer)
}

func (p *powerLoss) close(t *testing.T, r *runningRelay) {
	t.Helper()
	p.relayTest.close(t, r)
	if err := p.broker.Close(); err != nil {
		t.Error(err)
	}
}

func TestRelay_republishesLostEvents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir, before := t.TempDir(), t.TempDir()
		p := newPowerLoss(t, dir)
		r := p.relay(t, new(testkit.LogBuffer))
		p.commit(300)
		p.awaitDrained(t, r)
		p.close(t, r)
		if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		p.start(t, dir)
		r = p.relay(t, new(testkit.LogBuffer))
		p.commit(200)
		p.awaitDrained(t, r)
		p.close(t, r)
		want(t, p.watermark(), 500)

		p.start(t, before) // without the last 200 events
		log := new(testkit.LogBuffer)
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

// If one partition loses its end, only its lost events are published again.
func TestRelay_republishesLostEventsOfOnePartition(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir, before := t.TempDir(), t.TempDir()
		p := newPowerLoss(t, dir)
		r := p.relay(t, new(testkit.LogBuffer))
		p.commit(30)
		p.awaitDrained(t, r)
		p.close(t, r)
		if err := os.CopyFS(before, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		p.start(t, dir)
		r = p.relay(t, new(testkit.LogBuffer))
		p.commit(60)
		p.awaitDrained(t, r)
		p.close(t, r)
		partitions, err := os.ReadDir(before + "/embedded/partitions")
		if err != nil {
			t.Fatal(err)
		}
		lost := partitions[0].Name() // topic-0, with posts 1 and 2, or 3
		if err := errors.Join(os.RemoveAll(dir+"/embedded/partitions/"+lost),
			os.CopyFS(dir+"/embedded/partitions/"+lost, os.DirFS(before+"/embedded/partitions/"+lost))); err != nil {
			t.Fatal(err)
		}
		p.start(t, dir)
		r = p.relay(t, new(testkit.LogBuffer))
		time.Sleep(time.Second)
		want(t, p.wantOnTopic(t, 90), 0) // all events, none twice
		p.close(t, r)
	})
}
