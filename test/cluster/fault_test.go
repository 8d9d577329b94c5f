package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/test/desk"
	"github.com/wiredesk/wiredesk/test/services"
)

// fault breaks something and mends it again.
type fault struct {
	kind string
	do   func(t *testing.T, s *scene, random *rand.Rand)
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

// breakThings makes each fault happen once and then any, until the time is over. Each
// begins when everything is well.
func breakThings(t *testing.T, s *scene) {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, 0))
	faults := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return *only != "" && f.kind != *only })
	end := time.Now().Add(*duration)
	lasts(t, 3*time.Second) // of calm, to compare with
	for _, i := range random.Perm(len(faults)) {
		breakOnce(t, s, faults[i], random)
	}
	for time.Now().Before(end) {
		breakOnce(t, s, faults[random.IntN(len(faults))], random)
	}
}

func breakOnce(t *testing.T, s *scene, f fault, random *rand.Rand) {
	t.Helper()
	began := time.Now()
	spell := s.report.turn(f.kind)
	f.do(t, s, random)
	s.awaitCalm(t)
	spell.longest = max(spell.longest, time.Since(began))
	s.report.turn(calm)
	if t.Failed() {
		t.Fatalf("something went wrong in: %s", f.kind)
	}
	lasts(t, time.Second)
}

// killNode kills any node that has clients, and starts it when they live on others.
func killNode(t *testing.T, s *scene, random *rand.Rand) {
	t.Helper()
	victim := s.busyNode(random)
	s.deaths = append(s.deaths, time.Now())
	victim.kill(t)
	head := s.head(t)
	awaitListeners(t, 20*time.Second, s.listeners, head)
	victim.start(t)
}

// busyNode returns any node that has clients.
func (s *scene) busyNode(random *rand.Rand) *node {
	nodes := random.Perm(len(s.nodes))
	for _, i := range nodes {
		if sockets, err := s.nodes[i].metric("wiredesk_gateway_sockets"); err == nil && sockets >= float64(len(s.listeners)/10) {
			return s.nodes[i]
		}
	}
	return s.nodes[nodes[0]]
}

// killNodeWithoutDatabase kills a node with clients while the database is away, and starts it while it
// still is: a node waits for its database.
func killNodeWithoutDatabase(t *testing.T, s *scene, random *rand.Rand) {
	t.Helper()
	services.Stop(t, services.MariaDB)
	victim := s.busyNode(random)
	victim.kill(t)
	victim.start(t)
	lasts(t, awayFor)
	services.Start(t, services.MariaDB)
}

// killBrokerAndNode kills a broker and a node with clients at once, and starts both when the clients
// live on the other nodes.
func killBrokerAndNode(t *testing.T, s *scene, random *rand.Rand) {
	t.Helper()
	broker, victim := brokers[random.IntN(len(brokers))], s.busyNode(random)
	services.Kill(t, broker)
	s.deaths = append(s.deaths, time.Now())
	victim.kill(t)
	awaitListeners(t, 20*time.Second, s.listeners, s.head(t))
	victim.start(t)
	services.Start(t, broker)
}

func killBroker(t *testing.T, _ *scene, random *rand.Rand) {
	t.Helper()
	broker := brokers[random.IntN(len(brokers))]
	services.Kill(t, broker)
	lasts(t, time.Second)
	services.Start(t, broker)
}

const awayFor = 5 * time.Second

func stopDatabase(t *testing.T, _ *scene, _ *rand.Rand) {
	t.Helper()
	services.Stop(t, services.MariaDB)
	lasts(t, awayFor)
	services.Start(t, services.MariaDB)
}

func pauseDatabase(t *testing.T, _ *scene, _ *rand.Rand) {
	t.Helper()
	services.Pause(t, services.MariaDB)
	lasts(t, awayFor)
	services.Resume(t, services.MariaDB)
}

// pauseLeader lets the leader's lease run out while it does not notice.
func pauseLeader(t *testing.T, s *scene, random *rand.Rand) {
	t.Helper()
	leader := s.leader(t)
	leader.stall(t)
	defer leader.goOn(t)
	lasts(t, 4*time.Second+time.Duration(random.Int64N(int64(2*time.Second))))
}

// cuts are the ways in which a network fails.
var cuts = []func(*proxy){(*proxy).refuse, (*proxy).swallow, (*proxy).cut}

func cutFromKafka(t *testing.T, s *scene, random *rand.Rand) {
	t.Helper()
	n, cut := s.nodes[random.IntN(len(s.nodes))], cuts[random.IntN(len(cuts))]
	for _, p := range n.kafka {
		cut(p)
		defer p.heal(t)
	}
	lasts(t, awayFor)
}

func cutFromDatabase(t *testing.T, s *scene, random *rand.Rand) {
	t.Helper()
	n, cut := s.nodes[random.IntN(len(s.nodes))], cuts[random.IntN(len(cuts))]
	cut(n.database)
	defer n.database.heal(t)
	lasts(t, awayFor)
}

func rollingRestart(t *testing.T, s *scene, _ *rand.Rand) {
	t.Helper()
	for _, n := range s.nodes {
		desk.Check(t, n.Stop())
		n.start(t)
		n.ready(t)
	}
}

// awaitCalm waits until every node is well and every listener has what the log has.
func (s *scene) awaitCalm(t *testing.T) {
	t.Helper()
	const within = time.Minute
	for _, n := range s.nodes {
		desk.Await(t, within, n.isWell, func() string { return fmt.Sprintf("%s is not well:\n%s", n.name, n.illness()) })
	}
	awaitListeners(t, within, s.listeners, s.head(t))
}
