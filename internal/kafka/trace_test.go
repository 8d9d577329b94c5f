package kafka_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/kafka/kafkatest"
)

const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// The header traceparent has the trace of the event, and is read only if it is valid: it is not
// part of the MAC.
func TestRecords_traceparent(t *testing.T) {
	kafkatest.OnBoth(t, func(t *testing.T, s *kafkatest.Topic) {
		p := kafkatest.NewProducer(t, s.Config())
		defer p.Close()
		r := kafkatest.Consume(t, s.Config())
		defer r.Close(t)
		external := s.AdminClient(t, kgo.ConsumeTopics(s.Name))
		defer external.Close()
		traces := func(n int) (got []string) {
			t.Helper()
			for range n {
				select {
				case e := <-r.Delivered:
					got = append(got, e.Trace)
				case <-time.After(time.Minute):
					t.Fatalf("%d of %d events were delivered", len(got), n)
				}
			}
			return got
		}
		list := kafkatest.Events(1, 2)
		list[1].Trace = trace
		kafkatest.Publish(t, p, list[:1])
		kafkatest.Publish(t, p, list[1:])
		kafkatest.Want(t, traces(2), []string{"", trace})
		var records []*kgo.Record
		for len(records) < 2 {
			records = append(records, external.PollFetches(t.Context()).Records()...)
		}
		for _, record := range records {
			var found []string
			for _, h := range record.Headers {
				if h.Key == "traceparent" {
					found = append(found, string(h.Value))
				}
			}
			if string(record.Headers[2].Value) == "id-2" {
				kafkatest.Want(t, found, []string{trace})
			} else {
				kafkatest.Want(t, found, []string(nil))
			}
		}
		genuine := records[0]
		for _, value := range []string{`"},"x":{"`, "00-00000000000000000000000000000000-00f067aa0ba902b7-01", trace + trace} {
			forged := &kgo.Record{Topic: s.Name, Key: genuine.Key, Value: genuine.Value, Headers: append(genuine.Headers[:9:9], kgo.RecordHeader{Key: "traceparent", Value: []byte(value)})}
			if err := external.ProduceSync(t.Context(), forged).FirstErr(); err != nil {
				t.Fatal(err)
			}
			kafkatest.Want(t, traces(1), []string{""})
		}
	})
}
