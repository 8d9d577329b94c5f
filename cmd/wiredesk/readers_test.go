package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// freshWithin is the time after which a change must be in every answer of every node.
const freshWithin = time.Second

// sees reads a path until the answer is as it should be. A request that began later than freshWithin after changed must have that answer.
func (p *process) sees(changed time.Time, token, path, what string, ok func(reply) bool) {
	p.Helper()
	for {
		began := time.Now()
		r := p.call("GET "+path, "", "Authorization: Bearer "+token)
		if ok(r) {
			return
		}
		if late := began.Sub(changed); late > freshWithin {
			p.Fatalf("%s: %v after it, %s is %d %s", what, late, path, r.status, r.body)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func has(text string) func(reply) bool {
	return func(r reply) bool { return r.status == 200 && strings.Contains(r.body, text) }
}

func hasNot(text string) func(reply) bool {
	return func(r reply) bool { return r.status == 200 && !strings.Contains(r.body, text) }
}

func isMissing(r reply) bool { return r.status == 404 }

// readers changes posts through node a, while the answers about them are in the memory of both nodes: a has the change in
// its next answer, b within a second.
func readers(t *testing.T, a, b *process) {
	t.Helper()
	token := a.signIn("admin@localhost", testWord)
	const posts, one = "/api/public/posts", "/api/public/posts/one"
	a.want(201, token, "POST /api/posts", `{"title":"Other","slug":"other","published":true}`)
	a.want(201, token, "POST /api/posts", `{"title":"Draft","slug":"one","content":"Text."}`)
	for round := range 3 {
		title := fmt.Sprint("Round ", round)
		for _, step := range []struct {
			call, body string
			then       map[string]func(reply) bool
		}{
			{"PUT /api/posts/2/publish", `{"published":true}`, map[string]func(reply) bool{one: has("Text."), posts: has(`"slug":"one"`), "/api/posts": has(`"slug":"one"`), "/api/posts?status=draft": hasNot(`"slug":"one"`)}},
			{"PATCH /api/posts/2", `{"title":"` + title + `"}`, map[string]func(reply) bool{one: has(title), posts: has(title), "/api/posts?sort=title&limit=3": has(title)}},
			{"PATCH /api/posts/2", `{"slug":"two"}`, map[string]func(reply) bool{one: has("Text."), posts: has(`"slug":"two"`)}}, // by way of a redirect
			{"PATCH /api/posts/2", `{"slug":"one"}`, map[string]func(reply) bool{one: has("Text."), "/api/public/posts/two": has(`"slug":"one"`)}},
			{"PUT /api/posts/2/publish", `{"published":false}`, map[string]func(reply) bool{one: isMissing, posts: hasNot(`"slug":"one"`), "/api/posts?status=published": hasNot(`"slug":"one"`)}},
		} {
			for _, p := range []*process{a, b} {
				for path := range step.then {
					p.call("GET "+path, "", "Authorization: Bearer "+token)
				}
			}
			var header []string
			if strings.HasPrefix(step.call, "PATCH") {
				header = []string{"If-Match: *"}
			}
			a.want(200, token, step.call, step.body, header...)
			changed := time.Now()
			for path, ok := range step.then {
				if r := a.call("GET "+path, "", "Authorization: Bearer "+token); !ok(r) {
					t.Errorf("%s %s, then on the same node %s: %d %s", step.call, step.body, path, r.status, r.body)
				}
			}
			for path, ok := range step.then {
				b.sees(changed, token, path, step.call+" "+step.body, ok)
			}
		}
	}
	for _, p := range []*process{a, b} {
		if p.metric(`wiredesk_read_cache_requests_total\{result="hit"\S*\}`) == 0 {
			t.Error("nothing was answered from memory")
		}
	}
}

// Each node has a broker of its own, so that the changes of a reach b by the database alone.
func TestReaders_twoNodes(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a, b := bootTwo(t, url, nil)
		readers(t, a, b)
	})
}

func TestReaders_twoNodesOnACluster(t *testing.T) {
	if !testservices.Running() {
		return
	}
	a, b := bootTwo(t, testservices.MySQL(t), clusterSettings(testservices.Topic(t)))
	readers(t, a, b)
}

// A page that is in memory is not shown when the node cannot know whether it was changed.
func TestReaders_databaseAway(t *testing.T) {
	if !testservices.Running() {
		return
	}
	url, port, server := databaseBehind(t)
	listener, err := net.Listen("tcp", port)
	testkit.Must(t, err)
	cut := relayTo(t, listener, server)
	p := boot(t, t.TempDir(), map[string]string{"DATABASE_URL": url, "ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	p.want(201, token, "POST /api/posts", `{"title":"Here","slug":"here","published":true}`)
	const page = "/api/public/posts/here"
	p.want(200, token, "GET "+page, "")
	cut()
	p.sees(time.Now(), token, page, "the database is away", func(r reply) bool { return r.status == 503 })
	if r := p.call("GET "+page, "", `If-None-Match: "1-1"`); r.status != 503 {
		t.Errorf("with the tag: %d", r.status)
	}
	listener, err = net.Listen("tcp", port)
	testkit.Must(t, err)
	relayTo(t, listener, server)
	testkit.Eventually(t, "the page is back", func() bool { return p.call("GET "+page, "").status == 200 })
}

// A backup is restored under two nodes: a second later neither shows a post that it lacks.
func TestReaders_restoredDatabase(t *testing.T) {
	if !testservices.Running() {
		return
	}
	url := testservices.MySQL(t)
	a, b := bootTwo(t, url, clusterSettings(testservices.Topic(t)))
	token := a.signIn("admin@localhost", testWord)
	publish := func(title string) {
		t.Helper()
		a.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":%[1]q,"slug":%[1]q,"content":%[1]q,"published":true}`, title))
	}
	publish("kept")
	backup := backUp(t, url)
	publish("lost")
	nodes := []*process{a, b}
	for _, p := range nodes {
		p.sees(time.Now(), token, "/api/public/posts/lost", "published", has("lost"))
		p.sees(time.Now(), token, "/api/public/posts", "published", has("lost"))
		p.sees(time.Now(), token, "/api/posts", "published", has("lost"))
	}
	before := a.list(token)
	backup.restore()
	restored := time.Now()
	for _, p := range nodes {
		p.sees(restored, token, "/api/public/posts/lost", "restored", isMissing)
		p.sees(restored, token, "/api/public/posts/kept", "restored", has("kept"))
		p.sees(restored, token, "/api/public/posts", "restored", hasNot("lost"))
		p.sees(restored, token, "/api/posts", "restored", func(r reply) bool {
			var l list
			return json.Unmarshal([]byte(r.body), &l) == nil && len(l.Items) == 1
		})
	}
	testkit.Eventually(t, "both lists have the new epoch", func() bool {
		one, two := a.list(token), b.list(token)
		return one.Epoch == two.Epoch && one.Epoch != before.Epoch
	})
}
