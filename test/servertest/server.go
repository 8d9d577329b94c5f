package servertest

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// NewServer builds the present code and returns a server that is not started. The end of the test
// kills it. env is added to its environment, as "NAME=value".
func NewServer(t testing.TB, env ...string) *serverproc.Server {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "wiredesk")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, "../../cmd/wiredesk")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	server, err := serverproc.New(binary, dir)
	testkit.Must(t, err)
	server.Env = env
	KillAtEnd(t, server, "the server")
	return server
}

// KillAtEnd kills the server at the end of the test, and prints the end of its log if the test failed.
func KillAtEnd(t testing.TB, server *serverproc.Server, name string) {
	t.Helper()
	t.Cleanup(func() {
		if err := server.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the log of %s ends with:\n%s", name, server.Log())
		}
	})
}

// Uncertain reports whether a request that ended with err may have been executed: its answer
// was 503 or was lost.
func Uncertain(err error) bool {
	var p *client.Problem
	if errors.As(err, &p) {
		return p.Status == http.StatusServiceUnavailable
	}
	return err != nil
}

// Pause returns after d, or when ctx is cancelled.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
