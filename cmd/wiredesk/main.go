// Command wiredesk is the Wiredesk server and its tools in one binary. It reads the settings, builds the components from
// the packages below internal, and owns the start and the stop of the process. It holds no rule about posts, events or
// users, and no package imports it.
//
// run.go has the tree of commands; each command is in the file of its name. serve.go starts and stops the components of a
// server; services.go opens the database for the server and for the other commands.
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
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:], env{getenv: os.Getenv, environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, debug: debugSignals()}); err != nil {
		for line := range strings.Lines(err.Error()) { // one line for each wrong setting
			fmt.Fprintln(os.Stderr, "wiredesk:", strings.TrimSpace(line))
		}
		os.Exit(1)
	}
}
