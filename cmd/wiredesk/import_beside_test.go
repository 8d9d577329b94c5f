package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TestImport_besideAServer: an import by the command line into the SQLite file of a server that
// runs, whose writes go on.
func TestImport_besideAServer(t *testing.T) {
	site, data := t.TempDir(), t.TempDir()
	const files = 400
	for i := range files {
		text := fmt.Sprintf("+++\ntitle = \"Post %d\"\n+++\n\n%s\n", i, strings.Repeat("Some words of a post. ", 200))
		testkit.Must(t, os.WriteFile(filepath.Join(site, fmt.Sprintf("post-%d.md", i)), []byte(text), 0o600))
	}
	p := boot(t, data, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	alone := measureWrites(p, token, time.After(2*time.Second))

	e, out, _ := tool("", map[string]string{"DATA_DIR": data, "ADMIN_PASSWORD": testWord})
	imported := make(chan error, 1)
	ended := make(chan time.Time)
	go func() {
		imported <- run(t.Context(), []string{"import", site}, e)
		close(ended)
	}()
	beside := measureWrites(p, token, ended)
	testkit.Must(t, <-imported)
	if !strings.Contains(out.String(), fmt.Sprintf("imported  %d", files)) {
		t.Errorf("the import:\n%s", out)
	}
	t.Logf("a write takes %v at p50 and %v at p99 and %v at most; beside the import %v, %v and %v, of %d writes",
		quantile(alone, 0.5), quantile(alone, 0.99), alone[len(alone)-1], quantile(beside, 0.5), quantile(beside, 0.99), beside[len(beside)-1], len(beside))
}

// measureWrites writes one post after the other until stop, and returns how long the writes
// took, in ascending order.
func measureWrites(p *process, token string, stop <-chan time.Time) (took []time.Duration) {
	p.Helper()
	for {
		began := time.Now()
		p.want(201, token, "POST /api/posts", `{"title":"By the server"}`)
		took = append(took, time.Since(began))
		select {
		case <-stop:
			slices.Sort(took)
			return took
		default:
		}
	}
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1))]
}
