package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

// workload is a cluster with writers and listeners.
type workload struct {
	*cluster
	ledger    *ledger
	report    *report
	writers   []*writer
	listeners []*listener
	returning []*returningListener
	machine   machine     // read it when the listeners have ended
	kills     []time.Time // when nodes were killed

	ctx                        context.Context // ends with the test
	writing, listening         sync.WaitGroup
	stopWriters, stopListeners func() // end the writers, and the listeners
	writersStop                chan struct{}
}

// newWorkload returns a workload of writers with accounts of their own, which connect to the balancer
// and share all posts. They are not started.
func newWorkload(t *testing.T, on *cluster, writers int) *workload {
	t.Helper()
	s := &workload{cluster: on, ledger: newLedger(t), report: newReport(), writersStop: make(chan struct{})}
	s.ctx, s.stopListeners = context.WithCancel(t.Context())
	s.stopWriters = sync.OnceFunc(func() { close(s.writersStop) })
	t.Cleanup(func() { // t's context has ended, which ends them all
		s.stopListeners()
		s.writing.Wait()
		s.listening.Wait()
	})
	shared := new(sharedPosts)
	for i := range writers {
		email := fmt.Sprintf("writer-%d@desk.test", i+1)
		w := &writer{t: t, user: s.addUser(t, email), name: fmt.Sprintf("writer-%d", i+1), random: rand.New(rand.NewPCG(*seed, uint64(i+1))),
			posts: shared, ledger: s.ledger, report: s.report}
		w.client = s.signIn(t, email)
		s.writers = append(s.writers, w)
	}
	return s
}

// listen connects n listeners, which share a few accounts, to the balancer.
func (s *workload) listen(t *testing.T, n int) {
	t.Helper()
	const accounts = 10
	var clients []*client.Client
	for i := range min(n, accounts) {
		email := fmt.Sprintf("reader-%d@desk.test", i+1)
		s.addUser(t, email)
		clients = append(clients, s.signIn(t, email))
	}
	for i := range n {
		l := &listener{client: clients[i%len(clients)], ledger: s.ledger, report: s.report}
		s.listeners = append(s.listeners, l)
		s.listening.Go(func() { l.run(s.ctx) })
	}
	awaitListeners(t, 30*time.Second, s.listeners, 0)
}

// write starts the writers. They run until stopWriters.
func (s *workload) write() {
	for _, w := range s.writers {
		s.writing.Go(func() { w.run(s.ctx, s.writersStop) })
	}
}

// close stops the workload, compares every log with every other, and returns the event log and the
// number of records on the topic.
func (s *workload) close(t *testing.T) (log []client.Event, records int) {
	t.Helper()
	s.stopWriters()
	s.writing.Wait()
	if s.ledger.acks == 0 {
		t.Fatal("nothing was written")
	}
	all := s.listeners
	for _, n := range s.returning {
		all = append(all, n.listener)
	}
	awaitListeners(t, time.Minute, all, s.head(t))
	s.stopListeners()
	s.listening.Wait()
	log = servertest.ReadLog(t, s.admin)
	s.ledger.check(t, log)
	checkListeners(t, all, len(log))
	records = servertest.CheckTopic(t, services.Cluster().Plain, s.topic, log)
	s.verify(t)
	return log, records
}

// head returns the newest event's number. It repeats the request until a node answers.
func (s *cluster) head(t *testing.T) int64 {
	t.Helper()
	var status struct{ Head int64 }
	servertest.Await(t, 30*time.Second, func() bool {
		return s.call(t, s.url(), http.MethodGet, "/api/status", nil, &status) == http.StatusOK
	}, func() string { return "no node answers with the log's head" })
	return status.Head
}
