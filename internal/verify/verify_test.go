package verify_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/outbox"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/verify"
)

const clean = "verified: the log, the topic and the posts agree\n"

var kept = verify.Config{Retention: true}

func TestCheck_clean(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.wants(verify.Config{}, 0, "log    ok      empty, events: 0\n", clean)
		d.write()
		d.wants(verify.Config{}, 0, "records: 0, events: 0, waiting for the relay: 8\n")
		d.publish(1, 2, 3, 4, 5)
		d.advance(4)
		d.wants(verify.Config{}, 0, "records: 5, events: 5, waiting for the relay: 3\n")
		d.publish(6, 7, 8)
		d.advance(8)
		d.publish(4, 5, 6, 7) // like a leader that was suspended
		d.wants(verify.Config{}, 0,
			"log    ok      from 1 to 8, events: 8\n",
			"topic  ok      records: 12, events: 8, repeats: 4\n",
			"order  ok      posts: 3\n",
			"posts  ok      equal to their last event: 2, deleted: 1\n", "live   ok      equal to their version: 1\n", "bin    ok      deleted posts: 1\n", "\n\n"+clean)
	})
}

// Each case causes one fault after the eight events were published.
func TestCheck_findsFaults(t *testing.T) {
	partition := func(post int64) int32 { return kafka.PartitionOf(post, partitions) }
	for name, c := range map[string]struct {
		damage   func(d *fixture)
		cfg      verify.Config
		problems int64
		parts    []string
	}{
		"event dropped": {func(d *fixture) { d.exec("DELETE FROM events WHERE seq IN (4, 6)") }, verify.Config{}, 4, []string{
			"log    NOT ok  from 1 to 8, events: 6, missing: 2\n", "gaps:\n  4\n  6\n", "event 4, post 1, is not in the log", "event 6, post 1, is not in the log"}},
		"first events dropped": {func(d *fixture) { d.exec("DELETE FROM events WHERE seq <= 2") }, verify.Config{}, 1, []string{
			"\n  1 to 2: the log begins with 3 (when EVENT_RETENTION", "older than the log: 2\n"}},
		"last event dropped": {func(d *fixture) { d.exec("DELETE FROM events WHERE seq = 8") }, verify.Config{}, 3, []string{
			"gaps:\n  8\n", "event 8, post 1, is not in the log", "post 1: category, liveVersion, updatedAt, version differ from event 6"}},
		"whole log dropped": {func(d *fixture) { d.exec("DELETE FROM events"); d.exec("DELETE FROM deleted_posts") }, verify.Config{}, 1, []string{"\n  1 to 8: the log begins with 9"}},
		"counter set back": {func(d *fixture) { d.exec("UPDATE counters SET value = 7 WHERE name = 'seq'") }, verify.Config{}, 1, []string{
			"the counter is 7, but the log continues to 8"}},
		"event damaged": {func(d *fixture) { d.exec("UPDATE events SET data = '{' WHERE seq = 5") }, verify.Config{}, 4, []string{
			"event 5, post 2: encoding event 5", "event 5 is not the one of the log", "Events are missing on the topic:\n  event 5, post 2\n", "post 2: the documents (unexpected end of JSON input) differ"}},
		"event changed": {func(d *fixture) { d.exec("UPDATE events SET actor_name = 'Bo' WHERE seq = 4") }, verify.Config{}, 2, []string{
			"event 4 is not the one of the log: its id is ", "topic:\n  event 4, post 1\n"}},
		"post changed": {func(d *fixture) { d.exec("UPDATE posts SET content = 'x' WHERE id = 2") }, verify.Config{}, 1, []string{"post 2: content differ from event 5"}},
		"version without event": {func(d *fixture) { d.exec("UPDATE events SET version = version + 2 WHERE seq = 8") }, verify.Config{}, 1, []string{
			"log    NOT ok", "The log has gaps:\n  post 1: version 4 to 5 has no event before event 8\n"}},
		"column changed":     {func(d *fixture) { d.exec("UPDATE posts SET title = 'x', published = 0 WHERE id = 1") }, verify.Config{}, 1, []string{"post 1: its columns title, published differ from its document"}},
		"document destroyed": {func(d *fixture) { d.exec("UPDATE posts SET summary = '' WHERE id = 1") }, verify.Config{}, 1, []string{"post 1: its columns summary differ from its document"}},
		"post dropped":       {func(d *fixture) { d.exec("DELETE FROM posts WHERE id = 2") }, verify.Config{}, 3, []string{"post 2 is not there; event 5 holds it", "post 2 does not exist, but the search index has its words"}},
		"deleted post back": {func(d *fixture) { d.exec("UPDATE posts SET id = 3 WHERE id = 2") }, verify.Config{}, 7, []string{
			"post 2 is not there; event 5 holds it", "post 3 is there, although event 7 deleted it"}},
		"deleted post dropped": {func(d *fixture) { d.exec("DELETE FROM deleted_posts") }, verify.Config{}, 1, []string{
			"bin    NOT ok  deleted posts: 0, different: 1\n", "post 3 is not among the deleted posts, although event 7 deleted it", "can be restored from its history"}},
		"deleted post changed": {func(d *fixture) { d.exec("UPDATE deleted_posts SET title = 'x'") }, verify.Config{}, 1, []string{
			"post 3: the columns of the deleted post differ from its document"}},
		"deleted post of another version": {func(d *fixture) { d.exec("UPDATE deleted_posts SET version = 9") }, verify.Config{}, 1, []string{
			"post 3 is among the deleted posts, but no event deleted it as version 9"}},
		"post among the deleted ones": {func(d *fixture) { d.exec("UPDATE deleted_posts SET id = 1") }, verify.Config{}, 2, []string{
			"post 1 is among the deleted posts and among the others", "post 3 is not among the deleted posts, although event 7 deleted it"}},
		"labels dropped": {func(d *fixture) { d.exec("DELETE FROM posts_labels WHERE post_id = 1") }, verify.Config{}, 1, []string{
			"post 1: its labels differ from its document"}},
		"labels of no post": {func(d *fixture) { d.exec("UPDATE posts_labels SET post_id = 77 WHERE post_id = 1") }, verify.Config{}, 2, []string{
			"post 77 is not there, but has labels"}},
		"post from nowhere": {func(d *fixture) { d.exec("UPDATE posts SET id = 9 WHERE id = 2") }, verify.Config{}, 6, []string{"post 9 has no event", "post 9 is not in the search index"}},
		"words dropped": {func(d *fixture) { d.exec("DELETE FROM live_words") }, verify.Config{}, 1, []string{
			"index  NOT ok  of words, up to event: 8, different: 1\n", "live post 1 is not in the search index", "wiredesk index --rebuild"}},
		"live post dropped": {func(d *fixture) { d.exec("DELETE FROM live_posts") }, verify.Config{}, 2, []string{
			"live   NOT ok  equal to their version: 0, different: 1\n", "post 1 is published, but readers do not see it", "Unpublish the post and publish it again"}},
		"live post changed": {func(d *fixture) { d.exec("UPDATE live_posts SET content = 'x'") }, verify.Config{}, 1, []string{
			"post 1: content of its live post differ from event 8"}},
		"live post of another version": {func(d *fixture) { d.exec("UPDATE live_posts SET version = 3") }, verify.Config{}, 1, []string{
			"post 1: readers see version 3, which is not its liveVersion"}},
		"live column changed": {func(d *fixture) { d.exec("UPDATE live_posts SET slug = 'x', category = 'y'") }, verify.Config{}, 1, []string{
			"post 1: the columns slug, category of its live post differ from its document"}},
		"live document destroyed": {func(d *fixture) { d.exec("UPDATE live_posts SET summary = ''") }, verify.Config{}, 1, []string{
			"post 1: the columns summary of its live post differ from its document"}},
		"live post of a draft": {func(d *fixture) { d.exec("UPDATE live_posts SET id = 2") }, verify.Config{}, 4, []string{
			"post 1 is published, but readers do not see it", "post 2 is not published, but readers see version 4"}},
		"live post of a deleted post": {func(d *fixture) { d.exec("UPDATE live_posts SET id = 3") }, verify.Config{}, 4, []string{
			"post 1 is published, but readers do not see it", "post 3 is not there, but readers see version 4"}},
		"no event of ours": {func(d *fixture) { d.put(1, "1", "{}"); d.put(2, "", "") }, verify.Config{}, 2, []string{
			"topic  NOT ok  records: 10, events: 8, foreign records: 2\n", "partition 1, offset ", "decoding CloudEvent: specversion"}},
		"forged": {func(d *fixture) { d.forge(partition(1), "1", d.cloud(d.events(8)[0])) }, verify.Config{}, 1, []string{
			"foreign records: 1\n", "its MAC is missing or wrong"}},
		"of another installation": {func(d *fixture) {
			d.put(partition(1), "1", strings.Replace(d.cloud(d.events(8)[0]), "/wiredesk/test", "/wiredesk/other", 1))
		}, verify.Config{}, 1, []string{"foreign records: 1\n", "its source is another installation"}},
		"of an earlier epoch": {func(d *fixture) {
			e := d.events(8)[0]
			e.ID, e.Epoch = "0ther", "abcdefghij"
			d.put(partition(1), "1", d.cloud(e))
		}, verify.Config{}, 0, []string{"of earlier epochs: 1\n"}},
		"event from nowhere": {func(d *fixture) {
			e := d.events(8)[0]
			e.Seq = 900
			d.put(partition(1), "1", d.cloud(e))
		}, verify.Config{}, 1, []string{"event 900, post 1, is not in the log"}},
		"another event of that number": {func(d *fixture) {
			e := d.events(5)[0]
			e.ID = "0ther"
			d.put(partition(2), "2", d.cloud(e))
		}, verify.Config{}, 1, []string{`event 5 is not the one of the log: its id is "0ther"`}},
		"wrong key":          {func(d *fixture) { d.put(partition(1), "2", d.cloud(d.events(8)[0])) }, verify.Config{}, 1, []string{`event 8, post 1, has the key "2"`}},
		"watermark too high": {func(d *fixture) { d.edit(2, 2, `{"title":"More"}`); d.advance(9) }, verify.Config{}, 1, []string{"topic:\n  event 9, post 2\n"}},
		"retention": {func(d *fixture) { d.exec("DELETE FROM events WHERE seq <= 5") }, kept, 0, []string{
			"from 6 to 8, events: 3\n", "older than the log: 5\n", "equal to their last event: 1, deleted: 1, without event since the log's start: 1\n"}},
		"retention of all": {func(d *fixture) { d.exec("DELETE FROM events"); d.exec("DELETE FROM deleted_posts") }, kept, 0, []string{"empty, events: 0\n", "without event since the log's start: 2\n"}},
		"topic trimmed":    {func(d *fixture) { d.trim(partition(1), 2) }, verify.Config{}, 0, []string{"perhaps no longer kept: "}},
		"topic emptied":    {func(d *fixture) { d.trim(partition(1), -1) }, verify.Config{}, 0, []string{"perhaps no longer kept: "}},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(d *fixture) {
				d.write()
				d.publish(1, 2, 3, 4, 5, 6, 7, 8)
				d.advance(8)
				c.damage(d)
				d.wants(c.cfg, c.problems, c.parts...)
			})
		})
	}
}

// A live post is compared with the published version, which may not be the last, may be thinned, and may be
// missing in the log.
func TestCheck_liveVersions(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.write()
		p, err := post.ParsePatch([]byte(`{"title":"Working","content":"working"}`))
		testkit.Must(d, err)
		_, err = d.posts.Edit(d.Context(), ana, 1, 4, p, post.EditOptions{KeepLive: true}, post.Request{})
		testkit.Must(d, err)
		d.wants(verify.Config{}, 0, "live   ok      equal to their version: 1\n")
		const hash = "dff2733d46ecc7b42f9f2ea9e9b13ae4b4d6c0b80c2b0bae7ff5c5b1ef1f9a83" // of another text
		d.exec(`UPDATE events SET data = REPLACE(data, '"content":"Some *text*."', '"contentHash":"` + hash + `"') WHERE seq = 8`)
		d.wants(verify.Config{}, 1, "post 1: contentHash of its live post differ from event 8")
		d.exec(`UPDATE events SET data = REPLACE(data, '` + hash + `', '` + sha256Hex("Some *text*.") + `') WHERE seq = 8`)
		d.wants(verify.Config{}, 0, "live   ok      equal to their version: 1\n")
		d.exec("DELETE FROM events WHERE seq <= 8")
		d.exec("DELETE FROM deleted_posts")
		d.wants(kept, 0, "live   ok      equal to their version: 0, of a version before the log's start: 1\n")
	})
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Each case publishes the events in another order; one repair is enough.
func TestRepair(t *testing.T) {
	for name, c := range map[string]struct {
		published []int64
		problems  int64
		parts     []string
		repaired  int64
	}{
		"nothing published":                {nil, 8, []string{"topic:\n  event 1, post 1\n", "missing: 8\n"}, 8},
		"one missing":                      {[]int64{1, 2, 3, 5, 6, 7, 8}, 1, []string{"topic:\n  event 4, post 1\n"}, 3},
		"the first missing":                {[]int64{2, 3, 4, 5, 6, 7, 8}, 1, []string{"topic:\n  event 1, post 1\n"}, 4},
		"the last missing":                 {[]int64{1, 2, 3, 4, 5, 6, 7}, 1, []string{"topic:\n  event 8, post 1\n"}, 1},
		"two posts lack":                   {[]int64{1, 2, 4, 6, 7, 8}, 2, []string{"topic:\n  event 5, post 2\n  event 3, post 3\n"}, 3},
		"two of them late":                 {[]int64{2, 3, 4, 6, 7, 8}, 2, []string{"topic:\n  event 1, post 1\n  event 5, post 2\n"}, 5},
		"out of order":                     {[]int64{1, 2, 3, 6, 4, 5, 7, 8}, 1, []string{"order  NOT ok  posts: 3, out of order: 1\n", "event 6, post 1: published only before event 4"}, 2},
		"begun too late":                   {[]int64{4, 6, 8, 1, 2, 3, 5, 7}, 1, []string{"event 4, post 1: published only before event 1"}, 3},
		"one missing, others out of order": {[]int64{8, 6, 1, 2, 3, 5, 7}, 1, []string{"topic:\n  event 4, post 1\n"}, 3},
		"late, with all that follow":       {[]int64{4, 6, 1, 2, 3, 5, 7, 4, 6, 8}, 0, []string{"repeats: 2\n"}, 0},
		"a leader that was stalled":        {[]int64{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5}, 0, []string{"repeats: 5\n"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(d *fixture) {
				d.write()
				d.publish(c.published...)
				d.advance(8)
				report := d.wants(verify.Config{}, c.problems, c.parts...)
				d.repair(report, c.repaired)
				d.wants(verify.Config{}, 0, clean)
			})
		})
	}
}

// Missing events of a trimmed partition are found, unless retention may have removed them.
func TestCheck_trimmedTopic(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.write()
		d.publish(1, 4, 6, 8, 2, 5, 3, 7)
		d.edit(1, 4, `{"title":"A"}`) // event 9
		d.publish(9, 4, 6)            // and those of a suspended leader
		d.edit(1, 5, `{"title":"B"}`)
		d.edit(1, 6, `{"title":"C"}`)
		d.advance(11)
		d.trim(kafka.PartitionOf(1, partitions), 3) // event 8 remains if each post has its own partition
		d.publish(11)
		report := d.wants(verify.Config{}, 1, "topic:\n  event 10, post 1\n", "perhaps no longer kept: 1\n")
		d.repair(report, 2)
		d.wants(verify.Config{}, 0, clean, "perhaps no longer kept: 1\n")
	})
}

// A trimmed partition may begin with a repeat: the events between it and the next were removed too.
func TestCheck_trimmedTopicBeginsWithARepeat(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.write()
		d.publish(1, 4, 6, 8, 4, 2, 5, 3, 7)
		d.edit(1, 4, `{"title":"A"}`) // event 9
		d.publish(9)
		d.advance(9)
		d.trim(kafka.PartitionOf(1, partitions), 4) // the partition of post 1 alone
		d.wants(verify.Config{}, 0, "perhaps no longer kept: 3\n", clean)
	})
}

func TestCheck_partitionsWereAdded(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.write()
		for i, e := range d.events(1, 2, 3, 4, 5, 6, 7, 8) {
			d.put(int32(i/4), map[int64]string{1: "1", 2: "2", 3: "3"}[e.PostID], d.cloud(e)) // 5 to 8 on another partition
		}
		d.advance(8)
		d.wants(verify.Config{}, 0, "on several partitions, proven for each alone: 3\n", clean)
	})
}

func TestCheck_printsTwentyOfAKind(t *testing.T) {
	d := onSQLite(t)
	for range 30 {
		d.create(`{"title":"Post"}`)
	}
	d.advance(30)
	d.wants(verify.Config{}, 30, "… and 10 more (--all prints them)\n", "NOT verified: 30 problems\n")
	d.wants(verify.Config{All: true}, 30, "\n  event 30, post 30\nFix: ")
}

func TestCheck_cannotReadTheTopic(t *testing.T) {
	d := onSQLite(t)
	d.topic.Topic = "another"
	_, err := verify.Check(t.Context(), d.store, d.topic, verify.Config{})
	if err == nil || !strings.HasPrefix(err.Error(), "cannot verify: ") || !strings.Contains(err.Error(), "another") {
		t.Errorf("a topic that is not there: %v", err)
	}
}

// Concurrent changes are not reported as differences.
func TestCheck_whileTheDeskRuns(t *testing.T) {
	onEach(t, func(d *fixture) {
		relay := outbox.NewRelay(d.store, d.producer, d.store, outbox.Config{Holder: "test"})
		ctx, cancel := context.WithCancel(d.Context())
		var running sync.WaitGroup
		run := func(part func(context.Context) error) {
			running.Go(func() {
				if err := part(ctx); err != nil {
					d.Error(err)
				}
			})
		}
		run(relay.Run)
		for range 3 {
			run(d.changePosts)
		}
		run(d.dropOldest)
		for seen := int64(0); seen < 1000 && !d.Failed(); {
			d.wants(kept, 0)
			var err error
			seen, err = d.store.Watermark(d.Context())
			testkit.Must(d, err)
		}
		cancel()
		running.Wait()
		d.wants(kept, 0)
	})
}

// dropOldest drops the oldest events of the log one by one, until ctx ends.
func (d *fixture) dropOldest(ctx context.Context) error {
	for upTo := int64(1); ctx.Err() == nil; upTo++ {
		published, err := d.store.Watermark(context.WithoutCancel(ctx))
		if err == nil {
			upTo = min(upTo, published)
			_, err = d.store.DropEvents(context.WithoutCancel(ctx), time.Now(), upTo)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// changePosts creates, edits and deletes posts until ctx ends.
func (d *fixture) changePosts(ctx context.Context) error {
	p, err := post.ParseNew([]byte(`{"title":"A post"}`))
	if err != nil {
		return err
	}
	whole := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		result, err := d.posts.Create(whole, ana, p, post.Request{})
		for published := true; err == nil && result.Doc.Version < 20; published = !published {
			result, err = d.posts.Publish(whole, ana, result.Doc.ID, 0, published, post.Request{})
		}
		if err == nil && result.Doc.ID%2 == 0 {
			_, err = d.posts.Delete(whole, ana, result.Doc.ID, 0, post.Request{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// The log is read past a gap even if the topic is empty.
func TestCheck_readsPastAGap(t *testing.T) {
	onEach(t, func(d *fixture) {
		d.write()
		d.exec("DELETE FROM events WHERE seq IN (4, 6)")
		d.wants(verify.Config{}, 2, "log    NOT ok  from 1 to 8, events: 6, missing: 2", "\n  4\n", "\n  6\n")
	})
}
