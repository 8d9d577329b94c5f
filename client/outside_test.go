package client_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// outside is a program of another module. It names every type that a caller may have to.
const outside = `package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/wiredesk/wiredesk/client"
)

type store struct {
	posts map[int64]client.Summary
	at    client.Position
}

func (s *store) apply(e client.Event) error {
	p, err := e.Post()
	if err != nil {
		return err
	}
	var by client.Actor = e.Actor
	switch e.Type {
	case client.Created, client.Updated, client.Published:
		s.posts[p.ID] = p.Summary
	case client.Deleted:
		delete(s.posts, p.ID)
	}
	fmt.Println(by.Name, e.Time.Format(time.RFC3339))
	s.at = e.Position()
	return nil
}

func run(ctx context.Context, c *client.Client, s *store) error {
	var token client.Source = func(context.Context) (string, error) { return "token", nil }
	c.UseTokens(token)
	var page client.Page
	page, err := c.List(ctx, url.Values{"status": {"published"}})
	if err != nil {
		return err
	}
	var saved client.Saved
	saved, err = c.Create(ctx, client.Fields{"title": "T"}, "key")
	var problem *client.Problem
	if errors.As(err, &problem) {
		var fields []client.FieldError = problem.Errors
		return fmt.Errorf("%d bad fields, wait %v: %w", len(fields), problem.RetryAfter, err)
	}
	var post client.Post = saved.Post
	var kind client.EventType = client.Created
	fmt.Println(post.Title, kind, client.Now)
	var h = client.Handler{Event: s.apply, Gap: func(after, next client.Position) { s.at = next }}
	return c.Stream(ctx, page.Position(), h)
}

func main() {
	c := client.New("http://localhost:3000")
	defer c.Close()
	err := run(context.Background(), c, &store{posts: map[int64]client.Summary{}})
	fmt.Println(errors.Is(err, client.ErrSignedOut), errors.Is(err, client.ErrMissingEvent))
}
`

func TestClient_importedFromAnotherModule(t *testing.T) {
	root, err := filepath.Abs("..")
	testkit.Must(t, err)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	testkit.Must(t, err)
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	testkit.Must(t, err)
	_, required, ok := strings.Cut(string(module), "\nrequire (")
	if !ok {
		t.Fatal("go.mod has no require block")
	}
	// The same versions as ours, so that nothing has to be downloaded.
	mod := "module example.com/outside\n\ngo 1.26.0\n\nrequire github.com/wiredesk/wiredesk v0.0.0\n\n" +
		"replace github.com/wiredesk/wiredesk => " + root + "\n\nrequire (" + required
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": mod, "go.sum": string(sums), "main.go": outside} {
		testkit.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", "-mod=mod", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet in another module: %v\n%s", err, out)
	}
}
