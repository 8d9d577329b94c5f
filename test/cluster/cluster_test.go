// Package cluster_test runs the whole installation of deploy/compose.cluster.yml as plain
// processes: nodes behind a load balancer, MariaDB and three Kafka brokers with TLS and SASL.
// It breaks each part (node, database, broker, network) while clients write
// and listen, and then compares every log.
package cluster_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/test/services"
)

var (
	duration = flag.Duration("for", 90*time.Second, "how long to make faults; each kind is made once at least")
	only     = flag.String("only", "", "the one kind of fault to make, by its name in the report")
	seed     = flag.Uint64("seed", 0, "repeats the order of the faults and of the writes of an earlier run; 0: a new one")
)

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	if !services.Running() {
		fmt.Println("left out: the cluster, which needs `make services`")
		return
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "wiredesk-cluster-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "wiredesk")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "../../cmd/wiredesk")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the server: %v\n%s", err, out)
		return 1
	}
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	return m.Run()
}

// holdFor waits while a fault lasts: the duration is a part of the fault.
func holdFor(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}
