package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// oldChanges are queries for posts that a release without live posts has changed after the migration:
// after a rollback, or during a rolling upgrade.
var oldChanges = []string{
	`SELECT id FROM posts WHERE INSTR(summary, '"liveVersion":') = 0`,
	"SELECT p.id FROM posts p LEFT JOIN live_posts l ON l.id = p.id WHERE p.published AND l.id IS NULL",
	"SELECT l.id FROM live_posts l LEFT JOIN posts p ON p.id = l.id WHERE p.id IS NULL OR NOT p.published",
}

// unknownChanges makes Replace update all derived rows of a post.
var unknownChanges = []string{"authorName", "tags", "title"}

// reconcileLive updates the live posts to changes of earlier releases, in which every version of a
// published post was live.
func (db *database) reconcileLive(ctx context.Context) error {
	var ids []int64
	for _, query := range oldChanges {
		found, err := db.readIDs(ctx, query)
		if err != nil {
			return fmt.Errorf("finding posts that an earlier release has changed: %w", err)
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	w := &writer{db: db}
	defer w.drop()
	for batch := range slices.Chunk(ids, maxBatch) {
		ops := make([]*writeOp, len(batch))
		for i, id := range batch {
			ops[i] = &writeOp{ctx: ctx, post: id, done: make(chan struct{}), do: func(t *tx) error { return t.reconcile(id) }}
		}
		w.commitBatch(ops)
		for _, o := range ops {
			if o.err != nil {
				return fmt.Errorf("bringing post %d to this release: %w", o.post, o.err)
			}
		}
	}
	if len(ids) > 0 {
		o := &writeOp{ctx: ctx, do: func(t *tx) error { return t.rebuildIndex() }, done: make(chan struct{})}
		if w.commitBatch([]*writeOp{o}); o.err != nil {
			return fmt.Errorf("requesting a rebuild of the search index: %w", o.err)
		}
		db.cfg.Logger.Info("posts changed by an earlier release were migrated", "posts", len(ids))
	}
	return nil
}

func (db *database) readIDs(ctx context.Context, query string) (ids []int64, err error) {
	rows, err := db.write.QueryContext(ctx, query)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, classify(err)
		}
		ids = append(ids, id)
	}
	return ids, classify(rows.Err())
}

func (t *tx) reconcile(id int64) error {
	p, err := t.Get(id) // which makes a published post live
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return t.Hide(id)
	case err != nil || p.Published:
		return err
	}
	summary, err := json.Marshal(p.Summary)
	if err != nil {
		return fmt.Errorf("encoding post %d: %w", id, err)
	}
	return errors.Join(t.Replace(p, summary, unknownChanges), t.Hide(id))
}

// makeLive makes the current version live, for a published post that an earlier release has changed.
func (t *tx) makeLive(p *post.Post) error {
	version := p.Version
	p.LiveVersion = &version
	summary, err := json.Marshal(p.Summary)
	if err != nil {
		return fmt.Errorf("encoding post %d: %w", p.ID, err)
	}
	return errors.Join(t.Replace(*p, summary, unknownChanges), t.Show(*p, summary))
}
