package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// proves runs 'wiredesk verify' and fails the test unless the error contains err and the output contains all parts.
func proves(t *testing.T, settings map[string]string, args, err string, parts ...string) {
	t.Helper()
	e, out, log := tool("", settings)
	got := run(t.Context(), append([]string{"verify"}, strings.Fields(args)...), e)
	if got == nil != (err == "") || got != nil && !strings.Contains(got.Error(), err) {
		t.Errorf("verify %s: the error is %v, not %q\n%s%s", args, got, err, out, log)
	}
	for _, p := range parts {
		if !strings.Contains(out.String(), p) {
			t.Errorf("verify %s does not print %q:\n%s%s", args, p, out, log)
		}
	}
}

const notAgree = "the log, the topic and the posts do not agree"

func TestVerify_whileTheServerRunsAndAfter(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	for n := range 5 {
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":"Post %d"}`, n))
	}
	running := map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": p.kafka}
	proves(t, running, "", "", "log    ok      from 1 to 5, events: 5\n", "\nverified: ")
	proves(t, running, "--repair", "", "\nverified: ")

	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka))
	testkit.Must(t, err)
	defer client.Close()
	testkit.Must(t, client.ProduceSync(t.Context(), &kgo.Record{Topic: "blog-events", Value: []byte("hello")}).FirstErr())
	proves(t, running, "", notAgree, "foreign records: 1", "\nNOT verified: 1 problem\n")
	proves(t, running, "--repair", notAgree, "\nNOT verified: 1 problem\n") // foreign records stay
	p.stop()
	proves(t, map[string]string{"DATA_DIR": dir}, "", notAgree, "foreign records: 1")
}

func TestVerify_repairsATopicThatIsLost(t *testing.T) {
	dir := t.TempDir()
	p := boot(t, dir, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	for n := range 25 {
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":"Post %d"}`, n))
	}
	p.stop()
	settings := map[string]string{"DATA_DIR": dir, "KAFKA_TOPIC": "another"}
	proves(t, settings, "", "cannot verify: reading where the Kafka topic another begins")
	proves(t, settings, "--repair", "", "25 events were published again\n", "\nverified: ")
	proves(t, settings, "", "", "records: 25, events: 25\n", "\nverified: ")
}

func TestVerify_cannot(t *testing.T) {
	dir := t.TempDir()
	nowhere := filepath.Join(dir, "nowhere")
	proves(t, map[string]string{"DATA_DIR": nowhere}, "", "there is no database to verify: stat "+nowhere)
	proves(t, map[string]string{"DATA_DIR": dir}, "--fast", "unknown flag: --fast")

	boot(t, dir, map[string]string{"KAFKA_EMBEDDED_LISTEN": ""})
	for _, listen := range []string{"", "127.0.0.1:1"} {
		proves(t, map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": listen}, "",
			fmt.Sprintf("KAFKA_EMBEDDED_LISTEN=%q is not the address of its embedded Kafka: start it with KAFKA_EMBEDDED_LISTEN", listen))
	}
	proves(t, map[string]string{"DATA_DIR": dir, "KAFKA_BROKER": "127.0.0.1:1"}, "", "cannot verify: ")
}
