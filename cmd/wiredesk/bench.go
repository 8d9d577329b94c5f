package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/bench"
)

func benchUsage() string {
	var b strings.Builder
	b.WriteString("[MEASUREMENT…]\n\nMeasures servers that it starts with data of their own, which it throws away, or with\n--url a running one that nobody else should be using meanwhile. Without names: all of\n\n")
	for _, m := range bench.Describe() {
		fmt.Fprintf(&b, "  %-8s  %s\n", m[0], m[1])
	}
	return b.String() + "\n"
}

func runBench(ctx context.Context, e env, args []string) error {
	f := e.flags("bench", benchUsage())
	sockets := f.Int("sockets", 1000, "size of the `crowd`: 1 to 10000")
	rate := f.Int("rate", 50, "changes a second of latency: 1 to 1000")
	posts := f.Int("posts", 10_000, "posts of list and public: 100 to 1000000")
	sizes := bench.Sizes{}
	f.Func("curve-sockets", "sizes for curves, such as `1000,10000`; without any of these flags: those of a few minutes", sizesFlag(&sizes.Sockets, 1, 50_000))
	f.Func("curve-posts", "numbers of `posts` for curves", sizesFlag(&sizes.Posts, 100, 10_000_000))
	f.Func("curve-log", "numbers of `events` for curves", sizesFlag(&sizes.Log, 100, 10_000_000))
	compare := f.String("compare", "", "run both builds in turn, this `binary` as the old one, and print ratios")
	rounds := f.Int("rounds", 5, "runs of each build with --compare: 1 to 100")
	url := f.String("url", "", "measure this running server; it gets posts, which are deleted again (needs --email)")
	socketURL := f.String("socket-url", "", "the `node` that the sockets connect to, with --url for the writes")
	pids := f.String("pid", "", "the server's processes on this machine, with commas between, to tell its CPU")
	email := f.String("email", "", "sign in as this user (password from WIREDESK_PASSWORD, or asked for)")
	only, err := parseMixed(f.Parse, f.Args, args)
	if err != nil {
		return err
	}
	if *sockets < 1 || *sockets > 10_000 {
		return fmt.Errorf("--sockets=%d must be from 1 to 10000", *sockets)
	}
	if *rate < 1 || *rate > 1000 {
		return fmt.Errorf("--rate=%d must be from 1 to 1000", *rate)
	}
	if *rounds < 1 || *rounds > 100 {
		return fmt.Errorf("--rounds=%d must be from 1 to 100", *rounds)
	}
	if *posts < 100 || *posts > 1_000_000 {
		return fmt.Errorf("--posts=%d must be from 100 to 1000000", *posts)
	}
	if *compare != "" && *url != "" {
		return errors.New("--compare starts servers of both builds: leave out --url")
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if *socketURL != "" && (*url == "" || !strings.HasPrefix(*socketURL, "http://")) {
		return fmt.Errorf("--socket-url=%s must be the http:// address of a node of the server in --url", *socketURL)
	}
	cfg := bench.Config{Binary: binary, Sockets: *sockets, Rate: *rate, Only: only, Out: e.stdout, Compare: *compare, Rounds: *rounds,
		Posts: *posts, Curves: sizes, Log: e.stderr}
	if *url != "" {
		c := client.New(*url)
		defer c.Close()
		if err := e.login(ctx, c, *email); err != nil {
			return err
		}
		defer e.logout(ctx, c.Logout)
		cfg.Remote, cfg.RemoteURL, cfg.SocketURL = c, strings.TrimRight(*url, "/"), strings.TrimRight(*socketURL, "/")
		if cfg.PIDs, err = processes(*pids); err != nil {
			return err
		}
	}
	return bench.Run(ctx, cfg)
}

// sizesFlag parses a list of numbers, each from lowest to highest, into sizes.
func sizesFlag(sizes *[]int, lowest, highest int) func(string) error {
	return func(list string) error {
		*sizes = nil
		for field := range strings.SplitSeq(list, ",") {
			n, err := strconv.Atoi(field)
			if err != nil || n < lowest || n > highest {
				return fmt.Errorf("%q is no number from %d to %d", field, lowest, highest)
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
