package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
)

// env is what the process was given.
type env struct {
	getenv         func(string) string
	environ        []string // "NAME=value", for warnings about names that are no setting
	stdin          io.Reader
	stdout, stderr io.Writer
	debug          <-chan os.Signal // each one switches the debug lines of serve on or off; nil: none comes
}

// verb is one thing that the binary does.
type verb struct {
	name, usage, help string
	run               func(ctx context.Context, e env, args []string) error
}

func verbs() []verb {
	return []verb{
		{"serve", "", "run the desk", runServe},
		{"migrate", "", "bring the database to this version, and stop", runMigrate},
		{"user", "add|list|passwd|role|disable|enable", "keep the accounts", runUser},
		{"import", "DIR", "bring in Markdown files as posts", runImport},
		{"export", "DIR", "write the posts as Markdown files", runExport},
		{"tail", "", "print events as they happen", runTail},
		{"verify", "", "prove that nothing was lost, and repair the topic", runVerify},
		{"index", "[--rebuild]", "bring the search index up to date, or build it again", runIndex},
		{"redact", "", "remove a text from the history and the topic", runRedact},
		{"bench", "[NAME ...]", "measure a server", runBench},
		{"health", "", "ask the server on this machine whether it is ready", runHealth},
		{"version", "", "print the version", runVersion},
	}
}

// errUsage is returned after the usage was printed: there is nothing to add.
var errUsage = errors.New("see 'wiredesk --help'")

// run does what args say. It returns when that is done, or soon after ctx is cancelled.
func run(ctx context.Context, args []string, e env) error {
	if len(args) == 0 || slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		printUsage(e.stdout)
		return nil
	}
	all := verbs()
	i := slices.IndexFunc(all, func(v verb) bool { return v.name == args[0] })
	if i < 0 {
		return fmt.Errorf("there is no verb %q; %w", args[0], errUsage)
	}
	err := all[i].run(ctx, e, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "Wiredesk, the real-time blog desk.\n\nUsage: wiredesk VERB [flags] [arguments]\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range verbs() {
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace(v.name+" "+v.usage), v.help)
	}
	t.Flush()
	fmt.Fprint(w, "\nEach verb explains its flags with -h. The settings come from the environment, or from\na .env file in the working directory or beside the binary; .env.example lists all.\n")
}

// flags returns the flag set of a verb, which prints its help to stderr.
func (e env) flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(e.stderr)
	f.Usage = func() {
		fmt.Fprintf(e.stderr, "Usage: wiredesk %s\n", strings.TrimSpace(name+" "+usage))
		f.PrintDefaults()
	}
	return f
}

// parseFlags is for verbs that take flags only.
func parseFlags(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%s takes no argument %q; 'wiredesk %s -h' lists its flags", f.Name(), f.Arg(0), f.Name())
	}
	return nil
}

func runVersion(_ context.Context, e env, args []string) error {
	if err := parseFlags(e.flags("version", ""), args); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "wiredesk", version())
	return err
}

// release is set by the linker where there is no repository to take the version from.
var release string

// version is the module's, or the commit that the binary was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
