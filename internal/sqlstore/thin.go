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
	thinBatch = 200 // events that one transaction decides on
	// maxRunBack bounds the versions before a batch that are read to find the start of a run:
	// a longer run is cut there.
	maxRunBack = 2000
)

// ThinAutosaves removes the content of the autosaves that post.Thinnable names, and leaves its
// hash, of the events that are older than cutoff and not newer than the number published. A
// version that readers see keeps its content. It goes on where the last call has ended, in
// short transactions: each decides on a batch of events and moves the counter thinned past it,
// so a stop in between loses nothing, and of several nodes one at a time does the work. It
// returns how many events it thinned.
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

// thinnable is the batch of events in (after, upTo], with those among them to be thinned.
type thinnable struct {
	after, upTo int64
	autosaves   map[int64][]int64 // versions by post, ascending
	removals    []contentRemoval
}

// contentRemoval replaces the data of an event, unless the data have changed since they were read.
type contentRemoval struct {
	seq           int64
	before, after []byte
}

// nextThinBatch returns the events that are next to be decided on; upTo is after when none is.
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

// fillThinBatch reads the events of b that are to be thinned, and thins them.
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

// versionsFromRunStart returns the versions of a post up to last, from the start of the run
// that first is in.
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

// thinnedEvent returns the removal of the content of a version; nil when there is none to
// remove, or it cannot be read.
func (s *cleanupStore) thinnedEvent(ctx context.Context, id, version int64) (*contentRemoval, error) {
	var e event.Event
	var data []byte
	err := s.read.QueryRowContext(ctx, "SELECT seq, data FROM events WHERE post_id = ? AND version = ?", id, version).Scan(&e.Seq, &data)
	if errors.Is(err, sql.ErrNoRows) { // dropped by the retention
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

// thin stores the events of b, unless b has been decided on meanwhile.
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
