// Package bench measures a Wiredesk server as its clients see it: latency from change to socket, durable
// writes per second, reads, memory, and the CPU time of the server process for each. It starts server
// processes (Server) with temporary data and sends requests and opens sockets from this process. It never
// reads the state of a running server except by its API, /readyz and the figures of the operating system.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/serverproc"
)

// Config selects the measurements and their sizes.
type Config struct {
	Binary  string   // of the server; started with an empty environment
	Sockets int      // of fanout, idle and storm; 0: 1000
	Only    []string // names of the measurements; empty: all
	Out     io.Writer
	Rate    int   // changes per second of latency; 0: 50
	Posts   int   // of list and public; 0: 10 000
	Curves  Sizes // of curves; empty: sizes that take a few minutes
	Log     io.Writer
	Env     []string // NAME=value, added to the environment of started servers

	// Compare, if set, is the binary of another build. Each measurement runs with both in turn, Rounds
	// times, and ratios are printed.
	Compare string
	Rounds  int // 0: 5

	// Remote, if set, is a signed-in client of a running server, which is measured instead: without the
	// measurements that need their own server, and with posts that are deleted afterwards.
	Remote    *client.Client
	RemoteURL string
	SocketURL string // the node for the sockets; empty: RemoteURL
	PIDs      []int  // its processes on this machine, for CPU time
}

// measurement is one entry of Describe.
type measurement struct {
	name, help string
	own        bool // needs its own server
	named      bool // runs only if it is named in Config.Only
	run        func(context.Context, *target) ([]row, error)
}

func measurements() []measurement {
	return []measurement{
		{name: "latency", help: "change sent to frame received, at 100 sockets", run: latency},
		{name: "writes", help: "durable writes by 32 writers, with 10 sockets open", run: writes},
		{name: "fanout", help: "200 events, 8 in flight, to all sockets", run: fanout},
		{name: "idle", help: "memory of the server with idle sockets", own: true, run: idle},
		{name: "start", help: "start to ready, with 100 000 events in the log", own: true, run: start},
		{name: "storm", help: "all sockets cut at once, under 20 events a second", run: storm},
		{name: "list", help: "signed-in readers: pages, filters, searches", own: true, run: list},
		{name: "public", help: "readers without an account: list, one hot post, 304; edits meanwhile", own: true, run: public},
		{name: "curves", help: "cost by sockets, posts and length of the log (only when named)", own: true, named: true, run: curves},
	}
}

// Describe returns the name and the description of each measurement.
func Describe() [][2]string {
	var names [][2]string
	for _, m := range measurements() {
		names = append(names, [2]string{m.name, m.help})
	}
	return names
}

// Run runs the measurements in turn and prints a table of each to Out.
func Run(ctx context.Context, cfg Config) error {
	cfg.Sockets, cfg.Rate, cfg.Rounds = cmp.Or(cfg.Sockets, 1000), cmp.Or(cfg.Rate, 50), cmp.Or(cfg.Rounds, 5)
	cfg.Posts, cfg.Curves = cmp.Or(cfg.Posts, 10_000), cfg.Curves.withDefaults()
	all := measurements()
	for _, name := range cfg.Only {
		if !slices.ContainsFunc(all, func(m measurement) bool { return m.name == name }) {
			return fmt.Errorf("there is no measurement %q", name)
		}
	}
	fmt.Fprintf(cfg.Out, "%s, %s/%s, %d cores (%s), shared with this program; %s\n\n", runtime.Version(),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), time.Now().Format(time.DateOnly))
	for _, m := range all {
		if len(cfg.Only) > 0 && !slices.Contains(cfg.Only, m.name) || len(cfg.Only) == 0 && (m.named || m.own && cfg.Remote != nil) {
			continue
		}
		if m.own && cfg.Remote != nil {
			return fmt.Errorf("%s needs its own server: omit --url", m.name)
		}
		if cfg.Compare != "" {
			if err := cfg.compare(ctx, m); err != nil {
				return fmt.Errorf("comparing %s: %w", m.name, err)
			}
			continue
		}
		rows, err := cfg.measure(ctx, m)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", m.name, err)
		}
		fmt.Fprintf(cfg.Out, "%s: %s\n", m.name, m.help)
		table := tabwriter.NewWriter(cfg.Out, 0, 0, 2, ' ', 0)
		for _, r := range rows {
			fmt.Fprintf(table, "  %s\t%s\n", r.name, r.text)
		}
		table.Flush()
		fmt.Fprintln(cfg.Out)
	}
	return nil
}

// target is the server that is measured.
type target struct {
	url       string
	socketURL string
	token     string
	sockets   int
	rate      int // changes a second
	posts     int
	sizes     Sizes
	log       io.Writer
	server    *serverproc.Server // nil: Remote
	pids      []int              // of Remote
	made      *posts
}

// measure runs m against a new server, or Remote.
func (c Config) measure(ctx context.Context, m measurement) ([]row, error) {
	t := &target{url: c.RemoteURL, socketURL: cmp.Or(c.SocketURL, c.RemoteURL), sockets: c.Sockets, rate: c.Rate, pids: c.PIDs, made: &posts{},
		posts: c.Posts, sizes: c.Curves, log: c.Log}
	if c.Remote != nil {
		token, err := c.Remote.Token(ctx, "")
		if err != nil {
			return nil, err
		}
		t.token = token
		rows, err := m.run(ctx, t)
		return rows, errors.Join(err, t.made.deleteAll(ctx, t))
	}
	dir, err := os.MkdirTemp("", "wiredesk-bench-")
	if err != nil {
		return nil, fmt.Errorf("creating a directory for the data: %w", err)
	}
	defer os.RemoveAll(dir)
	if t.server, err = serverproc.New(c.Binary, dir); err != nil {
		return nil, err
	}
	t.server.Env = c.Env
	t.url, t.socketURL = t.server.URL, t.server.URL
	if err := t.server.Start(ctx); err != nil {
		return nil, err
	}
	rows, err := m.onServer(ctx, t)
	return rows, errors.Join(err, t.server.Kill())
}

func (m measurement) onServer(ctx context.Context, t *target) ([]row, error) {
	err := t.server.Ready(ctx)
	if err != nil {
		return nil, err
	}
	if t.token, err = t.server.Login(ctx); err != nil {
		return nil, err
	}
	return m.run(ctx, t)
}

// cpu returns the CPU time of the server's processes; false: it is not known.
func (t *target) cpu() (sum time.Duration, ok bool) {
	if t.server != nil {
		return t.server.CPU()
	}
	for _, pid := range t.pids {
		used, ok := serverproc.CPUTime(pid)
		if !ok {
			return 0, false
		}
		sum += used
	}
	return sum, len(t.pids) > 0
}

// cost starts to measure the CPU time of the server. The returned function returns the time per one of n
// operations; false: it is not known.
func (t *target) cost() func(n int64) (time.Duration, bool) {
	before, ok := t.cpu()
	return func(n int64) (time.Duration, bool) {
		after, again := t.cpu()
		if !ok || !again || n == 0 {
			return 0, false
		}
		return (after - before) / time.Duration(n), true
	}
}

// processor returns the name of the CPU, "" if the system does not report it.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "unknown model"
}
