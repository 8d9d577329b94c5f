// Package services gives tests the MariaDB server and the Kafka cluster that `make services`
// starts: a database of their own, a topic of their own, and the power to stop, kill and
// pause each server. It knows the servers only, and imports nothing of Wiredesk.
package services

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The servers by name, as Stop, Start, Kill, Pause and Resume take them.
const (
	MariaDB = "mariadb"
	Kafka1  = "kafka-1"
	Kafka2  = "kafka-2"
	Kafka3  = "kafka-3"
)

const script = "test/services/services"

// root is the repository's. It is looked for before any test can change the directory;
// -trimpath removes it from the compiler's file names.
var root = findRoot()

func findRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, script)); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			panic("services: no directory above the test has " + script)
		}
		dir = up
	}
}

// Running reports whether the servers are up. Where WIREDESK_SERVICES is "required", as in CI,
// it panics when they are not, so that nothing is left out there in silence. When some answer
// and others do not, a test may just be restarting one: Running waits for it, up to a minute,
// and then panics.
//
// It reads .services/up, which is written when all are up: `go test` therefore runs a
// cached test again once they have been started or stopped.
func Running() bool {
	silent := silentServers()
	if len(silent) == len(addresses) {
		if os.Getenv("WIREDESK_SERVICES") == "required" {
			panic("services: MariaDB and the Kafka cluster are not running: make services starts them")
		}
		return false
	}
	for end := time.Now().Add(time.Minute); len(silent) > 0; silent = silentServers() {
		if time.Now().After(end) {
			panic(fmt.Sprintf("services: nothing answers at %v: make services starts it again", silent))
		}
		<-time.After(200 * time.Millisecond)
	}
	return true
}

var addresses = append([]string{mariaDBAddress}, brokers...)

func silentServers() []string {
	if _, err := os.ReadFile(filepath.Join(root, ".services", "up")); err != nil {
		return addresses
	}
	return slices.DeleteFunc(slices.Clone(addresses), func(address string) bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		return err == nil && conn.Close() == nil
	})
}

// Stop asks a server to end, and kills it after 20 s.
func Stop(t testing.TB, name string) { t.Helper(); run(t, "stop", name) }

// Start returns when the server takes clients again. A broker may lag behind the others then.
func Start(t testing.TB, name string) { t.Helper(); run(t, "start", name) }

// Kill ends a server at once, as kill -9 does.
func Kill(t testing.TB, name string) { t.Helper(); run(t, "kill", name) }

// Pause makes a server fall silent, while its connections stay open, until Resume or Start.
func Pause(t testing.TB, name string) { t.Helper(); run(t, "pause", name) }

// Resume lets a paused server go on.
func Resume(t testing.TB, name string) { t.Helper(); run(t, "resume", name) }

func run(t testing.TB, what, name string) {
	t.Helper()
	if out, err := exec.Command(filepath.Join(root, script), what, name).CombinedOutput(); err != nil {
		t.Fatalf("%s %s %s: %v\n%s", script, what, name, err, out)
	}
}

// unique returns a suffix for names on the servers, so that parallel and killed tests do not share them.
func unique() string {
	return strings.ToLower(rand.Text()[:12])
}
