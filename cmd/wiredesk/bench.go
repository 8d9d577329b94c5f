package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/bench"
)

// benchFlags are the flags of bench that are not in bench.Config.
type benchFlags struct {
	url, socketURL, pids, email string
}

func benchCommand(e env) *cobra.Command {
	var f benchFlags
	cfg := bench.Config{Out: e.stdout, Log: e.stderr}
	c := &cobra.Command{
		Use: "bench [MEASUREMENT...]", GroupID: groupServer,
		Short:             "Measure a server",
		Long:              benchLong(),
		ValidArgsFunction: cobra.FixedCompletions(measurementNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			cfg.Only = args
			return e.bench(c.Context(), f, cfg)
		},
	}
	flags := c.Flags()
	flags.Var(newRange(&cfg.Sockets, 1000, 1, 10_000), "sockets", "number of sockets of fanout, idle and storm: 1 to 10000")
	flags.Var(newRange(&cfg.Rate, 50, 1, 1000), "rate", "changes per second of latency: 1 to 1000")
	flags.Var(newRange(&cfg.Posts, 10_000, 100, 1_000_000), "posts", "number of posts of list and public: 100 to 1000000")
	flags.Var(newRange(&cfg.Rounds, 5, 1, 100), "rounds", "runs of each build with --compare: 1 to 100")
	flags.Func("curve-sockets", "numbers of `sockets` of curves, such as 1000,10000 (default: sizes that take a few minutes)", sizesFlag(&cfg.Curves.Sockets, 1, 50_000))
	flags.Func("curve-posts", "numbers of `posts` of curves", sizesFlag(&cfg.Curves.Posts, 100, 10_000_000))
	flags.Func("curve-log", "numbers of `events` of curves", sizesFlag(&cfg.Curves.Log, 100, 10_000_000))
	flags.StringVar(&cfg.Compare, "compare", "", "run this `binary` and the present one in turn, and print ratios")
	flags.StringVar(&f.url, "url", "", "measure this running server; it gets posts, which are deleted afterwards (needs --email)")
	flags.StringVar(&f.socketURL, "socket-url", "", "the `node` that the sockets connect to; --url gets the writes")
	flags.StringVar(&f.pids, "pid", "", "process ids of the server on this machine, separated by commas, to measure its CPU time")
	emailFlag(flags, &f.email)
	return c
}

func benchLong() string {
	var b strings.Builder
	b.WriteString("Measure servers that the command starts with temporary data, or with --url a running server that has no\nother users meanwhile. Without names it runs all measurements:\n\n")
	for _, m := range bench.Describe() {
		fmt.Fprintf(&b, "  %-8s  %s\n", m[0], m[1])
	}
	return strings.TrimRight(b.String(), "\n")
}

func measurementNames() (names []cobra.Completion) {
	for _, m := range bench.Describe() {
		names = append(names, cobra.CompletionWithDesc(m[0], m[1]))
	}
	return names
}

// emailFlag defines --email for commands that sign in to a server.
func emailFlag(flags *pflag.FlagSet, email *string) {
	flags.StringVar(email, "email", "", "sign in as this user; the password is WIREDESK_PASSWORD, or read from the terminal")
}

func (e env) bench(ctx context.Context, f benchFlags, cfg bench.Config) (err error) {
	if cfg.Compare != "" && f.url != "" {
		return errors.New("--compare starts servers of both builds: remove --url")
	}
	if f.socketURL != "" && (f.url == "" || !strings.HasPrefix(f.socketURL, "http://")) {
		return fmt.Errorf("--socket-url=%s must be the http:// address of a node of the server in --url", f.socketURL)
	}
	if cfg.Binary, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if f.url != "" {
		c := client.New(f.url)
		defer c.Close()
		if err := e.login(ctx, c, f.email); err != nil {
			return err
		}
		defer e.logout(ctx, c.Logout)
		cfg.Remote, cfg.RemoteURL, cfg.SocketURL = c, strings.TrimRight(f.url, "/"), strings.TrimRight(f.socketURL, "/")
		if cfg.PIDs, err = processes(f.pids); err != nil {
			return err
		}
	}
	return bench.Run(ctx, cfg)
}

// rangeValue is a flag for a whole number from least to most.
type rangeValue struct {
	n           *int
	least, most int
}

// newRange sets n to value and returns its flag.
func newRange(n *int, value, least, most int) *rangeValue {
	*n = value
	return &rangeValue{n, least, most}
}

func (v *rangeValue) String() string { return strconv.Itoa(*v.n) }
func (v *rangeValue) Type() string   { return "int" }

func (v *rangeValue) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < v.least || n > v.most {
		return fmt.Errorf("must be a whole number from %d to %d", v.least, v.most)
	}
	*v.n = n
	return nil
}

// sizesFlag parses a list of numbers, each from lowest to highest, into sizes.
func sizesFlag(sizes *[]int, lowest, highest int) func(string) error {
	return func(list string) error {
		*sizes = nil
		for field := range strings.SplitSeq(list, ",") {
			n, err := strconv.Atoi(field)
			if err != nil || n < lowest || n > highest {
				return fmt.Errorf("%q is not a number from %d to %d", field, lowest, highest)
			}
			*sizes = append(*sizes, n)
		}
		return nil
	}
}

func processes(list string) (pids []int, err error) {
	for field := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' }) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("--pid=%s is not a list of numbers; for example --pid=4711,4712", list)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}
