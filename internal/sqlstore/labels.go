package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wiredesk/wiredesk/internal/post"
)

// The table posts_labels has the tags and the author of each post, one row per label and post. It has no
// sort key, so a save writes to it only when a label changes. The posts of a rare label are read from
// posts_labels and sorted; a common label is checked for each post in the order of the list.

// label is a row of posts_labels without the post.
type label struct {
	kind int
	name string
}

const (
	tagLabel    = 1
	authorLabel = 2
)

// maxSorted is the maximum number of posts that are sorted for one page.
const maxSorted = 1000

// labelsOf returns the labels of a post.
func labelsOf(p *post.Summary) []label {
	labels := make([]label, 0, len(p.Tags)+1)
	for _, tag := range p.Tags {
		labels = append(labels, label{tagLabel, tag})
	}
	if author := p.Author(); author != "" {
		labels = append(labels, label{authorLabel, author})
	}
	slices.SortFunc(labels, compareLabels)
	return slices.Compact(labels)
}

func compareLabels(a, b label) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.name, b.name))
}

const insertLabels = "REPLACE INTO posts_labels (kind, name, post_id) VALUES "

func labelRows(id int64, labels []label) [][]any {
	rows := make([][]any, len(labels))
	for i, l := range labels {
		rows[i] = []any{l.kind, l.name, id}
	}
	return rows
}

// addLabels stores the labels of a new post.
func (t *tx) addLabels(p *post.Post) error {
	if err := t.insert(insertLabels, labelRows(p.ID, labelsOf(&p.Summary))); err != nil {
		return fmt.Errorf("inserting the labels of post %d: %w", p.ID, err)
	}
	return nil
}

// updateLabels replaces the labels of a post if one of the changed fields is a source of labels.
func (t *tx) updateLabels(p *post.Post, changed []string) error {
	if !slices.Contains(changed, "tags") && !slices.Contains(changed, "authorName") {
		return nil
	}
	if err := t.deleteLabels(p.ID); err != nil {
		return err
	}
	return t.addLabels(p)
}

func (t *tx) deleteLabels(id int64) error {
	if err := t.exec("DELETE FROM posts_labels WHERE post_id = ?", id); err != nil {
		return fmt.Errorf("deleting the labels of post %d: %w", id, err)
	}
	return nil
}

// labelCount is a label of a query with its number of posts, at most maxSorted+1.
type labelCount struct {
	label
	posts int
}

// queryLabels returns the labels of the filters of q, the rarest first.
func (s *postStore) queryLabels(ctx context.Context, q post.Query) ([]labelCount, error) {
	var labels []labelCount
	for kind, name := range map[int]string{tagLabel: q.Tag, authorLabel: q.Author} {
		if name != "" {
			labels = append(labels, labelCount{label: label{kind, name}})
		}
	}
	for i := range labels {
		err := s.read.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM posts_labels WHERE kind = ? AND name = ? LIMIT ?) AS few",
			labels[i].kind, labels[i].name, maxSorted+1).Scan(&labels[i].posts)
		if err != nil {
			return nil, fmt.Errorf("counting the posts of a label: %w", classify(err))
		}
	}
	slices.SortFunc(labels, func(a, b labelCount) int { return cmp.Or(cmp.Compare(a.posts, b.posts), cmp.Compare(a.kind, b.kind)) })
	return labels, nil
}

// The conditions for a label. With ofLabel the database reads posts_labels before posts. hasLabel is
// evaluated for each post: a scalar subquery is not converted to a join, which would change the order.
const (
	ofLabel  = "id IN (SELECT post_id FROM posts_labels WHERE kind = ? AND name = ?)"
	hasLabel = "(SELECT 1 FROM posts_labels WHERE kind = ? AND name = ? AND post_id = posts.id) = 1"
)

// maxNames bounds the results of Tags and Authors.
const maxNames = 10_000

// Tags returns the tags in use with their number of posts, by name.
func (s *postStore) Tags(ctx context.Context) ([]post.NameCount, error) {
	return s.labels(ctx, tagLabel)
}

// Authors returns the authors of posts with their number of posts, by name.
func (s *postStore) Authors(ctx context.Context) ([]post.NameCount, error) {
	return s.labels(ctx, authorLabel)
}

func (s *postStore) labels(ctx context.Context, kind int) ([]post.NameCount, error) {
	return s.nameCounts(ctx, "SELECT name, count(*) FROM posts_labels WHERE kind = ? GROUP BY name ORDER BY name LIMIT ?", kind, maxNames)
}

// nameCounts runs a query of names and numbers of posts.
func (s *postStore) nameCounts(ctx context.Context, query string, args ...any) ([]post.NameCount, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("counting posts by name: %w", classify(err))
	}
	defer rows.Close()
	names := []post.NameCount{}
	for rows.Next() {
		var n post.NameCount
		if err := rows.Scan(&n.Name, &n.Count); err != nil {
			return nil, fmt.Errorf("counting posts by name: %w", classify(err))
		}
		names = append(names, n)
	}
	return names, classify(rows.Err())
}
