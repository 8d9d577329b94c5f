package verify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/verify"
)

// BenchmarkCheck reads 20 000 events of 1 KB, ten for each of 2 000 posts, with SQLite and the embedded broker.
func BenchmarkCheck(b *testing.B) {
	const posts, versions = 2000, 10
	d := onSQLite(b)
	for range versions {
		d.version(posts)
	}
	last := int64(posts * versions)
	for seq := int64(0); seq < last; {
		events, err := d.store.After(b.Context(), seq, 500)
		testkit.Must(b, err)
		testkit.Must(b, d.producer.Publish(b.Context(), events))
		seq = events[len(events)-1].Seq
	}
	d.advance(last)
	for b.Loop() {
		d.wants(verify.Config{}, 0, fmt.Sprintf("events: %d\n", last))
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(last)/float64(b.N), "µs/event")
}

// version stores the next version of each post, or the first.
func (d *fixture) version(posts int64) {
	d.Helper()
	testkit.Must(d, d.store.Update(d.Context(), 0, func(tx post.Tx) error {
		for id := int64(1); id <= posts; id++ {
			p, err := tx.Get(id)
			isNew := err != nil
			p.ID, p.Slug, p.Tags, p.Content = id, fmt.Sprint("post-", id), []string{}, strings.Repeat("words ", 80)
			p.Version++
			p.UpdatedAt = time.Now().UTC().Truncate(time.Millisecond)
			if isNew {
				p.CreatedAt = p.UpdatedAt
			}
			summary, doc, err := p.Encode()
			if err != nil {
				return err
			}
			e := event.Event{ID: fmt.Sprintf("%d-%d", id, p.Version), Type: event.Updated, PostID: id, Version: p.Version, Time: p.UpdatedAt, Data: doc.JSON}
			if isNew {
				err = tx.Insert(p, summary)
			} else {
				err = tx.Replace(p, summary, nil)
			}
			if err != nil {
				return err
			}
			if err := tx.Emit(e); err != nil {
				return err
			}
		}
		return nil
	}))
}
