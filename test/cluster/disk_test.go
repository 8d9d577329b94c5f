package cluster_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
)

// smallDisk starts the program with a data directory of 32 MiB of its own. It stores the process id.
const smallDisk = `#!/bin/sh
mkdir -p "$DATA_DIR" && echo $$ >"$DATA_DIR.pid"
exec unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=32m tmpfs "$DATA_DIR" && exec "$WIREDESK_BINARY" serve'
`

// On a full disk writes fail with the reason, and reads succeed; with free space again, writes
// succeed.
func TestDiskFull(t *testing.T) {
	if out, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").CombinedOutput(); err != nil {
		t.Fatalf("this test mounts a small disk, which needs user namespaces: %v: %s\nallow them: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu) or kernel.unprivileged_userns_clone=1 (Debian)", err, out)
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "small-disk")
	testkit.Must(t, os.WriteFile(script, []byte(smallDisk), 0o700))
	server, err := serverproc.New(script, dir)
	testkit.Must(t, err)
	server.Env = []string{"WIREDESK_BINARY=" + binary}
	n := &node{Server: server, ctx: t.Context(), name: "node"}
	n.start(t)
	t.Cleanup(func() {
		n.kill(t)
		if t.Failed() {
			t.Logf("the log ends with:\n%s", n.Log())
		}
	})
	n.ready(t)
	c := client.New(n.URL)
	t.Cleanup(c.Close)
	testkit.Must(t, c.Login(t.Context(), serverproc.Admin, n.Password))
	token, err := c.Token(t.Context(), "")
	testkit.Must(t, err)
	saved, err := c.Create(t.Context(), client.Fields{"title": "there is room"}, "")
	testkit.Must(t, err)

	number, err := os.ReadFile(n.DataDir() + ".pid")
	testkit.Must(t, err)
	pid := strings.TrimSpace(string(number))
	filler := filepath.Join("/proc", pid, "root", n.DataDir(), "filler")
	fill(t, filler)
	full := func(i int) error {
		_, err := c.Create(t.Context(), client.Fields{"title": "one too many", "content": strings.Repeat("word ", 50_000)}, fmt.Sprint("key-", i))
		return err
	}
	var p *client.Problem
	refused := 0 // the first may fit into free pages of the files
	for i := range 50 {
		if err := full(i); errors.As(err, &p) {
			refused++
			if p.Status != http.StatusInsufficientStorage || !strings.Contains(p.Detail, "disk is full") {
				t.Fatalf("on a full disk: %v", err)
			}
		}
	}
	if refused == 0 {
		t.Fatal("the disk does not get full")
	}
	if _, err := c.Token(t.Context(), token); err != nil { // which is renewed
		t.Errorf("renewing an access token: %v", err)
	}
	if got, err := c.Get(t.Context(), saved.Post.ID); err != nil || got.Title != "there is room" {
		t.Errorf("reading: %v", err)
	}
	events, err := c.Events(t.Context(), 0, 1000)
	testkit.Must(t, err)
	testkit.Must(t, os.Remove(filler))
	testkit.Must(t, full(1000))
	after, err := c.Events(t.Context(), 0, 1000)
	testkit.Must(t, err)
	if len(after) != len(events)+1 || len(events) != 1+50-refused {
		t.Errorf("%d of 50 writes were refused; %d events then, %d with room again", refused, len(events), len(after))
	}
	servertest.Await(t, 20*time.Second, n.isHealthy, func() string { return n.healthErrors() })
	cmd := exec.CommandContext(t.Context(), "nsenter", "--target", pid, "--user", "--preserve-credentials", "--mount", binary, "verify")
	cmd.Env = []string{"DATA_DIR=" + n.DataDir(), "KAFKA_BROKER=" + n.Kafka, "PATH=" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// fill writes to a file until there is no room for a page.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	testkit.Must(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
}
