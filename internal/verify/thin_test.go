package verify_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/verify"
)

// autosaves stores five events of post 1: its creation and four autosaves.
func (d *fixture) autosaves() {
	d.Helper()
	d.create(`{"title":"Tides","content":"Some *text*."}`)
	for n := range 4 {
		p, err := post.ParsePatch(fmt.Appendf(nil, `{"content":"Some *text*, %d 🌊"}`, n))
		testkit.Must(d, err)
		_, err = d.posts.Edit(d.Context(), ana, 1, int64(n+1), p, post.EditOptions{KeepLive: true, Autosave: true}, post.Request{})
		testkit.Must(d, err)
	}
}

// thin removes the content of events 2, 3 and 4.
func (d *fixture) thin() {
	d.Helper()
	n, err := d.store.ThinAutosaves(d.Context(), time.Now().Add(time.Hour), 5)
	if n != 3 || err != nil {
		d.Fatalf("%d events thinned, %v", n, err)
	}
}

func TestCheck_thinnedEvents(t *testing.T) {
	partition := kafka.PartitionOf(1, partitions)
	for name, c := range map[string]struct {
		damage   func(d *fixture, whole []event.Event) // whole are events 1 to 5 before they were thinned
		problems int64
		parts    []string
	}{
		"whole on the topic":             {func(*fixture, []event.Event) {}, 0, []string{"from 1 to 5, events: 5, thinned: 3\n", "records: 5, events: 5\n", clean}},
		"published again after thinning": {func(d *fixture, _ []event.Event) { d.publish(2, 3, 4, 5) }, 0, []string{"repeats: 4\n", clean}},
		"other content on the topic": {func(d *fixture, whole []event.Event) {
			e := whole[2]
			e.Data = []byte(string(e.Data[:len(e.Data)-2]) + `!"}`)
			d.put(partition, "1", d.cloud(e))
		}, 1, []string{"event 3 is not the one of the log"}},
		"other hash in the log": {func(d *fixture, _ []event.Event) {
			d.exec(`UPDATE events SET data = REPLACE(data, '"contentHash":"', '"contentHash":"0') WHERE seq = 4`)
		}, 2, []string{"event 4 is not the one of the log", "topic:\n  event 4, post 1\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(d *fixture) {
				d.autosaves()
				whole := d.events(1, 2, 3, 4, 5)
				d.publish(1, 2, 3, 4, 5)
				d.advance(5)
				d.thin()
				c.damage(d, whole)
				d.wants(verify.Config{}, c.problems, c.parts...)
			})
		})
	}
}

// Repair publishes thinned events without the removed content.
func TestRepair_thinnedEvents(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.autosaves()
		d.publish(1, 2)
		d.advance(5)
		d.thin()
		report := d.wants(verify.Config{}, 3, "topic:\n  event 3, post 1\n")
		d.repair(report, 3)
		d.wants(verify.Config{}, 0, clean)
	})
}
