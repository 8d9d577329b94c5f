package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

// The table deleted_posts has one row for each deleted post with its deletion in the event log. The
// deletion inserts the row; the restore, or the removal of the deletion from the log, deletes it. The row
// has the post itself, so that it can be restored after retention has removed its last change from the
// log.

// addDeleted copies the post to deleted_posts, with the data of its deletion.
func (t *tx) addDeleted(id int64, deletion event.Event) error {
	err := t.exec(`REPLACE INTO deleted_posts (id, title, created_at, deleted_at, deleted_by, deleted_by_name, version, summary, content)
		SELECT id, title, created_at, ?, ?, ?, ?, summary, content FROM posts WHERE id = ?`,
		millis(deletion.Time), deletion.Actor.ID, deletion.Actor.Name, deletion.Version, id)
	if err != nil {
		return fmt.Errorf("keeping the deleted post %d: %w", id, err)
	}
	return nil
}

// removeDeleted removes a restored post from deleted_posts.
func (t *tx) removeDeleted(p *post.Post) error {
	if p.Version == 1 { // a new post
		return nil
	}
	if err := t.exec("DELETE FROM deleted_posts WHERE id = ?", p.ID); err != nil {
		return fmt.Errorf("removing the restored post %d from the deleted ones: %w", p.ID, err)
	}
	return nil
}

// beforeDeletion returns an event with the last version of a deleted post, in place of the event that
// retention has removed. It returns missing if the post is not in deleted_posts.
func (t *tx) beforeDeletion(id, version int64, missing error) (event.Event, error) {
	var p post.Post
	var summary []byte
	err := t.row("SELECT summary, content FROM deleted_posts WHERE id = ? AND version = ?", id, version+1).Scan(&summary, &p.Content)
	if errors.Is(err, sql.ErrNoRows) {
		return event.Event{}, missing
	}
	if err == nil {
		err = json.Unmarshal(summary, &p.Summary)
	}
	if err != nil {
		return event.Event{}, fmt.Errorf("reading the deleted post %d: %w", id, err)
	}
	_, doc, err := p.Encode()
	return event.Event{Type: event.Updated, PostID: id, Version: version, Time: p.UpdatedAt, Actor: p.UpdatedBy, Data: doc.JSON}, err
}

// dropDeleted removes the posts with a deletion among the events up to seq.
func (t *tx) dropDeleted(seq int64) error {
	stmt, err := t.stmt("SELECT events.post_id FROM events JOIN deleted_posts ON deleted_posts.id = events.post_id AND deleted_posts.version = events.version WHERE events.seq <= ?")
	if err != nil {
		return err
	}
	ids, err := scanIDs(stmt.Query(seq))
	if err != nil {
		return t.checkFatal(err)
	}
	for _, id := range ids {
		if err := t.exec("DELETE FROM deleted_posts WHERE id = ?", id); err != nil {
			return fmt.Errorf("removing post %d from the deleted ones: %w", id, err)
		}
	}
	return nil
}

// deletedColumns maps sort fields to columns. updatedAt is the time of the deletion.
var deletedColumns = map[string]string{"updatedAt": "deleted_at", "createdAt": "created_at", "title": "title"}

// listDeleted reads a page of deleted posts.
func (s *postStore) listDeleted(ctx context.Context, q post.Query) (post.Page, error) {
	if q.Words == "" {
		return s.deletedPage(ctx, q, nil)
	}
	return s.searching(ctx, func(ctx context.Context) (post.Page, error) {
		words := newSearch(q.Words)
		if len(words) == 0 {
			return post.Page{Items: []json.RawMessage{}}, nil
		}
		return s.deletedPage(ctx, q, words)
	})
}

func (s *postStore) deletedPage(ctx context.Context, q post.Query, words search) (post.Page, error) {
	page := post.Page{Items: []json.RawMessage{}}
	query, args := s.dialect.deletedQuery(q)
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return page, fmt.Errorf("listing deleted posts: %w", classify(err))
	}
	defer rows.Close()
	last := post.Position{Sort: q.Sort}
	var done scan
	for rows.Next() {
		if len(page.Items) == q.Limit || done.full() {
			page.Next = &last
			return page, nil
		}
		row, err := scanDeletedRow(rows, q.Sort)
		if err != nil {
			return page, fmt.Errorf("listing deleted posts: %w", classify(err))
		}
		last = row.at
		done.add(row.content)
		if !q.Matches(row.summary) || !words.inPost(&post.Post{Summary: row.summary, Content: row.content}) {
			continue
		}
		item, err := json.Marshal(row.listed())
		if err != nil {
			return page, fmt.Errorf("encoding the deleted post %d: %w", row.at.ID, err)
		}
		page.Items = append(page.Items, item)
	}
	return page, classify(rows.Err())
}

// deletedQuery returns the query of a page in the order of an index. The filters are applied to its rows.
func (d *dialect) deletedQuery(q post.Query) (query string, args []any) {
	field, descending := q.Sort.Field()
	column, order, beyond := deletedColumns[field], "ASC", ">"
	if descending {
		order, beyond = "DESC", "<"
	}
	content, limit := "''", q.Limit+1
	if q.Words != "" {
		content = "content"
	}
	if q.Filtered() {
		limit = maxScanRows + 1
	}
	index := fmt.Sprintf(d.index, indexOf("deleted_posts_", column))
	query = "SELECT id, " + column + ", deleted_at, deleted_by, deleted_by_name, version, summary, " + content + " FROM deleted_posts " + index
	if q.After != nil {
		condition, keys := beyondPosition(column, beyond, q.After)
		query, args = query+" WHERE "+condition, keys
	}
	return query + " ORDER BY " + column + " " + order + ", id " + order + " LIMIT ?", append(args, limit)
}

// deletedRow is a row of deleted_posts.
type deletedRow struct {
	at        post.Position
	deletedAt int64
	deletedBy event.Actor
	version   int64 // of the deletion
	summary   post.Summary
	content   string
}

func scanDeletedRow(from scanner, sort post.Sort) (r deletedRow, err error) {
	r.at.Sort = sort
	key := any(&r.at.Time)
	if field, _ := sort.Field(); field == "title" {
		key = &r.at.Title
	}
	var summary []byte
	if err := from.Scan(&r.at.ID, key, &r.deletedAt, &r.deletedBy.ID, &r.deletedBy.Name, &r.version, &summary, &r.content); err != nil {
		return r, err
	}
	if err := json.Unmarshal(summary, &r.summary); err != nil {
		return r, fmt.Errorf("decoding a deleted post: %w", err)
	}
	return r, nil
}

func (r deletedRow) listed() post.Deleted {
	return post.NewDeleted(r.summary, r.version, fromMillis(r.deletedAt), r.deletedBy)
}
