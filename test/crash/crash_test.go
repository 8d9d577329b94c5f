// Package crash_test kills the real server again and again, with nothing that softens it,
// while others write and listen, and then compares every log: what was acknowledged, what
// the listeners were sent, what the API tells, and what is on Kafka.
package crash_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/bench"
	"github.com/wiredesk/wiredesk/test/desk"
)

var (
	rounds = flag.Int("rounds", 5, "how often to kill the server")
	seed   = flag.Uint64("seed", 0, "repeats the moments and the writes of an earlier run; 0: a new one")
)

const (
	writers   = 4
	listeners = 3
)

func TestCrash_losesNothingAndRepeatsNothing(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("%d rounds, -seed=%d", *rounds, *seed)
	ctx := t.Context()
	server := desk.NewServer(t, "WIREDESK_RING_EVENTS=10") // so that clients that return are served from the event log
	desk.Check(t, server.Start(ctx))
	desk.Check(t, server.Ready(ctx))

	var writing, listening sync.WaitGroup
	enough := make(chan struct{})
	var w []*writer
	for i := range writers {
		w = append(w, newWriter(t, signIn(t, server), *seed, i))
	}
	var l []*listener
	for i := range listeners {
		l = append(l, &listener{t: t, client: signIn(t, server), impatient: i > 0})
	}
	observer := signIn(t, server)
	for _, w := range w {
		writing.Go(func() { w.run(ctx, enough) })
	}
	ctxListen, hush := context.WithCancel(ctx)
	for _, l := range l {
		listening.Go(func() { l.run(ctxListen) })
	}

	killAgainAndAgain(t, server)
	close(enough)
	writing.Wait()
	log := desk.ReadLog(t, observer)
	awaitListeners(t, l, len(log))
	hush()
	listening.Wait()

	checkAcknowledged(t, w, log)
	checkPosts(t, observer, w)
	checkListeners(t, l, log)
	records := desk.CheckTopic(t, []string{server.Kafka}, "blog-events", log)
	report(t, w, l, log, records)
	checkVerified(t, server)
	desk.Check(t, server.Stop())
}

// checkVerified has wiredesk verify itself, its search index included.
func checkVerified(t *testing.T, server *bench.Server) {
	t.Helper()
	report, err := server.Verify(t.Context())
	if err != nil || !strings.Contains(report, "\nindex  ok") || strings.Contains(report, "not indexed yet") {
		t.Errorf("%v\n%s", err, report)
	}
}

func signIn(t *testing.T, server *bench.Server) *client.Client {
	t.Helper()
	c := client.New(server.URL)
	t.Cleanup(c.Close)
	desk.Check(t, c.Login(t.Context(), bench.Admin, server.Password))
	return c
}

// retryEvery is the pause before a server that is away is asked again.
const retryEvery = 20 * time.Millisecond

// killAgainAndAgain leaves the server running and ready. Most kills hit a server that
// is at work; one in four hits one that is still starting.
func killAgainAndAgain(t *testing.T, server *bench.Server) {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, 0))
	for round := range *rounds {
		most := 1200 * time.Millisecond
		if random.IntN(4) == 0 {
			most = 400 * time.Millisecond
		} else if err := server.Ready(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		// The passing of time is what is tested here: any moment must do.
		moment := time.NewTimer(time.Duration(random.Int64N(int64(most))))
		select {
		case <-moment.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
		desk.Check(t, server.Kill())
		desk.Check(t, server.Start(t.Context()))
	}
	desk.Check(t, server.Ready(t.Context()))
}

func report(t *testing.T, w []*writer, l []*listener, log []client.Event, records int) {
	t.Helper()
	var unanswered, told, cuts int
	for _, w := range w {
		unanswered += w.unanswered
		told += w.told
	}
	for _, l := range l {
		cuts += l.cuts
	}
	t.Logf("%d kills; %d writes acknowledged; %d attempts got no answer, of which the same key told of %d that they were done; %d listeners were cut off %d times; the topic holds %d records",
		*rounds, len(log), unanswered, told, len(l), cuts, records)
}
