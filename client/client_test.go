package client_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

const aPost = `{"id":42,"slug":"a","title":"A","tags":[],"version":8,"content":"Text"}`

func TestClient_writes(t *testing.T) {
	s := newServer(t)
	var got []string
	record := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("If-Match")+" "+r.Header.Get("Idempotency-Key")+" "+string(body))
		if !s.good(r) {
			refuse(w, http.StatusUnauthorized)
			return
		}
		w.Header().Set("Idempotency-Replayed", "true")
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		io.WriteString(w, aPost)
	}
	s.mux.HandleFunc("/api/posts", record)
	s.mux.HandleFunc("/api/posts/", record)
	c := signedIn(t, s)
	ctx := t.Context()

	saved, err := c.Create(ctx, client.Fields{"title": "A"}, "k1")
	testkit.Must(t, err)
	if !saved.Replayed || saved.Post.ID != 42 || saved.Post.Content != "Text" {
		t.Errorf("Create = %+v", saved)
	}
	_, err = c.Patch(ctx, 42, 7, client.Fields{"title": "B"}, "k2")
	testkit.Must(t, err)
	_, err = c.PatchKeepLive(ctx, 42, 7, client.Fields{"title": "C"}, "k4")
	testkit.Must(t, err)
	_, err = c.Publish(ctx, 42, 0, true, "")
	testkit.Must(t, err)
	_, err = c.Delete(ctx, 42, 8, "k3")
	testkit.Must(t, err)
	want := []string{
		`POST /api/posts  k1 {"title":"A"}`,
		`PATCH /api/posts/42 "7" k2 {"title":"B"}`,
		`PATCH /api/posts/42?publish=false "7" k4 {"title":"C"}`,
		`PUT /api/posts/42/publish   {"published":true}`,
		`DELETE /api/posts/42 "8" k3 `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestClient_logsOut(t *testing.T) {
	s := newServer(t)
	ended := false
	s.mux.HandleFunc("POST /api/auth/logout", func(w http.ResponseWriter, r *http.Request) {
		ended = s.good(r)
		w.WriteHeader(http.StatusNoContent)
	})
	testkit.Must(t, signedIn(t, s).Logout(t.Context()))
	if !ended {
		t.Error("the session was not ended with its token")
	}
}

func TestClient_renewsARefusedToken(t *testing.T) {
	s := newServer(t)
	asked := 0
	s.mux.HandleFunc("/api/posts/42", func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			refuse(w, http.StatusUnauthorized) // and it stays good for refreshing
			return
		}
		if !s.good(r) {
			refuse(w, http.StatusUnauthorized)
			return
		}
		io.WriteString(w, aPost)
	})
	p, err := signedIn(t, s).Get(t.Context(), 42)
	testkit.Must(t, err)
	if p.Version != 8 || asked != 2 || s.token != 2 {
		t.Errorf("version %d after %d requests with token %d, want 8, 2, 2", p.Version, asked, s.token)
	}
}

func TestClient_problems(t *testing.T) {
	s := newServer(t)
	s.mux.HandleFunc("/api/posts/42", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusPreconditionFailed)
		io.WriteString(w, `{"title":"Changed","status":412,"detail":"By others.","conflicts":["title"],"current":`+aPost+`}`)
	})
	_, err := signedIn(t, s).Patch(t.Context(), 42, 1, client.Fields{"title": "B"}, "")
	var p *client.Problem
	if !errors.As(err, &p) {
		t.Fatalf("Patch: %v, want a Problem", err)
	}
	if p.Status != 412 || len(p.Conflicts) != 1 || string(p.Current) != aPost || p.RetryAfter.Seconds() != 3 {
		t.Errorf("problem = %+v", p)
	}
	if got, want := err.Error(), "PATCH /api/posts/42: 412 Changed: By others."; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
}

func TestClient_refusesAWrongPassword(t *testing.T) {
	c := client.New(newServer(t).URL)
	if err := c.Login(t.Context(), email, "wrong"); err == nil {
		t.Error("Login accepted a wrong password")
	}
	if _, err := c.Get(t.Context(), 42); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("Get without a session: %v, want ErrSignedOut", err)
	}
}
