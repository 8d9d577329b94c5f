// Command search builds a search index of the published posts of a Wiredesk installation from
// its Kafka topic. It reads the topic from the beginning, answers queries, and follows new events.
// See examples/README.md for the rules that it follows.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	brokers := strings.Split(cmp.Or(os.Getenv("KAFKA_BROKER"), "127.0.0.1:9092"), ",")
	topic := cmp.Or(os.Getenv("KAFKA_TOPIC"), "blog-events")
	if err := run(context.Background(), brokers, topic, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run answers the query words and returns, or without words the queries of in, one a line, until its end.
func run(ctx context.Context, brokers []string, topic string, words []string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()

	index := &index{posts: map[int64]post{}, ids: map[string]map[int64]bool{}}
	if err := readToEnd(ctx, client, topic, index); err != nil {
		return err
	}
	if len(words) > 0 {
		index.answer(out, strings.Join(words, " "))
		return nil
	}
	var follower sync.WaitGroup
	follower.Go(func() {
		for ctx.Err() == nil {
			if err := poll(ctx, client, index.apply); err != nil {
				cancel(err)
			}
		}
	})
	fmt.Fprintln(os.Stderr, "ready")
	lines := bufio.NewScanner(in)
	for lines.Scan() && ctx.Err() == nil {
		index.answer(out, lines.Text())
		fmt.Fprintln(out)
	}
	cancel(nil) // keeps an earlier cause
	follower.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return lines.Err()
}

// readToEnd applies the records that the topic has when it is called.
func readToEnd(ctx context.Context, client *kgo.Client, topic string, index *index) error {
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return err
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err = errors.Join(err, starts.Error(), ends.Error()); err != nil {
		return err
	}
	unread := map[int32]int64{} // the end of each partition that is not read yet
	ends.Each(func(end kadm.ListedOffset) {
		if start, _ := starts.Lookup(topic, end.Partition); start.Offset < end.Offset {
			unread[end.Partition] = end.Offset
		}
	})
	for len(unread) > 0 {
		if err := poll(ctx, client, func(r *kgo.Record) error {
			if r.Offset+1 >= unread[r.Partition] {
				delete(unread, r.Partition)
			}
			return index.apply(r)
		}); err != nil {
			return err
		}
	}
	return nil
}

func poll(ctx context.Context, client *kgo.Client, apply func(*kgo.Record) error) error {
	fetches := client.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		return err
	}
	for records := fetches.RecordIter(); !records.Done(); {
		if err := apply(records.Next()); err != nil {
			return err
		}
	}
	return nil
}

// event has the members of a record's value that the index needs.
type event struct {
	Type     string `json:"type"`
	Sequence string `json:"sequence"` // with leading zeros: it orders as text
	Epoch    string `json:"epoch"`
	Data     struct {
		ID          int64    `json:"id"`
		Slug        string   `json:"slug"`
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Content     string   `json:"content"`
		Tags        []string `json:"tags"`
		Published   bool     `json:"published"`
		LiveVersion *int64   `json:"liveVersion"`
		Version     int64    `json:"version"`
	} `json:"data"`
}

// apply updates the index from one record, which may be a repeat.
func (x *index) apply(r *kgo.Record) error {
	var e event
	if err := json.Unmarshal(r.Value, &e); err != nil {
		return fmt.Errorf("decoding the record at offset %d of partition %d: %w", r.Offset, r.Partition, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.Epoch != x.epoch {
		if r.Timestamp.Before(x.newest) {
			return nil // of an earlier epoch: partitions are read independently
		}
		x.epoch, x.posts, x.ids = e.Epoch, map[int64]post{}, map[string]map[int64]bool{}
	}
	if r.Timestamp.After(x.newest) {
		x.newest = r.Timestamp
	}
	if e.Sequence <= x.posts[e.Data.ID].sequence {
		return nil // seen, or older than what readers see
	}
	switch d := e.Data; {
	case e.Type == "blog-deleted" || !d.Published:
		x.put(d.ID, post{sequence: e.Sequence})
	case d.LiveVersion != nil && *d.LiveVersion == d.Version:
		text := strings.Join(append([]string{d.Title, d.Description, d.Content}, d.Tags...), " ")
		x.put(d.ID, post{sequence: e.Sequence, slug: d.Slug, title: d.Title, words: words(text)})
	} // else an unpublished change: readers still see the indexed text
	return nil
}

// index maps words to the ids of posts. It may be used by several goroutines.
type index struct {
	mu     sync.Mutex
	epoch  string
	newest time.Time // of the records of epoch
	posts  map[int64]post
	ids    map[string]map[int64]bool
}

// post is what readers see of a post since the event sequence; without words it is not published.
type post struct {
	sequence, slug, title string
	words                 []string
}
