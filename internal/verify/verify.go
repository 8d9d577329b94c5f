// Package verify proves that the log, the topic and the posts agree, or tells what is
// wrong. It reads while the desk runs and never raises a false alarm for that. It
// never changes the database; what the topic lacks it can publish again.
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

// Config says how to look. The zero value is a desk that keeps all events.
type Config struct {
	Retention bool // the log's oldest events may have been dropped
	All       bool // keep every finding, not the first 20 of a kind
	NoTopic   bool // check the database alone
}

// Check reads everything once and returns what it found. It returns an error only when
// it could not read. Its memory is some 50 bytes an event and 100 bytes a post.
func Check(ctx context.Context, store *sqlstore.Store, topic kafka.Config, cfg Config) (*Report, error) {
	c := &check{store: store, cfg: cfg, seed: maphash.MakeSeed(), report: &Report{all: cfg.All, noTopic: cfg.NoTopic, publish: map[int64]int64{}}}
	at, err := store.Position(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot verify: %w", err)
	}
	c.epoch = at.Epoch
	// Before the topic: what the watermark says to be there then is there.
	if c.watermark, err = store.Watermark(ctx); err != nil {
		return nil, fmt.Errorf("cannot verify: %w", err)
	}
	steps := []func(context.Context) error{c.readLog, c.readTopic(topic), c.readPosts, c.readLive, c.readBin, c.readLabels, c.readIndex}
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

// check is one run: what it has read so far.
type check struct {
	store     *sqlstore.Store
	cfg       Config
	seed      maphash.Seed
	epoch     string // of the log
	watermark int64
	report    *Report

	log    []entry // by number
	hole   int64   // the last number that is missing in the log; 0: none
	read   int64   // the log was read up to here
	chains map[int64]*chain
	starts map[int32]start // of the partitions
}

// none stands for an index into the log that points nowhere.
const none = int32(-1)

// entry is what is kept of an event.
type entry struct {
	seq, post int64
	time      int64  // of its commit, in Unix milliseconds
	hash      uint64 // of its CloudEvent
	next      int32  // the same post's next event
	seen      bool   // on the topic
	thinned   bool   // without the content of its post
}

// chain is a post: its events in order, and where they were seen.
type chain struct {
	first, last int32
	version     int64  // of the last event
	data        uint64 // hash of the last event's data
	deleted     bool   // by the last event
	row         bool   // the post was met in the database
	runs        []run
}

// run is the part of a chain that stands in order on one partition: the events from
// first up to, but without, next.
type run struct {
	partition   int32
	first, next int32
}

func (r run) holds(i int32) bool { return r.first <= i && (r.next == none || i < r.next) }
