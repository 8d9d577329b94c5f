package gateway_test

import (
	"bytes"
	"testing"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/gateway"
	"github.com/wiredesk/wiredesk/internal/stream/streamtest"
)

// A cursor of another epoch means nothing, even where its number exists.
func TestResume_epoch(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{})
	s.publish(10)
	for query, want := range map[string]string{
		"?cursor=10&epoch=epoch-0":      "replayed",
		"?cursor=4&epoch=epoch-0":       "replayed",
		"?cursor=4&epoch=another":       "refresh",
		"?cursor=10&epoch=another":      "refresh",
		"?cursor=4&epoch=":              "replayed",
		"?cursor=4":                     "replayed",
		"?epoch=another":                "nothing",
		"?cursor=11&epoch=another":      "refresh",
		"?cursor=4&epoch=epoch-0%00%22": "refresh",
	} {
		_, welcome := s.connect("3.s", query)
		if welcome.Resume != want || welcome.Epoch != "epoch-0" {
			t.Errorf("%s: %s", query, welcome.raw)
		}
	}
}

// After the log has lost events that were shown, however the loss is found, every client refreshes, and gets
// events of the new epoch only.
func TestStream_newEpoch(t *testing.T) {
	restore := func(l *streamtest.Log, commit int) []event.Event {
		l.Edit(func(events []event.Event) []event.Event { return events[:4] })
		return l.CommitOther(commit)
	}
	for name, change := range map[string]func(*site){
		"the log went back": func(s *site) { restore(s.log, 0) },
		"as many events were committed since": func(s *site) {
			s.hub.Deliver(restore(s.log, 6)) // one of them is enough
		},
		"more events were committed since": func(s *site) {
			s.hub.Deliver(restore(s.log, 60)[30:31]) // opens a hole, which the log fills
			s.hub.Deliver(restore(s.log, 60)[:1])
		},
		"as many events were committed since, and Kafka brings none": func(s *site) { restore(s.log, 6) },
		"more events were committed since, and Kafka brings none":    func(s *site) { restore(s.log, 60) },
		"another node was faster": func(s *site) {
			restore(s.log, 20)
			if _, err := s.log.NewEpoch(t.Context(), "epoch-0"); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, &streamtest.Log{}, gateway.Config{})
			s.publish(10)
			c, _ := s.connect("3.s", "?cursor=0")
			c.wantEvents(1, 10)
			change(s)
			c.wantClose(1012)
			c, welcome := s.connect("3.s", "?cursor=10&epoch=epoch-0")
			head, _ := s.log.Position(t.Context())
			if welcome.Resume != "refresh" || welcome.Epoch != "epoch-1" || welcome.Cursor != head.Seq {
				t.Errorf("welcome %s", welcome.raw)
			}
			late := streamtest.Event(head.Seq+1, 20) // of the old epoch
			late.Data = bytes.Replace(late.Data, []byte(`"title":"T`), []byte(`"title":"Late`), 1)
			s.hub.Deliver([]event.Event{late})
			s.publish(3)
			c.wantEvents(head.Seq+1, head.Seq+3)
			if s.log.Epoch() != "epoch-1" {
				t.Errorf("the epoch is %s", s.log.Epoch())
			}
		})
	}
}

// Records and repeats of the same history change nothing.
func TestStream_repeatsKeepTheEpoch(t *testing.T) {
	s := open(t, &streamtest.Log{}, gateway.Config{RingEvents: 5})
	events := s.log.Commit(20)
	s.hub.Deliver(events)
	c, _ := s.connect("3.s", "?cursor=19")
	c.wantEvents(20, 20)
	s.hub.Deliver(events)
	if !s.hub.Has(event.Position{Epoch: "epoch-0", Seq: 20}, "id-20") || !s.hub.Has(event.Position{Epoch: "epoch-0", Seq: 1}, "id-1") {
		t.Error("an event that was shown counts as new")
	}
	for _, at := range []event.Position{{Epoch: "epoch-0", Seq: 21}, {Epoch: "another", Seq: 20}, {}} {
		if s.hub.Has(at, "id-20") {
			t.Errorf("%v counts as shown", at)
		}
	}
	s.publish(1)
	c.wantEvents(21, 21)
	if s.log.Epoch() != "epoch-0" {
		t.Errorf("the epoch is %s", s.log.Epoch())
	}
}
