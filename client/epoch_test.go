package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// follow runs a stream until the event last, and returns what its handler received.
func follow(t *testing.T, s *server, after client.Position, last int64) (events []client.Position, gaps [][2]client.Position) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := signedIn(t, s).Stream(ctx, after, client.Handler{
		Gap: func(after, next client.Position) { gaps = append(gaps, [2]client.Position{after, next}) },
		Event: func(e client.Event) error {
			events = append(events, e.Position())
			if e.Seq == last {
				return errEnough
			}
			return nil
		},
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("Stream ended with %v after %v", err, events)
	}
	return events, gaps
}

func in(epoch string, seqs ...int64) []client.Position {
	var at []client.Position
	for _, seq := range seqs {
		at = append(at, client.Position{Epoch: epoch, Seq: seq})
	}
	return at
}

func TestStream_sendsItsEpoch(t *testing.T) {
	for name, test := range map[string]struct {
		after client.Position
		want  []string // the epochs of the two connections
	}{
		"stored position": {client.Position{Epoch: "a", Seq: 4}, []string{"a", "a"}},
		"unknown epoch":   {client.Position{Seq: 4}, []string{"", "a"}},
		"now":             {client.Now, []string{"", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan string, 2)
			s := newServer(t,
				func(p *peer) { sent <- p.epoch; p.welcomeIn("a", 4, "replayed"); p.events(5) },
				func(p *peer) { sent <- p.epoch; p.welcomeIn("a", 5, "replayed"); p.events(6) })
			events, gaps := follow(t, s, test.after, 6)
			if diff := cmp.Diff(in("a", 5, 6), events); diff != "" || gaps != nil {
				t.Errorf("gaps %v, events (-want +got):\n%s", gaps, diff)
			}
			for _, want := range test.want {
				if got := <-sent; got != want {
					t.Errorf("connected with epoch %q, want %q", got, want)
				}
			}
		})
	}
}

// The log of another epoch gives the numbers that the client has seen to other events.
func TestStream_otherEpoch(t *testing.T) {
	for name, test := range map[string]struct {
		head    int64         // of the restored log
		first   []func(*peer) // connections before the backup is restored
		after   client.Position
		want    []client.Position // of the first connections
		gapFrom int64
	}{
		"after a restart of the program, log behind":  {head: 2, after: client.Position{Epoch: "a", Seq: 5}, gapFrom: 5},
		"after a restart of the program, log further": {head: 9, after: client.Position{Epoch: "a", Seq: 5}, gapFrom: 5},
		"after a restart of the program, log as long": {head: 5, after: client.Position{Epoch: "a", Seq: 5}, gapFrom: 5},
		"while the program runs": {head: 2, after: client.Position{Epoch: "a", Seq: 4}, gapFrom: 5,
			first: []func(*peer){func(p *peer) { p.welcomeIn("a", 4, "replayed"); p.events(5) }}, want: in("a", 5)},
	} {
		t.Run(name, func(t *testing.T) {
			restored := func(p *peer) { p.welcomeIn("b", test.head, "refresh"); p.events(test.head+1, test.head+2) }
			s := newServer(t, append(test.first, restored)...)
			s.mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, _ *http.Request) {
				t.Error("read the log after a position of another epoch")
				io.WriteString(w, `{"items":[]}`)
			})
			events, gaps := follow(t, s, test.after, test.head+2)
			if diff := cmp.Diff(append(test.want, in("b", test.head+1, test.head+2)...), events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			want := [][2]client.Position{{{Epoch: "a", Seq: test.gapFrom}, {Epoch: "b", Seq: test.head}}}
			if diff := cmp.Diff(want, gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPage_position(t *testing.T) {
	s := newServer(t)
	s.mux.HandleFunc("GET /api/posts", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"items":[],"next":null,"cursor":7,"epoch":"a"}`)
	})
	page, err := signedIn(t, s).List(t.Context(), nil)
	testkit.Must(t, err)
	if got, want := page.Position(), (client.Position{Epoch: "a", Seq: 7}); got != want || page.Next != "" {
		t.Errorf("position %+v, next %q; want %+v and none", got, page.Next, want)
	}
}
