// Package servertest has the helpers that tests of whole servers share: it builds and starts a server, reads the event log and
// the topic, compares events, and waits for conditions. It sends no load, and knows no scenario.
package servertest

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// Await polls done every few milliseconds, and fails the test at once with the text of
// otherwise when it is not true in time.
func Await(t testing.TB, within time.Duration, done func() bool, otherwise func() string) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", within, otherwise())
		}
	}
}

// ReadLog returns the whole event log, which must be at rest, and checks that its numbers have no gap.
func ReadLog(t testing.TB, c *client.Client) []client.Event {
	t.Helper()
	const page = 1000
	var log []client.Event
	for {
		events, err := c.Events(t.Context(), int64(len(log)), page)
		testkit.Must(t, err)
		if len(events) == 0 {
			return log
		}
		for _, e := range events {
			log = append(log, e)
			if e.Seq != int64(len(log)) {
				t.Fatalf("the log holds %d where %d should be", e.Seq, len(log))
			}
		}
	}
}

// CheckTopic reads the topic as a consumer does, dropping repeats. It checks that the topic has
// each event of the log, and those of a post in order, and returns the number of records.
func CheckTopic(t testing.TB, brokers []string, topic string, log []client.Event) (records int) {
	t.Helper()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	testkit.Must(t, err)
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := map[int64]bool{}
	newest := map[string]int64{} // by key
	for len(seen) < len(log) {
		fetches := consumer.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Errorf("the topic holds %d of %d events; the first that is missing is %d", len(seen), len(log), firstMissing(seen))
			return records
		}
		fetches.EachError(func(_ string, partition int32, err error) { t.Errorf("reading partition %d: %v", partition, err) })
		fetches.EachRecord(func(r *kgo.Record) {
			records++
			_, e, err := event.DecodeCloud(r.Value)
			testkit.Must(t, err)
			if seen[e.Seq] {
				return
			}
			seen[e.Seq] = true
			if e.Seq > int64(len(log)) || e.ID != log[e.Seq-1].ID {
				t.Errorf("the topic holds event %d %s, which is not in the log", e.Seq, e.ID)
			} else if record, logged := members(t, e.Data), members(t, log[e.Seq-1].Data); !maps.Equal(record, logged) {
				t.Errorf("event %d has the data %v on the topic and %v in the log", e.Seq, record, logged)
			}
			if key := string(r.Key); e.Seq < newest[key] {
				t.Errorf("key %s: event %d comes after %d", key, e.Seq, newest[key])
			} else {
				newest[key] = e.Seq
			}
		})
	}
	return records
}

// Frame returns an event as JSON without the post's content: equal for the frame of a socket and
// the same event in the log.
func Frame(t testing.TB, e client.Event) string {
	t.Helper()
	data := members(t, e.Data)
	delete(data, "content")
	var err error
	if e.Data, err = json.Marshal(data); err == nil {
		var frame []byte
		if frame, err = json.Marshal(e); err == nil {
			return string(frame)
		}
	}
	t.Errorf("event %d cannot be compared: %v", e.Seq, err)
	return ""
}

// members returns the members of a JSON object as their text, in the encoding of this package.
func members(t testing.TB, object json.RawMessage) map[string]string {
	t.Helper()
	var decoded map[string]any
	if err := json.Unmarshal(object, &decoded); err != nil {
		t.Errorf("the data of an event: %v", err)
	}
	texts := make(map[string]string, len(decoded))
	for name, value := range decoded {
		text, err := json.Marshal(value)
		if err != nil {
			t.Errorf("the data of an event: %v", err)
		}
		texts[name] = string(text)
	}
	return texts
}

func firstMissing(seen map[int64]bool) int64 {
	for seq := int64(1); ; seq++ {
		if !seen[seq] {
			return seq
		}
	}
}
