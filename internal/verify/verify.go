// Package verify checks that the event log, the topic, the posts and the search index agree, and reports
// each difference with its fix. It reads the whole log first, then every record of the topic and every row,
// and compares hashes. It may run beside servers: before it reports a difference that a concurrent change
// can explain, it reads both sides again. It never changes the database; Repair publishes events that the
// topic lacks.
package verify

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

// Config has the options of a check. The zero value is for an installation without event retention.
type Config struct {
	Retention bool // retention may have dropped the oldest events of the log
	All       bool // list every finding, not only the first 20 of a kind
	NoTopic   bool // check the database alone
}

// Check reads everything once and returns its report. Its error is one of reading. It uses some 50 bytes of
// memory per event and 100 bytes per post.
func Check(ctx context.Context, store *sqlstore.Store, topic kafka.Config, cfg Config) (*Report, error) {
	c := &check{store: store, cfg: cfg, seed: maphash.MakeSeed(), report: &Report{all: cfg.All, noTopic: cfg.NoTopic, publish: map[int64]int64{}}}
	at, err := store.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot verify: %w", err)
	}
	c.epoch = at.Epoch
	// Read before the topic, which then has every event up to the watermark.
	if c.watermark, err = store.Watermark(ctx); err != nil {
		return nil, fmt.Errorf("cannot verify: %w", err)
	}
	steps := []func(context.Context) error{c.readLog, c.readTopic(topic), c.readPosts, c.readLive, c.readDeleted, c.readLabels, c.readIndex}
	if cfg.NoTopic {
		steps = slices.Delete(steps, 1, 2)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("cannot verify: %w", err)
		}
	}
	if at, err = store.Position(ctx); err == nil && at.Epoch != c.epoch {
		err = errors.New("a new epoch of the event log began meanwhile: run verify again")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot verify: %w", err)
	}
	c.report.newest, c.report.events, c.report.chains = c.read, int64(len(c.log)), int64(len(c.chains))
	for i := range c.log {
		if c.log[i].thinned {
			c.report.thinned++
		}
	}
	return c.report, nil
}

// check is the state of one run.
type check struct {
	store     *sqlstore.Store
	cfg       Config
	seed      maphash.Seed
	epoch     string // of the log
	watermark int64
	report    *Report

	log         []entry // by number
	lastMissing int64   // the last number missing in the log; 0: none
	read        int64   // the log was read up to this number
	chains      map[int64]*chain
	starts      map[int32]start // of the partitions
}

// none is the index of no entry.
const none = int32(-1)

// entry is an event of the log, as far as later steps need it.
type entry struct {
	seq, post int64
	time      int64  // of its commit, in Unix milliseconds
	hash      uint64 // of its CloudEvent
	next      int32  // the same post's next event
	seen      bool   // on the topic
	thinned   bool   // without the content of its post
}

// chain has the events of one post, and the partitions on which they were seen.
type chain struct {
	first, last int32
	version     int64  // of the last event
	data        uint64 // hash of the last event's data
	deleted     bool   // by the last event
	row         bool   // the post has a row in the database
	runs        []run
}

// run is the part of a chain that one partition has in order: the events from first to before next.
type run struct {
	partition   int32
	first, next int32
}

func (r run) holds(i int32) bool { return r.first <= i && (r.next == none || i < r.next) }
