package crash_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/client"
	"github.com/wiredesk/wiredesk/internal/event"
)

// checkTopic reads the topic as any consumer would, dropping repeats, and checks that
// it tells each event of the log, and those of a post in order.
func checkTopic(t *testing.T, broker string, log []client.Event) {
	t.Helper()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics("blog-events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	check(t, err)
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := map[int64]bool{}
	newest := map[string]int64{} // by key
	records := 0
	for len(seen) < len(log) {
		fetches := consumer.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Errorf("the topic holds %d of %d events; the first that is missing is %d", len(seen), len(log), firstMissing(seen))
			return
		}
		fetches.EachError(func(_ string, partition int32, err error) { t.Errorf("reading partition %d: %v", partition, err) })
		fetches.EachRecord(func(r *kgo.Record) {
			records++
			e, err := event.DecodeCloud(r.Value)
			check(t, err)
			if seen[e.Seq] {
				return
			}
			seen[e.Seq] = true
			if e.Seq > int64(len(log)) || e.ID != log[e.Seq-1].ID {
				t.Errorf("the topic holds event %d %s, which is not in the log", e.Seq, e.ID)
			}
			if key := string(r.Key); e.Seq < newest[key] {
				t.Errorf("key %s: event %d comes after %d", key, e.Seq, newest[key])
			} else {
				newest[key] = e.Seq
			}
		})
	}
	t.Logf("the topic holds %d records for %d events", records, len(log))
}

func firstMissing(seen map[int64]bool) int64 {
	for seq := int64(1); ; seq++ {
		if !seen[seq] {
			return seq
		}
	}
}
