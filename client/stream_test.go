package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/client"
)

var errEnough = errors.New("enough")

func signedIn(t *testing.T, s *server) *client.Client {
	t.Helper()
	c := client.New(s.URL)
	t.Cleanup(c.Close)
	if err := c.Login(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	return c
}

// at is a position whose epoch is unknown.
func at(seq int64) client.Position { return client.Position{Seq: seq} }

// collect follows the stream until last has come and returns the numbers of what came.
func collect(t *testing.T, c *client.Client, after client.Position, last int64) []int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []int64
	err := c.Stream(ctx, after, client.Handler{Event: func(e client.Event) error {
		got = append(got, e.Seq)
		if e.Seq == last {
			return errEnough
		}
		return nil
	}})
	if !errors.Is(err, errEnough) {
		t.Fatalf("Stream ended with %v after %v", err, got)
	}
	return got
}

func TestStream_eachEventOnceOverConnections(t *testing.T) {
	seen := make(chan string, 9)
	tests := map[string]struct {
		scripts []func(*peer)
		cursors []string
		after   client.Position
	}{
		"cut off": {after: at(4), cursors: []string{"4", "6"}, scripts: []func(*peer){
			func(p *peer) { p.welcome(6, "replayed"); p.events(5, 6) },
			func(p *peer) { p.welcome(7, "replayed"); p.events(7, 8) },
		}},
		"repeats are dropped": {after: at(4), cursors: []string{"4"}, scripts: []func(*peer){
			func(p *peer) { p.welcome(6, "replayed"); p.events(3, 4, 5, 5, 6, 5, 6, 7, 8) },
		}},
		"a hole": {after: at(4), cursors: []string{"4", "5"}, scripts: []func(*peer){
			func(p *peer) { p.welcome(4, "replayed"); p.events(5, 7); p.receive() },
			func(p *peer) { p.welcome(7, "replayed"); p.events(6, 7, 8) },
		}},
		"too slow": {after: at(4), cursors: []string{"4", "5"}, scripts: []func(*peer){
			func(p *peer) { p.welcome(4, "replayed"); p.events(5); p.close(4408, "too slow") },
			func(p *peer) { p.welcome(7, "replayed"); p.events(6, 7, 8) },
		}},
		"restarting": {after: at(4), cursors: []string{"4", "6"}, scripts: []func(*peer){
			func(p *peer) { p.welcome(4, "replayed"); p.events(5, 6); p.close(1012, "retry in 20ms") },
			func(p *peer) { p.welcome(7, "replayed"); p.events(7, 8) },
		}},
		"before the welcome, from now": {after: client.Now, cursors: []string{"", "", "6"}, scripts: []func(*peer){
			func(p *peer) {},
			func(p *peer) { p.welcome(4, "nothing"); p.events(5, 6) },
			func(p *peer) { p.welcome(6, "replayed"); p.events(7, 8) },
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for i, script := range test.scripts {
				test.scripts[i] = func(p *peer) { seen <- p.cursor; script(p) }
			}
			got := collect(t, signedIn(t, newServer(t, test.scripts...)), test.after, 8)
			if diff := cmp.Diff([]int64{5, 6, 7, 8}, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			for _, want := range test.cursors {
				if cursor := <-seen; cursor != want {
					t.Errorf("connected with cursor %q, want %q", cursor, want)
				}
			}
		})
	}
}

func TestStream_waitsAsLongAsTheServerAsks(t *testing.T) {
	tests := []struct {
		code   ws.StatusCode
		reason string
		wait   time.Duration
	}{
		{1012, "retry in 1234ms", 1234 * time.Millisecond},
		{4408, "too slow", 0},
		{4401, "session ended", 0},
		{4403, "role changed", 0},
	}
	for _, test := range tests {
		s := newServer(t, func(p *peer) { p.welcome(0, "replayed"); p.close(test.code, test.reason); p.receive() })
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		var got time.Duration
		var cause error
		err := signedIn(t, s).Stream(ctx, at(0), client.Handler{Lost: func(err error, wait time.Duration) { cause, got = err, wait; cancel() }})
		if !errors.Is(err, context.Canceled) || got != test.wait {
			t.Errorf("%d %s: waits %v after %v, want %v", test.code, test.reason, got, cause, test.wait)
		}
	}
}

func TestStream_takesAnotherTokenWhenRefused(t *testing.T) {
	for _, code := range []ws.StatusCode{4401, 4403} {
		tokens := make(chan string, 9)
		s := newServer(t,
			func(p *peer) { tokens <- p.token; p.welcome(0, "replayed"); p.events(1); p.close(code, "") },
			func(p *peer) { tokens <- p.token; p.welcome(1, "replayed"); p.events(2) },
		)
		collect(t, signedIn(t, s), at(0), 2)
		if first, second := <-tokens, <-tokens; first != "token-1" || second != "token-2" {
			t.Errorf("after %d: tokens %s and %s, want a renewed one", code, first, second)
		}
	}
}

func TestStream_signsInAgainWhenTheSessionIsGone(t *testing.T) {
	s := newServer(t, func(p *peer) { p.welcome(0, "replayed"); p.events(1) })
	c := signedIn(t, s)
	s.revoke() // the handshake is answered with 401, and so is the refresh
	collect(t, c, at(0), 1)
	if s.logins != 2 {
		t.Errorf("signed in %d times, want 2", s.logins)
	}
}

func TestStream_tellsOfConnectionsAndRepeats(t *testing.T) {
	s := newServer(t,
		func(p *peer) { p.welcome(0, "replayed"); p.events(1, 2) },
		func(p *peer) { p.welcome(2, "replayed"); p.events(2, 3) })
	joined, repeated := 0, []int64(nil)
	err := signedIn(t, s).Stream(t.Context(), at(0), client.Handler{
		Event: func(e client.Event) error {
			if e.Seq == 3 {
				return errEnough
			}
			return nil
		},
		Joined:   func() { joined++ },
		Repeated: func(seq int64) { repeated = append(repeated, seq) },
	})
	if !errors.Is(err, errEnough) || joined != 2 || len(repeated) != 1 || repeated[0] != 2 {
		t.Errorf("Stream: %v, after %d connections and the repeats %v", err, joined, repeated)
	}
}

func TestStream_renewsAsSoonAsItCan(t *testing.T) {
	sent := make(chan string, 1)
	s := newServer(t, func(p *peer) {
		p.welcome(0, "replayed")
		p.send(`{"type":"auth-expiring","expiresAt":"2026-11-23T10:00:00.000Z"}`)
		sent <- p.receive()
		p.events(1)
	})
	c := signedIn(t, s)
	s.away = 1
	collect(t, c, at(0), 1)
	if got, want := <-sent, `{"token":"token-2","type":"auth"}`; got != want {
		t.Errorf("the client sent %s, want %s", got, want)
	}
}

func TestStream_renewsOnTheSameConnection(t *testing.T) {
	sent := make(chan string, 1)
	s := newServer(t, func(p *peer) {
		p.welcome(0, "replayed")
		p.send(`{"type":"auth-expiring","expiresAt":"2026-11-23T10:00:00.000Z"}`)
		sent <- p.receive()
		p.events(1)
	})
	collect(t, signedIn(t, s), at(0), 1)
	if got, want := <-sent, `{"token":"token-2","type":"auth"}`; got != want {
		t.Errorf("the client sent %s, want %s", got, want)
	}
}

func TestStream_readsTheLogWhenItMust(t *testing.T) {
	tests := map[string]struct {
		log  string // the events after the cursor 5
		head int64  // of the welcome
		want []int64
		gaps [][2]int64
	}{
		"too many to replay":  {log: "6,7,8", head: 8, want: []int64{6, 7, 8, 9}},
		"some came meanwhile": {log: "6,7,8,9", head: 7, want: []int64{6, 7, 8, 9}},
		"some left the log":   {log: "8", head: 8, want: []int64{8, 9}, gaps: [][2]int64{{5, 7}}},
		"all left the log":    {log: "", head: 8, want: []int64{9}, gaps: [][2]int64{{5, 8}}},
		"another log":         {log: "", head: 2, want: []int64{3, 4, 5, 6, 7, 8, 9}, gaps: [][2]int64{{5, 2}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(p *peer) { p.welcome(test.head, "refresh"); p.events(3, 4, 5, 6, 7, 8, 9) })
			s.mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, r *http.Request) {
				if got := r.URL.Query().Get("after"); got != "5" {
					t.Errorf("read the log after %s, want 5", got)
				}
				io.WriteString(w, `{"items":[`+logged(test.log)+`]}`)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var got []int64
			var gaps [][2]int64
			err := signedIn(t, s).Stream(ctx, at(5), client.Handler{
				Gap: func(after, next client.Position) { gaps = append(gaps, [2]int64{after.Seq, next.Seq}) },
				Event: func(e client.Event) error {
					if got = append(got, e.Seq); e.Seq == 9 {
						return errEnough
					}
					return nil
				},
			})
			if !errors.Is(err, errEnough) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.gaps, gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func logged(seqs string) string {
	var items []string
	for seq := range strings.SplitSeq(seqs, ",") {
		if seq != "" {
			items = append(items, `{"type":"blog-updated","seq":`+seq+`}`)
		}
	}
	return strings.Join(items, ",")
}

func TestStream_ends(t *testing.T) {
	t.Run("signed out", func(t *testing.T) {
		s := newServer(t, func(p *peer) { p.welcome(0, "nothing"); p.close(4401, "") })
		c := client.New(s.URL)
		c.UseTokens(func(context.Context) (string, error) { return "token-1", nil })
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err := c.Stream(ctx, client.Now, client.Handler{})
		if !errors.Is(err, client.ErrSignedOut) {
			t.Errorf("Stream ended with %v, want ErrSignedOut", err)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan string, 1)
		s := newServer(t, func(p *peer) { p.welcome(0, "nothing"); p.events(1); left <- p.receive() })
		err := signedIn(t, s).Stream(ctx, client.Now, client.Handler{Event: func(client.Event) error { cancel(); return nil }})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Stream ended with %v, want context.Canceled", err)
		}
		if got := <-left; got != "ws closed: 1000 " {
			t.Errorf("the server saw %q, want a normal close", got)
		}
	})
}

func TestStream_triesOnWhileTheServerIsAway(t *testing.T) {
	s := newServer(t) // 503 for every handshake
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	waits := 0
	err := signedIn(t, s).Stream(ctx, at(0), client.Handler{Lost: func(_ error, wait time.Duration) {
		if bound := 250 * time.Millisecond << waits; wait > bound {
			t.Errorf("wait %d is %v, over its bound of %v", waits, wait, bound)
		}
		if waits++; waits == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || waits != 3 {
		t.Errorf("Stream ended with %v after %d waits", err, waits)
	}
}
