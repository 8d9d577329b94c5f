package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

const (
	maxIndexEvents = 4096      // events read at once
	maxIndexPosts  = 256       // posts read at once
	maxIndexText   = 4 << 20   // bytes of text read at once, except for a single larger post
	maxIndexWords  = 256 << 10 // bytes of words in one transaction, except for a single larger post
	maxIndexPause  = 50 * time.Millisecond
)

// indexEvents indexes the posts of the next events and returns the new state.
func (x *indexer) indexEvents(ctx context.Context, send func(*writeOp) error, st indexState) (indexState, error) {
	events, err := x.nextEvents(ctx, st.watermark)
	if err != nil {
		return st, err
	}
	if len(events) == 0 {
		return st, fmt.Errorf("%w: %d", errIndexGap, st.watermark+1)
	}
	if first := events[0].Seq; first > st.watermark+1 {
		x.cfg.Logger.Warn("event log lacks events for the search index: rebuilding the index", "from", st.watermark+1, "to", first-1)
		to := st
		to.watermark, to.rebuild = first-1, 0
		return x.storeIndex(ctx, send, st, to, nil)
	}
	for len(events) > 0 && err == nil {
		since, n := changedPosts(events)
		to := st
		to.watermark = events[n-1].Seq
		if st, err = x.indexChanged(ctx, send, st, to, since); err == nil {
			events = events[n:]
			x.setState(st)
		}
	}
	return st, err
}

// indexChanged indexes the posts of since (see readWords) and moves the state to to. It returns the last
// stored state.
func (x *indexer) indexChanged(ctx context.Context, send func(*writeOp) error, st, to indexState, since map[int64]int64) (indexState, error) {
	for ids := slices.Sorted(maps.Keys(since)); ; {
		changes, rest, err := x.readWords(ctx, ids, since)
		if err != nil {
			return st, err
		}
		if len(rest) == 0 {
			return x.storeWords(ctx, send, st, to, changes)
		}
		if st, err = x.storeWords(ctx, send, st, st, changes); err != nil {
			return st, err
		}
		ids = rest
	}
}

// changedPosts returns the posts of the first n events, at most maxIndexPosts, each with its first
// version among them.
func changedPosts(events []event.Event) (since map[int64]int64, n int) {
	since = make(map[int64]int64)
	for _, e := range events {
		if _, ok := since[e.PostID]; !ok {
			if len(since) == maxIndexPosts {
				break
			}
			since[e.PostID] = e.Version
		}
		n++
	}
	return since, n
}

// indexedPost is a post to be indexed, with its live version.
type indexedPost struct {
	id            int64
	version, live int64 // live: the live version; 0: none
	published     bool  // now or earlier: the index may have words of a live version
	words         string
	liveWords     string // empty if the live version is the current one
}

const selectWords = `SELECT p.id, p.version, p.summary, p.content, l.version,
	CASE WHEN l.version <> p.version THEN l.summary END, CASE WHEN l.version <> p.version THEN l.content END
	FROM posts p LEFT JOIN live_posts l ON l.id = p.id WHERE `

var postsByID = selectWords + "p.id IN (?" + strings.Repeat(", ?", maxIndexPosts-1) + ") ORDER BY p.id"

// readWords returns the changes of the index for the current state of the posts ids, which are sorted and
// at most maxIndexPosts. rest are the ids that it has not read. since has the first version of each post
// with an event to be indexed.
func (x *indexer) readWords(ctx context.Context, ids []int64, since map[int64]int64) (changes []indexChange, rest []int64, err error) {
	args := make([]any, maxIndexPosts) // a fixed number, for one prepared statement
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	posts, complete, err := x.readIndexed(ctx, postsByID, args...)
	if err != nil {
		return nil, nil, err
	}
	read := len(ids)
	if !complete {
		read, _ = slices.BinarySearch(ids, posts[len(posts)-1].id+1)
	}
	for _, id := range ids[:read] {
		if len(posts) == 0 || posts[0].id != id {
			changes = append(changes, indexChange{id: id}, indexChange{id: id, live: true})
			continue
		}
		changes, posts = append(changes, posts[0].changes(since[id])...), posts[1:]
	}
	return changes, ids[read:], nil
}

// changes returns the changes of the index for the post. It leaves out a live version older than
// since-1: no event from since on has changed it.
func (p indexedPost) changes(since int64) []indexChange {
	changes := []indexChange{{id: p.id, words: &p.words}}
	switch {
	case p.live == 0 && !p.published:
		return changes
	case p.live == 0:
		return append(changes, indexChange{id: p.id, live: true})
	case p.live == p.version:
		return append(changes, indexChange{id: p.id, live: true, words: &p.words})
	case p.live >= since-1:
		return append(changes, indexChange{id: p.id, live: true, words: &p.liveWords})
	}
	return changes
}

// readIndexed reads posts and computes their words. complete reports whether it read all rows.
func (x *indexer) readIndexed(ctx context.Context, query string, args ...any) (posts []indexedPost, complete bool, err error) {
	rows, err := x.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, false, fmt.Errorf("reading posts to index: %w", classify(err))
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		if size > maxIndexText {
			return posts, false, nil
		}
		p := indexedPost{}
		var summary, liveSummary []byte
		var content string
		var live sql.NullInt64
		var liveContent sql.NullString
		if err := rows.Scan(&p.id, &p.version, &summary, &content, &live, &liveSummary, &liveContent); err != nil {
			return nil, false, fmt.Errorf("reading posts to index: %w", classify(err))
		}
		size += len(content) + len(liveContent.String)
		p.live = live.Int64
		p.words, p.published = x.wordsOf(p.id, summary, content)
		if liveSummary != nil {
			p.liveWords, _ = x.wordsOf(p.id, liveSummary, liveContent.String)
		}
		posts = append(posts, p)
	}
	return posts, true, classify(rows.Err())
}

// wordsOf returns the words of a post in the form of the index, and whether the post was ever published. An
// invalid post has no words and does not block the others: wiredesk verify reports it.
func (x *indexer) wordsOf(id int64, summary []byte, content string) (words string, published bool) {
	var searched struct { // only the needed members, for speed
		Title, Description, Category string
		Tags                         []string
		PublishedAt                  *json.RawMessage
	}
	if err := json.Unmarshal(summary, &searched); err != nil {
		x.cfg.Logger.Error("indexing a post failed: run wiredesk verify", "post", id, "error", err)
		return "", true
	}
	return x.dialect.words(foldPost(&post.Post{Content: content, Summary: post.Summary{
		Title: searched.Title, Description: searched.Description, Category: searched.Category, Tags: searched.Tags}})), searched.PublishedAt != nil
}

// indexPosts indexes the next posts of a rebuild and returns the new state.
func (x *indexer) indexPosts(ctx context.Context, send func(*writeOp) error, st indexState) (indexState, error) {
	posts, _, err := x.readIndexed(ctx, selectWords+"p.id > ? ORDER BY p.id LIMIT ?", st.rebuild, maxIndexPosts)
	if err != nil {
		return st, err
	}
	to, last := st, int64(math.MaxInt64)
	to.rebuild = noRebuild
	var changes []indexChange
	if len(posts) > 0 {
		last = posts[len(posts)-1].id
		to.rebuild = last
	}
	for _, p := range posts {
		changes = append(changes, p.changes(0)...)
	}
	for _, live := range []bool{false, true} {
		ids, err := x.indexOrphans(ctx, live, st.rebuild, last, math.MaxInt32)
		if err != nil {
			return st, err
		}
		for _, id := range ids {
			changes = append(changes, indexChange{id: id, live: live})
		}
	}
	return x.storeWords(ctx, send, st, to, changes)
}

// storeWords stores changes in transactions of about maxIndexWords bytes, with pauses for other writers.
// The last transaction moves the state to to. It returns the last stored state.
func (x *indexer) storeWords(ctx context.Context, send func(*writeOp) error, from, to indexState, changes []indexChange) (indexState, error) {
	slices.SortStableFunc(changes, compareChanges)
	for {
		n, size := 0, 0
		for ; n < len(changes) && (n == 0 || size < maxIndexWords); n++ {
			if words := changes[n].words; words != nil {
				size += len(*words)
			}
		}
		if n == len(changes) {
			return x.storeIndex(ctx, send, from, to, changes)
		}
		began := time.Now()
		var err error
		if from, err = x.storeIndex(ctx, send, from, from, changes[:n]); err != nil {
			return from, err
		}
		changes = changes[n:]
		pause := min(time.Since(began), maxIndexPause)
		x.pauseIndex(ctx, pause, pause)
	}
}

// storeIndex stores changes and moves the state from from to to, in one transaction. It returns to with
// its new fence. If the stored state is no longer from, it changes nothing and returns errIndexMoved.
func (x *indexer) storeIndex(ctx context.Context, send func(*writeOp) error, from, to indexState, changes []indexChange) (indexState, error) {
	to.fence = from.fence + 1
	holder, ttl := x.id, indexTTL.Milliseconds()
	if to.complete() {
		holder, ttl = "", 0
	}
	err := send(&writeOp{ctx: ctx, do: func(t *tx) error {
		var now indexState
		if err := t.row("SELECT watermark, rebuild, fence FROM word_index"+x.dialect.forUpdate).Scan(&now.watermark, &now.rebuild, &now.fence); err != nil {
			return fmt.Errorf("reading the state of the search index: %w", err)
		}
		if err := t.row("SELECT value FROM counters WHERE name = 'seq'").Scan(&now.head); err != nil {
			return fmt.Errorf("reading the head of the event log: %w", err)
		}
		if now.watermark != from.watermark || now.rebuild != from.rebuild || now.fence != from.fence || now.head < to.watermark || x.server.generation.Load() != from.server {
			return errIndexMoved
		}
		if err := t.writeIndex(changes); err != nil {
			return err
		}
		return t.exec("UPDATE word_index SET watermark = ?, rebuild = ?, fence = ?, holder = ?, expires_at = "+x.dialect.now+" + ?", to.watermark, to.rebuild, to.fence, holder, ttl)
	}})
	if err != nil {
		return from, err
	}
	return to, nil
}
