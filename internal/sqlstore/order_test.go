package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/kafka/embedded"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// orderTime is how long TestMySQL_threeNodesInOrder writes.
func orderTime(t *testing.T) time.Duration {
	text := os.Getenv("WIREDESK_ORDER_FOR")
	if text == "" {
		return 2 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("WIREDESK_ORDER_FOR: %v", err)
	}
	return d
}

// tail reads the log forwards until stop is closed and the log has ended, and checks that no
// number is missing. It returns the last number.
func tail(t *testing.T, store *sqlstore.Store, stop <-chan struct{}) (last int64) {
	for ended := false; ; {
		select {
		case <-stop:
			ended = true
		default:
		}
		head, err := store.Head(t.Context())
		if err != nil {
			t.Error(err)
			return last
		}
		page, err := store.After(t.Context(), last, 500)
		if err != nil {
			t.Error(err)
			return last
		}
		for _, e := range page {
			if e.Seq != last+1 {
				t.Errorf("event %d follows %d", e.Seq, last)
			}
			last = e.Seq
		}
		if ended && last >= head {
			return last
		}
	}
}

// glance reads the newest events until stop is closed, and checks that no number is missing.
func glance(t *testing.T, store *sqlstore.Store, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		page, err := store.Before(t.Context(), 1<<60, 50)
		if err != nil {
			t.Error(err)
			return
		}
		for i := 1; i < len(page); i++ {
			if page[i].Seq != page[i-1].Seq-1 {
				t.Errorf("event %d precedes %d", page[i].Seq, page[i-1].Seq)
			}
		}
	}
}

// TestMySQL_threeNodesInOrder: of three nodes that write at once, each reader of the log gets
// each event, and so does Kafka. WIREDESK_ORDER_FOR has it write for longer than 2 s.
func TestMySQL_threeNodesInOrder(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		broker, err := embedded.Open(embedded.Config{Dir: t.TempDir()})
		testkit.Must(t, err)
		defer broker.Close()
		topic := broker.ClientConfig(kafka.Config{Topic: "blog-events", Partitions: 3})
		var nodes []*sqlstore.Store
		var relays, readers, writers sync.WaitGroup
		running, stopRelays := context.WithCancel(context.WithoutCancel(t.Context()))
		defer func() {
			stopRelays()
			relays.Wait()
		}()
		for n := range 3 {
			producer, err := kafka.NewProducer(topic)
			testkit.Must(t, err)
			defer producer.Close()
			testkit.Must(t, producer.EnsureTopic(t.Context()))
			node := open(t, sqlstore.Config{URL: url})
			nodes = append(nodes, node)
			relay := outbox.NewRelay(node, producer, node, outbox.Config{Holder: fmt.Sprint("node-", n)})
			relays.Go(func() { testkit.Must(t, relay.Run(running)) })
		}
		stop := make(chan struct{})
		for n := range 4 {
			readers.Go(func() { tail(t, nodes[n%3], stop) })
		}
		readers.Go(func() { glance(t, nodes[0], stop) })
		end := time.Now().Add(orderTime(t))
		for n := range 24 {
			writers.Go(func() { writeUntil(t, nodes[n%3], end, fmt.Sprint("writer ", n)) })
		}
		writers.Wait()
		close(stop)
		readers.Wait()
		verifyPublished(t, nodes[0], topic)
	})
}

// writeUntil creates a post and changes it until a time.
func writeUntil(t *testing.T, store *sqlstore.Store, end time.Time, title string) {
	var id int64
	err := store.Update(t.Context(), 0, func(tx post.Tx) (err error) {
		id, err = add(tx, post.Summary{Title: title}, "")
		return err
	})
	for n := 0; err == nil && time.Now().Before(end); n++ {
		err = store.Update(t.Context(), id, func(tx post.Tx) error {
			return change(tx, id, func(p *post.Post) { p.Content = fmt.Sprint("change ", n) })
		})
	}
	if err != nil {
		t.Error(err)
	}
}

// verifyPublished waits until the relay has published the log, and verifies log and topic.
func verifyPublished(t *testing.T, store *sqlstore.Store, topic kafka.Config) {
	t.Helper()
	head, err := store.Head(t.Context())
	testkit.Must(t, err)
	for watermark, deadline := int64(0), time.Now().Add(time.Minute); watermark < head; time.Sleep(10 * time.Millisecond) {
		watermark, err = store.Watermark(t.Context())
		testkit.Must(t, errors.Join(err, t.Context().Err()))
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d events are published", watermark, head)
		}
	}
	checkVerified(t, store, topic)
	t.Logf("%d events", head)
}
