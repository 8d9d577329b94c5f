// Package crash_test kills a server with SIGKILL again and again
// while clients write and listen, and then compares all logs: the acknowledged writes, the events of the
// listeners, the API, and the topic.
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
	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
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
	server := servertest.NewServer(t, "WIREDESK_RING_EVENTS=10") // so that clients that return are served from the event log
	testkit.Must(t, server.Start(ctx))
	testkit.Must(t, server.Ready(ctx))

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
	log := servertest.ReadLog(t, observer)
	awaitListeners(t, l, len(log))
	hush()
	listening.Wait()

	checkAcknowledged(t, w, log)
	checkPosts(t, observer, w)
	checkListeners(t, l, log)
	records := servertest.CheckTopic(t, []string{server.Kafka}, "blog-events", log)
	report(t, w, l, log, records)
	checkVerified(t, server)
	testkit.Must(t, server.Stop())
}

// checkVerified has wiredesk verify itself, its search index included.
func checkVerified(t *testing.T, server *serverproc.Server) {
	t.Helper()
	report, err := server.Verify(t.Context())
	if err != nil || !strings.Contains(report, "\nindex  ok") || strings.Contains(report, "not indexed yet") {
		t.Errorf("%v\n%s", err, report)
	}
}

func signIn(t *testing.T, server *serverproc.Server) *client.Client {
	t.Helper()
	c := client.New(server.URL)
	t.Cleanup(c.Close)
	testkit.Must(t, c.Login(t.Context(), serverproc.Admin, server.Password))
	return c
}

// retryEvery is the pause between requests to a server that is down.
const retryEvery = 20 * time.Millisecond

// killAgainAndAgain ends with the server running and ready. Three of four kills hit a ready server,
// the others one that is starting.
func killAgainAndAgain(t *testing.T, server *serverproc.Server) {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, 0))
	for round := range *rounds {
		most := 1200 * time.Millisecond
		if random.IntN(4) == 0 {
			most = 400 * time.Millisecond
		} else if err := server.Ready(t.Context()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		// The test is about the time of the kill, which is random.
		moment := time.NewTimer(time.Duration(random.Int64N(int64(most))))
		select {
		case <-moment.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
		testkit.Must(t, server.Kill())
		testkit.Must(t, server.Start(t.Context()))
	}
	testkit.Must(t, server.Ready(t.Context()))
}

func report(t *testing.T, w []*writer, l []*listener, log []client.Event, records int) {
	t.Helper()
	var unanswered, replayed, cuts int
	for _, w := range w {
		unanswered += w.unanswered
		replayed += w.replayed
	}
	for _, l := range l {
		cuts += l.cuts
	}
	t.Logf("%d kills; %d writes acknowledged; %d attempts got no answer, of which the same key found %d stored; %d listeners were cut off %d times; the topic holds %d records",
		*rounds, len(log), unanswered, replayed, len(l), cuts, records)
}
