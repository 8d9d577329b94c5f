package examples_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// answers has the posts that each query finds, by id.
type answers map[string][]post

func lines(posts []post) []string {
	var all []string
	for _, p := range posts {
		all = append(all, fmt.Sprintf("%d\t%s\t%s", p.id, p.slug, p.title))
	}
	return all
}

// programs returns how each example is started. All but Go's need the runtimes that `make services` installs.
func programs(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{"go": {goProgram(t)}}
	if !services.Running() {
		t.Log("only the Go example runs, as the runtimes of the others are installed by: make services")
		return all
	}
	for _, name := range []string{"java", "python", "node"} {
		all[name] = []string{"../../test/services/services", "client", "search-" + name}
	}
	return all
}

func goProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "search")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, "../../examples/go/search")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the example: %v\n%s", err, out)
	}
	return path
}

func command(ctx context.Context, args []string, broker string, words ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], append(args[1:], words...)...)
	cmd.Env = append(os.Environ(), "KAFKA_BROKER="+broker, "KAFKA_TOPIC="+topic)
	cmd.WaitDelay = time.Second
	return cmd
}

// program is an example that runs and answers queries.
type program struct {
	name string
	args []string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	log  bytes.Buffer // read when the program has ended
}

func startAll(t *testing.T, broker string) []*program {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a program that does not answer is killed
	t.Cleanup(cancel)
	var all []*program
	for name, args := range programs(t) {
		p := &program{name: name, args: args, cmd: command(ctx, args, broker)}
		p.cmd.Stderr = &p.log
		var err error
		p.in, err = p.cmd.StdinPipe()
		testkit.Must(t, err)
		out, err := p.cmd.StdoutPipe()
		testkit.Must(t, err)
		p.out = bufio.NewScanner(out)
		testkit.Must(t, p.cmd.Start())
		all = append(all, p)
	}
	return all
}

// stopAll ends the queries, and waits for the programs.
func stopAll(t *testing.T, all []*program) {
	t.Helper()
	for _, p := range all {
		p.in.Close()
	}
	for _, p := range all {
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v:\n%s", p.name, err, &p.log)
		}
	}
}

// ask sends a query and returns the lines of the answer.
func (p *program) ask(t *testing.T, query string) []string {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, query); err != nil {
		t.Errorf("%s: %v", p.name, err)
	}
	var answer []string
	for p.out.Scan() {
		if p.out.Text() == "" {
			return answer
		}
		answer = append(answer, p.out.Text())
	}
	t.Errorf("%s ended in its answer to %q", p.name, query)
	return answer
}

// wantNow compares the answers of a program that has read the whole topic.
func (p *program) wantNow(t *testing.T, want answers) {
	t.Helper()
	for query, posts := range want {
		if diff := cmp.Diff(lines(posts), p.ask(t, query)); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", p.name, query, diff)
		}
	}
}

// await asks until the answers are those.
func (p *program) await(t *testing.T, want answers) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for query, posts := range want {
		tick := time.NewTicker(10 * time.Millisecond)
		for got := p.ask(t, query); !slices.Equal(got, lines(posts)); got = p.ask(t, query) {
			if time.Now().After(deadline) || t.Failed() {
				t.Errorf("%s: %q (-want +got):\n%s", p.name, query, cmp.Diff(lines(posts), got))
				break
			}
			<-tick.C
		}
		tick.Stop()
	}
}

// wantOnce runs the example with the words of a query to its end, and compares its output.
func (p *program) wantOnce(t *testing.T, broker string, want []post, words ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(ctx, p.args, broker, words...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %v\n%s", cmd, err, &stderr)
	}
	text := ""
	for _, line := range lines(want) {
		text += line + "\n"
	}
	if diff := cmp.Diff(text, string(out)); diff != "" {
		t.Errorf("%s %v (-want +got):\n%s", p.name, words, diff)
	}
}
