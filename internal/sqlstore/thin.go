package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wiredesk/wiredesk/internal/event"
	"github.com/wiredesk/wiredesk/internal/post"
)

const (
	thinBatch = 200 // events in one transaction
	// maxRunBack bounds the versions that are read before a batch to find the start of a run. A longer
	// run is cut there.
	maxRunBack = 2000
)

// ThinAutosaves removes the content of the autosaves that post.Thinnable returns, and leaves its hash, for
// events before cutoff and up to the number published. A live version keeps its content. It continues
// after the last batch of an earlier call (counter thinned), in short transactions that process a batch
// and advance the counter. So a stop loses nothing, and one of several nodes processes each batch. It
// returns the number of thinned events.
func (s *cleanupStore) ThinAutosaves(ctx context.Context, cutoff time.Time, published int64) (thinned int64, err error) {
	for {
		b, err := s.nextThinBatch(ctx, millis(cutoff), published)
		if err == nil && b.upTo > b.after {
			err = s.fillThinBatch(ctx, &b)
		}
		if err != nil {
			return thinned, fmt.Errorf("thinning autosaves: %w", err)
		}
		if b.upTo == b.after {
			return thinned, nil
		}
		var n int64
		if err := s.update(ctx, func(t *tx) (err error) { n, err = t.thin(b); return err }); err != nil {
			return thinned, fmt.Errorf("thinning autosaves: %w", err)
		}
		s.metrics.thinned.Add(float64(n))
		thinned += n
	}
}

// thinnable is a batch of events in (after, upTo], with the removals among them.
type thinnable struct {
	after, upTo int64
	autosaves   map[int64][]int64 // versions by post, ascending
	removals    []contentRemoval
}

// contentRemoval replaces the data of an event, unless they have changed since they were read.
type contentRemoval struct {
	seq           int64
	before, after []byte
}

// nextThinBatch returns the next batch, without its removals; upTo equals after if there is none.
func (s *cleanupStore) nextThinBatch(ctx context.Context, cutoff, published int64) (b thinnable, err error) {
	if err := s.read.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'thinned'").Scan(&b.after); err != nil {
		return b, classify(err)
	}
	b.upTo, b.autosaves = b.after, map[int64][]int64{}
	rows, err := s.read.QueryContext(ctx, "SELECT seq, time, post_id, version, autosave FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
		b.after, published, thinBatch)
	if err != nil {
		return b, classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq, at, id, version int64
		var autosave bool
		if err := rows.Scan(&seq, &at, &id, &version, &autosave); err != nil {
			return b, classify(err)
		}
		if at >= cutoff {
			break
		}
		b.upTo = seq
		if autosave {
			b.autosaves[id] = append(b.autosaves[id], version)
		}
	}
	return b, classify(rows.Err())
}

// fillThinBatch computes the removals of b.
func (s *cleanupStore) fillThinBatch(ctx context.Context, b *thinnable) error {
	for id, versions := range b.autosaves {
		run, err := s.versionsFromRunStart(ctx, id, versions[0], versions[len(versions)-1]+1)
		if err != nil {
			return err
		}
		for _, version := range post.Thinnable(run) {
			if _, inBatch := slices.BinarySearch(versions, version); !inBatch {
				continue
			}
			e, err := s.thinnedEvent(ctx, id, version)
			if err != nil {
				return err
			}
			if e != nil {
				b.removals = append(b.removals, *e)
			}
		}
	}
	slices.SortFunc(b.removals, func(x, y contentRemoval) int { return int(x.seq - y.seq) })
	return nil
}

// versionsFromRunStart returns the versions of a post up to last, from the start of the run of first.
func (s *cleanupStore) versionsFromRunStart(ctx context.Context, id, first, last int64) ([]post.VersionInfo, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT version, time, actor_id, autosave FROM events WHERE post_id = ? AND version <= ? "+
		"ORDER BY version DESC LIMIT ?", id, last, last-first+maxRunBack)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var list []post.VersionInfo
	for rows.Next() {
		var v post.VersionInfo
		var at int64
		if err := rows.Scan(&v.Version, &at, &v.Author, &v.Autosave); err != nil {
			return nil, classify(err)
		}
		v.Time = fromMillis(at)
		if n := len(list); n > 0 && v.Version < first && (!v.Autosave || v.Author != list[n-1].Author) {
			break
		}
		list = append(list, v)
	}
	slices.Reverse(list)
	return list, classify(rows.Err())
}

// thinnedEvent returns the removal of the content of a version; nil if there is no content, or the event
// is invalid.
func (s *cleanupStore) thinnedEvent(ctx context.Context, id, version int64) (*contentRemoval, error) {
	var e event.Event
	var data []byte
	err := s.read.QueryRowContext(ctx, "SELECT seq, data FROM events WHERE post_id = ? AND version = ?", id, version).Scan(&e.Seq, &data)
	if errors.Is(err, sql.ErrNoRows) { // removed by retention
		return nil, nil
	}
	if err != nil {
		return nil, classify(err)
	}
	e.Data = data
	thin, err := event.Thin(e)
	if err != nil {
		s.cfg.Logger.Warn("autosave cannot be thinned; it keeps its content", "post", id, "version", version, "error", err)
		return nil, nil
	}
	if bytes.Equal(thin.Data, data) {
		return nil, nil
	}
	return &contentRemoval{seq: e.Seq, before: data, after: thin.Data}, nil
}

// thin stores the removals of b, unless another node has processed the batch.
func (t *tx) thin(b thinnable) (thinned int64, err error) {
	moved, err := t.write("UPDATE counters SET value = ? WHERE name = 'thinned' AND value = ?", b.upTo, b.after)
	if err != nil {
		return 0, err
	}
	if n, err := moved.RowsAffected(); n == 0 || err != nil {
		return 0, err
	}
	for _, e := range b.removals {
		// A redaction may have changed the data since it was read.
		res, err := t.write("UPDATE events SET data = ? WHERE seq = ? AND data = ? AND NOT EXISTS "+
			"(SELECT 1 FROM live_posts l WHERE l.id = events.post_id AND l.version = events.version)", e.after, e.seq, e.before)
		if err != nil {
			return 0, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		thinned += n
	}
	return thinned, nil
}
