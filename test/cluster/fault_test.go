package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
	"github.com/wiredesk/wiredesk/test/services"
)

// fault breaks a part and repairs it.
type fault struct {
	kind string
	do   func(t *testing.T, s *workload, random *rand.Rand)
}

var faults = []fault{
	{"node killed", killNode},
	{"broker killed", killBroker},
	{"database stopped", stopDatabase},
	{"database paused", pauseDatabase},
	{"leader paused", pauseLeader},
	{"node cut from Kafka", cutFromKafka},
	{"node cut from the database", cutFromDatabase},
	{"rolling restart", rollingRestart},
	{"node killed without a database", killNodeWithoutDatabase},
	{"broker and node killed", killBrokerAndNode},
}

// breakThings makes each fault once, and then random ones until the time is over. Each
// begins when all nodes are healthy.
func breakThings(t *testing.T, s *workload) {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, 0))
	faults := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return *only != "" && f.kind != *only })
	end := time.Now().Add(*duration)
	holdFor(t, 3*time.Second) // without a fault, to compare with
	for _, i := range random.Perm(len(faults)) {
		breakOnce(t, s, faults[i], random)
	}
	for time.Now().Before(end) {
		breakOnce(t, s, faults[random.IntN(len(faults))], random)
	}
}

func breakOnce(t *testing.T, s *workload, f fault, random *rand.Rand) {
	t.Helper()
	began := time.Now()
	phase := s.report.begin(f.kind)
	f.do(t, s, random)
	s.awaitSteady(t)
	phase.longest = max(phase.longest, time.Since(began))
	s.report.begin(steady)
	if t.Failed() {
		t.Fatalf("a check failed in: %s", f.kind)
	}
	holdFor(t, time.Second)
}

// killNode kills a node with clients, and starts it when they are connected to others.
func killNode(t *testing.T, s *workload, random *rand.Rand) {
	t.Helper()
	victim := s.busyNode(random)
	s.kills = append(s.kills, time.Now())
	victim.kill(t)
	head := s.head(t)
	awaitListeners(t, 20*time.Second, s.listeners, head)
	victim.start(t)
}

// busyNode returns a random node with clients.
func (s *workload) busyNode(random *rand.Rand) *node {
	nodes := random.Perm(len(s.nodes))
	for _, i := range nodes {
		if sockets, err := s.nodes[i].metric("wiredesk_gateway_sockets"); err == nil && sockets >= float64(len(s.listeners)/10) {
			return s.nodes[i]
		}
	}
	return s.nodes[nodes[0]]
}

// killNodeWithoutDatabase kills and starts a node with clients while the database is away: a starting node
// waits for its database.
func killNodeWithoutDatabase(t *testing.T, s *workload, random *rand.Rand) {
	t.Helper()
	services.Stop(t, services.MariaDB)
	victim := s.busyNode(random)
	victim.kill(t)
	victim.start(t)
	holdFor(t, awayFor)
	services.Start(t, services.MariaDB)
}

// killBrokerAndNode kills a broker and a node with clients at once, and starts both when the clients
// are connected to the other nodes.
func killBrokerAndNode(t *testing.T, s *workload, random *rand.Rand) {
	t.Helper()
	broker, victim := brokers[random.IntN(len(brokers))], s.busyNode(random)
	services.Kill(t, broker)
	s.kills = append(s.kills, time.Now())
	victim.kill(t)
	awaitListeners(t, 20*time.Second, s.listeners, s.head(t))
	victim.start(t)
	services.Start(t, broker)
}

func killBroker(t *testing.T, _ *workload, random *rand.Rand) {
	t.Helper()
	broker := brokers[random.IntN(len(brokers))]
	services.Kill(t, broker)
	holdFor(t, time.Second)
	services.Start(t, broker)
}

const awayFor = 5 * time.Second

func stopDatabase(t *testing.T, _ *workload, _ *rand.Rand) {
	t.Helper()
	services.Stop(t, services.MariaDB)
	holdFor(t, awayFor)
	services.Start(t, services.MariaDB)
}

func pauseDatabase(t *testing.T, _ *workload, _ *rand.Rand) {
	t.Helper()
	services.Pause(t, services.MariaDB)
	holdFor(t, awayFor)
	services.Resume(t, services.MariaDB)
}

// pauseLeader pauses the leader until its lease has expired.
func pauseLeader(t *testing.T, s *workload, random *rand.Rand) {
	t.Helper()
	leader := s.leader(t)
	leader.pause(t)
	defer leader.resume(t)
	holdFor(t, 4*time.Second+time.Duration(random.Int64N(int64(2*time.Second))))
}

// cuts are the ways in which a network fails.
var cuts = []func(*proxy){(*proxy).refuse, (*proxy).swallow, (*proxy).cut}

func cutFromKafka(t *testing.T, s *workload, random *rand.Rand) {
	t.Helper()
	n, cut := s.nodes[random.IntN(len(s.nodes))], cuts[random.IntN(len(cuts))]
	for _, p := range n.kafka {
		cut(p)
		defer p.heal(t)
	}
	holdFor(t, awayFor)
}

func cutFromDatabase(t *testing.T, s *workload, random *rand.Rand) {
	t.Helper()
	n, cut := s.nodes[random.IntN(len(s.nodes))], cuts[random.IntN(len(cuts))]
	cut(n.database)
	defer n.database.heal(t)
	holdFor(t, awayFor)
}

func rollingRestart(t *testing.T, s *workload, _ *rand.Rand) {
	t.Helper()
	for _, n := range s.nodes {
		testkit.Must(t, n.Stop())
		n.start(t)
		n.ready(t)
	}
}

// awaitSteady waits until every node is healthy and every listener has the events of the log.
func (s *workload) awaitSteady(t *testing.T) {
	t.Helper()
	const within = time.Minute
	for _, n := range s.nodes {
		servertest.Await(t, within, n.isHealthy, func() string { return fmt.Sprintf("%s is not healthy:\n%s", n.name, n.healthErrors()) })
	}
	awaitListeners(t, within, s.listeners, s.head(t))
}
