// Command wiredesk is the blog desk: the server and its tools in one binary. It wires
// the parts together and owns the life of the process; nothing imports it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the stop in order
	if err := run(ctx, os.Args[1:], env{getenv: os.Getenv, environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, debug: debugSignals()}); err != nil {
		for line := range strings.Lines(err.Error()) { // one for each setting that is wrong
			fmt.Fprintln(os.Stderr, "wiredesk:", strings.TrimSpace(line))
		}
		os.Exit(1)
	}
}
