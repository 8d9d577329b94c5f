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
	"github.com/wiredesk/wiredesk/test/desk"
	"github.com/wiredesk/wiredesk/test/services"
)

// scene is a site with people at work.
type scene struct {
	*site
	book      *book
	report    *report
	writers   []*writer
	listeners []*listener
	nappers   []*napper
	machine   machine     // read it when the listeners have ended
	deaths    []time.Time // when nodes were killed

	ctx                context.Context // ends with the test
	writing, listening sync.WaitGroup
	enough, hush       func() // end what the writers, and what the listeners do
	enoughWritten      chan struct{}
}

// newScene gives the site writers with accounts of their own, who come in by the balancer
// and share all posts. They do nothing yet.
func newScene(t *testing.T, on *site, writers int) *scene {
	t.Helper()
	s := &scene{site: on, book: newBook(t), report: newReport(), enoughWritten: make(chan struct{})}
	s.ctx, s.hush = context.WithCancel(t.Context())
	s.enough = sync.OnceFunc(func() { close(s.enoughWritten) })
	t.Cleanup(func() { // t's context has ended, which ends them all
		s.hush()
		s.writing.Wait()
		s.listening.Wait()
	})
	shared := new(shelf)
	for i := range writers {
		email := fmt.Sprintf("writer-%d@desk.test", i+1)
		w := &writer{t: t, user: s.addUser(t, email), name: fmt.Sprintf("writer-%d", i+1), random: rand.New(rand.NewPCG(*seed, uint64(i+1))),
			shelf: shared, book: s.book, report: s.report}
		w.client = s.signIn(t, email)
		s.writers = append(s.writers, w)
	}
	return s
}

// listen connects n listeners, who share a few accounts, by the balancer.
func (s *scene) listen(t *testing.T, n int) {
	t.Helper()
	const accounts = 10
	var clients []*client.Client
	for i := range min(n, accounts) {
		email := fmt.Sprintf("reader-%d@desk.test", i+1)
		s.addUser(t, email)
		clients = append(clients, s.signIn(t, email))
	}
	for i := range n {
		l := &listener{client: clients[i%len(clients)], book: s.book, report: s.report}
		s.listeners = append(s.listeners, l)
		s.listening.Go(func() { l.run(s.ctx) })
	}
	awaitListeners(t, 30*time.Second, s.listeners, 0)
}

// write sets the writers to work until enough.
func (s *scene) write() {
	for _, w := range s.writers {
		s.writing.Go(func() { w.run(s.ctx, s.enoughWritten) })
	}
}

// close ends the work, compares every log with every other, and returns the log and the
// number of records on the topic.
func (s *scene) close(t *testing.T) (log []client.Event, records int) {
	t.Helper()
	s.enough()
	s.writing.Wait()
	if s.book.acks == 0 {
		t.Fatal("nothing was written")
	}
	all := s.listeners
	for _, n := range s.nappers {
		all = append(all, n.listener)
	}
	awaitListeners(t, time.Minute, all, s.head(t))
	s.hush()
	s.listening.Wait()
	log = desk.ReadLog(t, s.admin)
	s.book.check(t, log)
	checkListeners(t, all, len(log))
	records = desk.CheckTopic(t, services.Cluster().Plain, s.topic, log)
	s.verify(t)
	return log, records
}

// head returns the newest event's number, asking until a node answers.
func (s *site) head(t *testing.T) int64 {
	t.Helper()
	var status struct{ Head int64 }
	desk.Await(t, 30*time.Second, func() bool {
		return s.call(t, s.url(), http.MethodGet, "/api/status", nil, &status) == http.StatusOK
	}, func() string { return "no node tells the log's head" })
	return status.Head
}
