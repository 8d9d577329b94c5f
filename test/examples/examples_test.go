// Package examples_test runs the programs of examples/ against a real server and its embedded
// broker, and compares their answers.
package examples_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

const topic = "blog-events"

func TestExamples(t *testing.T) {
	server := servertest.NewServer(t)
	testkit.Must(t, server.Start(t.Context()))
	testkit.Must(t, server.Ready(t.Context()))
	b := newBlog(t, server)
	b.fill()
	all := startAll(t, server.Kafka)
	defer stopAll(t, all)
	want := answers{
		"ferries":          {b.ferries},
		"harbour":          {b.ferries, b.kept},
		"HARBOUR, sea":     {b.ferries},
		"harbour lanterns": {b.kept},
		"beacons":          nil, // an unpublished change
		"tides new":        {b.edited},
		"old":              nil,
		"Überfahrt":        {b.umlauts},
		"draft":            nil,
		"-":                nil,
		"nowhere":          nil,
	}
	inParallel(t, all, func(t *testing.T, p *program) { p.wantNow(t, want) })

	b.change()
	want = answers{"ferries": {b.draft}, "harbour": {b.kept}, "sea": nil, "lanterns": nil, "beacons": {b.kept}, "tides": nil, "überfahrt": {b.umlauts}}
	inParallel(t, all, func(t *testing.T, p *program) { p.await(t, want) })

	k := newForger(t, server.Kafka)
	k.repeatAll(len(servertest.ReadLog(t, b.client)))
	markers := k.mark() // the last records of all partitions: all earlier ones have been read
	inParallel(t, all, func(t *testing.T, p *program) {
		p.await(t, answers{"marker": markers})
		p.wantNow(t, want)
	})

	// As after the restore of a backup: the log is published again, and knows no marker.
	newEpoch(t, server)
	inParallel(t, all, func(t *testing.T, p *program) {
		p.await(t, answers{"marker": nil})
		p.await(t, want)
	})
	inParallel(t, all, func(t *testing.T, p *program) {
		p.wantOnce(t, server.Kafka, []post{b.kept}, "harbour", "beacons")
		p.wantOnce(t, server.Kafka, nil, "marker")
	})
}

// blog has one post of each kind that the rules of the topic distinguish.
type blog struct {
	t      *testing.T
	client *client.Client

	ferries, draft, edited, kept, umlauts post
}

type post struct {
	id, version int64
	slug, title string
}

func newBlog(t *testing.T, server *serverproc.Server) *blog {
	c := client.New(server.URL)
	t.Cleanup(c.Close)
	testkit.Must(t, c.Login(t.Context(), serverproc.Admin, server.Password))
	return &blog{t: t, client: c}
}

// do returns the post after a write.
func (b *blog) do(saved client.Saved, err error) post {
	b.t.Helper()
	testkit.Must(b.t, err)
	p := saved.Post
	return post{id: p.ID, version: p.Version, slug: p.Slug, title: p.Title}
}

func (b *blog) create(fields client.Fields) post {
	b.t.Helper()
	return b.do(b.client.Create(b.t.Context(), fields, ""))
}

func (b *blog) publish(p post, published bool) post {
	b.t.Helper()
	return b.do(b.client.Publish(b.t.Context(), p.id, p.version, published, ""))
}

func (b *blog) remove(p post) {
	b.t.Helper()
	b.do(b.client.Delete(b.t.Context(), p.id, p.version, ""))
}

func (b *blog) fill() {
	ctx := b.t.Context()
	b.ferries = b.publish(b.create(client.Fields{"title": "On ferries", "content": "They cross the harbour.", "tags": []string{"sea"}}), true)
	b.draft = b.create(client.Fields{"title": "A draft about ferries"})
	b.edited = b.publish(b.create(client.Fields{"title": "Old tides"}), true)
	b.edited = b.do(b.client.Patch(ctx, b.edited.id, b.edited.version, client.Fields{"title": "New tides"}, ""))
	b.kept = b.publish(b.create(client.Fields{"title": "Harbour lights", "content": "Lanterns."}), true)
	b.kept = b.do(b.client.PatchKeepLive(ctx, b.kept.id, b.kept.version, client.Fields{"content": "Beacons."}, ""))
	b.publish(b.publish(b.create(client.Fields{"title": "Withdrawn harbour"}), true), false)
	b.remove(b.publish(b.create(client.Fields{"title": "Deleted harbour"}), true))
	b.umlauts = b.publish(b.create(client.Fields{"title": "Größe der Fähren", "description": "Eine Überfahrt"}), true)
}

func (b *blog) change() {
	b.draft = b.publish(b.draft, true)
	b.publish(b.ferries, false)
	b.kept = b.publish(b.kept, true) // shows the change
	b.remove(b.edited)
}

// newEpoch begins a new epoch of the event log, beside the running server.
func newEpoch(t *testing.T, server *serverproc.Server) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(server.Dir, "wiredesk-under-test"), "verify", "--new-epoch")
	cmd.Dir = server.Dir
	cmd.Env = []string{"DATA_DIR=" + server.DataDir()}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}

// forger writes to the topic as another program could. The server ignores its records; the
// examples, which have no key for the MAC, do not.
type forger struct {
	t       *testing.T
	client  *kgo.Client
	records []*kgo.Record
}

func newForger(t *testing.T, broker string) *forger {
	c, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.GzipCompression()),
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	testkit.Must(t, err)
	t.Cleanup(c.Close)
	return &forger{t: t, client: c}
}

// repeatAll publishes the records of all events once more, the last first: a program that does
// not recognise repeats ends with the first state of each post.
func (f *forger) repeatAll(events int) {
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	for len(f.records) < events {
		fetches := f.client.PollFetches(ctx)
		testkit.Must(f.t, fetches.Err())
		f.records = append(f.records, fetches.Records()...)
	}
	for _, r := range slices.Backward(f.records) {
		f.publish(r.Partition, r.Key, r.Value)
	}
}

// mark publishes a post to each partition, as of the present epoch.
func (f *forger) mark() (markers []post) {
	epoch := regexp.MustCompile(`"epoch":"(\w+)"`).FindStringSubmatch(string(f.records[0].Value))[1]
	for partition := range int32(3) {
		p := post{id: 9000 + int64(partition), slug: fmt.Sprint("marker-", partition), title: fmt.Sprint("Marker ", partition)}
		f.publish(partition, fmt.Append(nil, p.id), fmt.Appendf(nil, `{"type":"blog-published","sequence":"%019d","epoch":%q,"data":{"id":%d,"slug":%q,`+
			`"title":%q,"description":"","content":"","tags":[],"published":true,"liveVersion":2,"version":2}}`, p.id, epoch, p.id, p.slug, p.title))
		markers = append(markers, p)
	}
	return markers
}

func (f *forger) publish(partition int32, key, value []byte) {
	f.t.Helper()
	err := f.client.ProduceSync(f.t.Context(), &kgo.Record{Topic: topic, Partition: partition, Key: key, Value: value}).FirstErr()
	testkit.Must(f.t, err)
}

// inParallel runs test for each program and returns when all have ended.
func inParallel(t *testing.T, all []*program, test func(*testing.T, *program)) {
	t.Helper()
	var running sync.WaitGroup
	for _, p := range all {
		running.Go(func() { test(t, p) })
	}
	running.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// The versions that a reader of examples/ installs are those of this test.
func TestExamples_versions(t *testing.T) {
	read := func(path string) string {
		b, err := os.ReadFile(filepath.Join("../..", path))
		testkit.Must(t, err)
		return string(b)
	}
	version := func(path, pattern string) string {
		match := regexp.MustCompile(pattern).FindStringSubmatch(read(path))
		if match == nil {
			t.Fatalf("%s has no %s", path, pattern)
		}
		return match[1]
	}
	for _, want := range []struct{ example, text, tested string }{
		{"java/pom.xml", "<version>%s</version>", version("test/kafka/pom.xml", `<kafka.version>(.+)</`)},
		{"python/requirements.txt", "confluent-kafka==%s\n", version("test/kafka/clients/requirements.txt", `confluent-kafka==(.+)`)},
		{"node/package.json", `"kafkajs": %q`, version("test/kafka/clients/package.json", `"kafkajs": "(.+)"`)},
		{"node/package-lock.json", `"kafkajs": %q`, version("test/kafka/clients/package.json", `"kafkajs": "(.+)"`)},
	} {
		if text := fmt.Sprintf(want.text, want.tested); !strings.Contains(read(filepath.Join("examples", want.example)), text) {
			t.Errorf("examples/%s lacks %s", want.example, text)
		}
	}
	if !services.Running() {
		return
	}
	jackson := version("examples/java/pom.xml", `jackson-databind</artifactId>\s*<version>(.+)</`)
	if _, err := os.Stat("../../.services/kafka/libs/jackson-databind-" + jackson + ".jar"); err != nil {
		t.Errorf("examples/java/pom.xml: %v", err)
	}
}
