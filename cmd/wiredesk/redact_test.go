package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// leaked is the text to be removed: with characters that JSON and Markdown escape, and words
// of which the index keeps another form.
const leaked = `Zq8<Tr0ub4dor&"Éclair"`

// leakedParts are words by which the text would be found in an index or a slug.
var leakedParts = []string{leaked, "Tr0ub4dor", "tr0ub4dor"}

// redact runs 'wiredesk redact' and fails unless it ends as wanted.
func redact(t *testing.T, settings map[string]string, stdin, args, err string, parts ...string) (out, log string) {
	t.Helper()
	e, o, l := tool(stdin, settings)
	got := run(t.Context(), append([]string{"redact"}, strings.Fields(args)...), e)
	if got == nil != (err == "") || got != nil && !strings.Contains(got.Error(), err) {
		t.Fatalf("redact %s: the error is %v, not %q\n%s%s", args, got, err, o, l)
	}
	for _, p := range parts {
		if !strings.Contains(o.String(), p) {
			t.Errorf("redact %s does not print %q:\n%s%s", args, p, o, l)
		}
	}
	for _, p := range leakedParts {
		if strings.Contains(o.String()+l.String(), p) {
			t.Errorf("redact %s shows the text:\n%s%s", args, o, l)
		}
	}
	return o.String(), l.String()
}

// holding returns the files below dir that hold part, each with the bytes around it.
func holding(t *testing.T, dir, part string) (found []string) {
	t.Helper()
	testkit.Must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if at := bytes.Index(b, []byte(part)); at >= 0 {
			found = append(found, fmt.Sprintf("%s: %q", path, b[max(0, at-60):min(len(b), at+60)]))
		}
		return err
	}))
	return found
}

// wantNoBytes fails when a file below dir holds a part of the text.
func wantNoBytes(t *testing.T, dir string) {
	t.Helper()
	for _, part := range leakedParts {
		if found := holding(t, dir, part); len(found) > 0 {
			t.Errorf("these files still hold %q: %q", part, found)
		}
	}
}

// leak makes posts that hold the text in every place. It returns the event log's head before.
func leak(p *process, token string) {
	p.Helper()
	text, err := json.Marshal(leaked)
	testkit.Must(p, err)
	in := string(text[1 : len(text)-1])
	post := func(call, body string, header ...string) {
		p.Helper()
		status := 200
		switch {
		case call == "POST /api/posts":
			status = 201
		case strings.HasPrefix(call, "DELETE"):
			status = 204
		}
		p.want(status, token, call, strings.ReplaceAll(body, "SECRET", in), header...)
	}
	match := func(version int) string { return fmt.Sprintf(`If-Match: "%d"`, version) }
	// 1: an old version only. 2: published. 3: readers see it, the working text has other changes.
	post("POST /api/posts", `{"title":"One","content":"before SECRET after","tags":["a"]}`)
	post("PATCH /api/posts/1", `{"content":"before, after"}`, match(1))
	post("POST /api/posts", `{"title":"Key SECRET","description":"d SECRET","content":"c SECRET c SECRET","category":"SECRET","tags":["SECRET","b"],"authorName":"SECRET","authorPosition":"SECRET","published":true}`)
	post("POST /api/posts", `{"title":"Three","content":"live SECRET","published":true}`)
	post("PATCH /api/posts/3?publish=false", `{"content":"later"}`, match(1))
	// 4: deleted. 5: a slug that readers knew before. 6: readers do not see it. 7: nothing.
	post("POST /api/posts", `{"title":"Four","content":"SECRET gone"}`)
	post("DELETE /api/posts/4", "", match(1))
	post("POST /api/posts", `{"title":"SECRET","content":"five","published":true}`)
	post("PATCH /api/posts/5", `{"title":"Five","slug":"five"}`, match(1))
	post("POST /api/posts", `{"title":"Six","content":"six","published":true}`)
	post("PATCH /api/posts/6?publish=false", `{"content":"SECRET six"}`, match(1))
	post("POST /api/posts", `{"title":"Seven","content":"Zq8 tr0ub4, éclair","published":true}`)
}

var leakCalls = []string{"/api/posts", "/api/posts?status=deleted", "/api/posts/1", "/api/posts/2", "/api/posts/3", "/api/posts/5", "/api/posts/6",
	"/api/posts/1/history", "/api/posts/2/history", "/api/posts/3/history", "/api/posts/4/history", "/api/posts/5/history", "/api/posts/6/history",
	"/api/events?after=0&limit=100", "/api/public/posts", "/api/public/posts/three", "/api/public/posts/five", "/api/public/posts/six",
	"/api/tags", "/api/categories", "/api/authors"}

// wantNoAnswers fails when an answer or a resumed socket of p holds the text.
func wantNoAnswers(p *process, token string) {
	p.Helper()
	for _, call := range leakCalls {
		r := p.call("GET "+call, "", "Authorization: Bearer "+token)
		if r.status != 200 && r.status != 404 || containsLeak(r.body) {
			p.Errorf("GET %s: %d %s", call, r.status, r.body)
		}
	}
	for _, q := range []string{"Tr0ub4dor", "tr0ub4dor"} {
		for _, list := range []string{"/api/posts", "/api/public/posts"} {
			if r := p.call("GET "+list+"?q="+q, "", "Authorization: Bearer "+token); !strings.Contains(r.body, `"items":[]`) {
				p.Errorf("the search for a word of the text finds %s", r.body)
			}
		}
	}
	var head struct{ Cursor int64 }
	testkit.Must(p, json.Unmarshal([]byte(p.want(200, token, "GET /api/posts", "").body), &head))
	p.resume(token, head.Cursor-1, head.Cursor, func([]byte) {}) // after it the node has the marked versions
	p.resume(token, 0, head.Cursor, func(payload []byte) {
		if containsLeak(string(payload)) {
			p.Errorf("the socket resumes with %s", payload)
		}
	})
}

// resume reads the frames of a socket from cursor on, up to event last.
func (p *process) resume(token string, cursor, last int64, visit func(payload []byte)) {
	p.Helper()
	socket := p.connect(token, cursor)
	defer socket.Close()
	for seq := cursor; seq < last; {
		_, payload := socket.raw()
		var f frame
		testkit.Must(p, json.Unmarshal(payload, &f))
		seq = max(seq, f.Seq)
		visit(payload)
	}
}

func containsLeak(s string) bool {
	return strings.Contains(strings.ToLower(s), "tr0ub4dor")
}

// saveAllTheTime creates posts, one after the other, until stop is called, which returns their number.
func (p *process) saveAllTheTime(token string) (stop func() int) {
	ctx, cancel := context.WithCancel(context.Background())
	number := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if r := p.call("POST /api/posts", fmt.Sprintf(`{"title":"Meanwhile %d"}`, n), "Authorization: Bearer "+token); r.status != 201 {
				p.Errorf("saving during the redaction: %d %s", r.status, r.body)
				break
			}
		}
		number <- n
	}()
	return func() int {
		cancel()
		return <-number
	}
}

// history returns the versions of a post, the newest first.
func (p *process) history(token string, id int) (items []struct {
	Version  int64
	Redacted bool
	Type     string
	Data     map[string]any
}) {
	p.Helper()
	var page struct {
		Items json.RawMessage
	}
	testkit.Must(p, json.Unmarshal([]byte(p.want(200, token, fmt.Sprintf("GET /api/posts/%d/history", id), "").body), &page))
	testkit.Must(p, json.Unmarshal(page.Items, &items))
	return items
}

func TestRedact_besideAServer(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord, "KAFKA_COMPRESSION": "none"})
	token := p.signIn("admin@localhost", testWord)
	leak(p, token)
	for _, slug := range []string{"three", "five", "six", "seven"} { // into the cache of renderings
		p.want(200, token, "GET /api/public/posts/"+slug, "")
	}
	settings := map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": p.kafka}
	before := p.history(token, 1)
	testkit.Eventually(t, "all is published", func() bool { return p.metric(`wiredesk_relay_waiting_events\{\S+\}`) == 0 })
	if files := holding(t, dir, leakedParts[1]); len(files) < 2 {
		t.Fatalf("only %q hold the text before, so its absence would prove nothing", files)
	}
	redact(t, settings, leaked+"\n", "--dry-run", "", "6 versions of 6 posts hold the text:\n  post 1: versions 1\n  post 2: versions 1\n  post 3: versions 1\n  post 4: versions 1\n  post 5: versions 1\n  post 6: versions 2\n")
	redact(t, settings, leaked, "", "add --yes")
	if len(p.history(token, 1)) != 2 {
		t.Error("the files were changed")
	}
	stop := p.saveAllTheTime(token)
	_, log := redact(t, settings, leaked, "--yes", "", "The text is no longer in the database, nor in its files.", "The topic blog-events was emptied and filled again")
	if saved := stop(); saved < 2 {
		t.Errorf("%d posts were saved during the redaction", saved)
	}
	if !strings.Contains(log, "text redacted") || !strings.Contains(log, `"by":"command line (`) {
		t.Errorf("logged:\n%s", log)
	}
	wantNoAnswers(p, token)
	wantNoBytes(t, dir)
	proves(t, settings, "", "", "\nverified: ")

	one := p.history(token, 1)
	if len(one) != 3 || !one[0].Redacted || one[2].Data["content"] != "before [redacted] after" || one[1].Data["content"] != before[0].Data["content"] {
		t.Errorf("the history of post 1 is %+v", one)
	}
	two := p.history(token, 2)[0].Data
	if two["title"] != "Key [redacted]" || two["content"] != "c [redacted] c [redacted]" || two["liveVersion"] != 2.0 || two["category"] != "[redacted]" || !strings.Contains(fmt.Sprint(two["slug"]), "redacted") {
		t.Errorf("post 2 is %+v", two)
	}
	if three := p.history(token, 3)[0].Data; three["content"] != "later" || three["liveVersion"] != 3.0 {
		t.Errorf("post 3 is %+v", three)
	}
	if r := p.call("GET /api/public/posts/three", ""); !strings.Contains(r.body, "live [redacted]") {
		t.Errorf("readers see %s", r.body)
	}
	if four := p.history(token, 4); len(four) != 4 || four[0].Type != "blog-deleted" || !four[0].Redacted || !four[1].Redacted || four[1].Data["content"] != "[redacted] gone" {
		t.Errorf("the history of post 4 is %+v", four)
	}
	if six := p.history(token, 6)[0].Data; six["content"] != "[redacted] six" || six["liveVersion"] != 1.0 {
		t.Errorf("post 6 is %+v", six)
	}
	if seven := p.history(token, 7); len(seven) != 1 || seven[0].Data["content"] != "Zq8 tr0ub4, éclair" {
		t.Errorf("the history of post 7 is %+v", seven)
	}
	p.want(200, token, "POST /api/posts/4/restore", `{"version":3}`)
	redact(t, settings, leaked, "--yes", "", "No version of a post holds the text.")
	proves(t, settings, "", "", "\nverified: ")
}

// Without a server the command itself empties the topic.
func TestRedact_withoutAServer(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord, "KAFKA_COMPRESSION": "none"})
	leak(p, p.signIn("admin@localhost", testWord))
	p.stop()
	settings := map[string]string{"DATA_DIR": dir}
	redact(t, settings, leaked, "--post 2 --yes", "", "1 versions of 1 post hold")
	redact(t, settings, leaked, "--yes", "", "5 versions of 5 posts hold")
	wantNoBytes(t, dir)
	proves(t, settings, "", "", "\nverified: ")
	redact(t, settings, "", "--refill", "", "was emptied and filled again")
	proves(t, settings, "", "", "\nverified: ")
}

// A run that stopped after the versions were rewritten is finished by the next one.
func TestRedact_repeated(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord, "KAFKA_COMPRESSION": "none"})
	leak(p, p.signIn("admin@localhost", testWord))
	p.stop()
	settings := map[string]string{"DATA_DIR": dir}
	secret, err := post.NewSecret(leaked)
	testkit.Must(t, err)
	e, _, log := tool("", settings)
	d, cfg, err := e.openTool(t.Context())
	testkit.Must(t, err)
	r := redactTool{env: e, services: d, cfg: cfg, log: cfg.logger(e), secret: secret}
	found, err := r.find(t.Context())
	testkit.Must(t, err)
	testkit.Must(t, r.redactVersions(t.Context(), found))
	d.stop()
	files := holding(t, dir, leakedParts[1])
	if len(files) == 0 {
		t.Fatalf("no file holds the text after the interruption: %s", log)
	}
	redact(t, settings, leaked, "--dry-run", "", "No version of a post holds the text.")
	redact(t, settings, leaked, "", "add --yes", "No version of a post holds the text.")
	if len(holding(t, dir, leakedParts[1])) == 0 {
		t.Error("the files were changed")
	}
	redact(t, settings, leaked, "--yes --vacuum", "", "No version of a post holds the text.", "nor in its files", "was emptied and filled again")
	wantNoBytes(t, dir)
	proves(t, settings, "", "", "\nverified: ")
}

// A second node has the old texts in memory, and learns of the redaction by its event.
func TestRedact_twoNodes(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		settings := map[string]string{"KAFKA_COMPRESSION": "none"}
		topic := "blog-events"
		if testservices.Running() {
			topic = testservices.Topic(t)
			maps.Copy(settings, clusterSettings(topic))
		}
		a, b := bootTwo(t, url, settings)
		token := a.signIn("admin@localhost", testWord)
		leak(a, token)
		for _, p := range []*process{a, b} {
			testkit.Eventually(t, "the node has all events", func() bool {
				return strings.Contains(p.want(200, token, "GET /api/posts", "").body, `"cursor":12`)
			})
			seen := false
			p.resume(token, 0, 12, func(payload []byte) { seen = seen || containsLeak(string(payload)) })
			if !seen {
				t.Error("the node did not have the text")
			}
		}
		tool := map[string]string{"DATABASE_URL": url, "DATA_DIR": t.TempDir(), "JWT_SECRET": strings.Repeat("shared ", 8), "KAFKA_EMBEDDED_LISTEN": ""}
		maps.Copy(tool, settings)
		redact(t, tool, leaked, "--yes", "", "The topic "+topic+" was emptied and filled again")
		wantNoAnswers(a, token)
		wantNoAnswers(b, token)
		if testservices.Running() {
			proves(t, tool, "", "", "\nverified: ")
			cfg, closeBroker, err := topicOf(t, parsed(t, tool))
			testkit.Must(t, err)
			defer closeBroker()
			_, err = kafka.ReadTopic(t.Context(), cfg, func(r kafka.Record) error {
				if containsLeak(string(r.Value)) {
					t.Errorf("the topic holds %s", r.Value)
				}
				return nil
			})
			testkit.Must(t, err)
		}
	})
}

func parsed(t *testing.T, settings map[string]string) config {
	t.Helper()
	e, _, _ := tool("", settings)
	cfg, err := e.config()
	testkit.Must(t, err)
	return cfg
}

func clusterSettings(topic string) map[string]string {
	c := testservices.Cluster()
	return map[string]string{"KAFKA_BROKER": strings.Join(c.Brokers, ","), "KAFKA_TOPIC": topic, "KAFKA_TLS": "on", "KAFKA_CA_FILE": c.CAFile,
		"KAFKA_REPLICATION_FACTOR": "3", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256", "KAFKA_SASL_USERNAME": c.Username, "KAFKA_SASL_PASSWORD": c.Password, "KAFKA_EMBEDDED_LISTEN": ""}
}

func TestRedact_refuses(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord, "KAFKA_COMPRESSION": "none"})
	token := p.signIn("admin@localhost", testWord)
	for n := range maxRedactedPosts + 1 {
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":"Post %d","content":"common words"}`, n))
	}
	settings := map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": p.kafka}
	redact(t, settings, "abc\n", "--yes", "too short")
	redact(t, settings, "   a  \n", "--yes", "too short")
	redact(t, settings, "\xff\xfe\xfd\xfc", "--yes", "not UTF-8")
	redact(t, settings, "common", "--yes", "the text is too common: 101 posts hold it")
	redact(t, settings, "common", "--yes --post 3", "", "1 versions of 1 post hold")
	redact(t, settings, "nowhere", "--yes extra", "unexpected argument")
}

// topicOf returns the configuration of a reader that does not know the secret.
func topicOf(t *testing.T, cfg config) (topic kafka.Config, closeBroker func(), err error) {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: cfg.databaseURL, ReadOnly: true})
	testkit.Must(t, err)
	defer store.Close()
	return (&services{store: store, secret: []byte("any")}).topic(cfg, nil, false)
}
