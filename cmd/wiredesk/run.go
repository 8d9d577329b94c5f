package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// env is the environment of the process. Tests replace it.
type env struct {
	getenv         func(string) string
	environ        []string // "NAME=value", for warnings about unknown settings
	stdin          io.Reader
	stdout, stderr io.Writer
	debug          <-chan os.Signal // each signal switches the debug lines of serve on or off; nil: no signal arrives
}

// run executes the command that args name. It returns when the command has ended, or soon after ctx is cancelled.
func run(ctx context.Context, args []string, e env) error {
	root := rootCommand(e)
	root.SetArgs(doubleDashes(root, args))
	return root.ExecuteContext(ctx)
}

// rootCommand returns the command line: its help, shell completions and manual pages are made from this tree.
func rootCommand(e env) *cobra.Command {
	cobra.MousetrapHelpText = "" // on Windows, wiredesk may be started by a shortcut
	root := withSubcommands(&cobra.Command{
		Use:   "wiredesk",
		Short: "Wiredesk, a real-time CMS for a blog",
		Long: `Wiredesk, a real-time CMS for a blog: the server and its tools.

The settings are environment variables, or lines of a .env file in the working directory or beside
the binary; .env.example lists all.`,
		Version:           version(),
		SilenceErrors:     true, // main prints them
		SilenceUsage:      true,
		DisableAutoGenTag: true, // no date in the manual pages
	})
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError(c, err) })
	root.AddGroup(&cobra.Group{ID: groupServer, Title: "Server:"}, &cobra.Group{ID: groupData, Title: "Posts, users and events:"})
	root.AddCommand(serveCommand(e), migrateCommand(e), healthCommand(e), benchCommand(e))
	root.AddCommand(userCommand(e), importCommand(e), exportCommand(e), tailCommand(e), verifyCommand(e), indexCommand(e), redactCommand(e))
	root.AddCommand(versionCommand(e), manCommand(e))
	return root
}

// The groups of commands in the help.
const (
	groupServer = "server"
	groupData   = "data"
)

var singleDash = regexp.MustCompile(`^-[a-z][a-z-]+(=|$)`)

// doubleDashes turns -name into --name, as earlier releases took both forms. It does not change an argument that is the value of
// the flag before it.
func doubleDashes(root *cobra.Command, args []string) []string {
	takesValue := valueFlags(root)
	long := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(long[i:], args[i:])
			break
		}
		long[i] = arg
		isValue := i > 0 && strings.HasPrefix(args[i-1], "-") && takesValue[strings.TrimLeft(args[i-1], "-")]
		if singleDash.MatchString(arg) && !isValue {
			long[i] = "-" + arg
		}
	}
	return long
}

// valueFlags returns the names of the flags of c and its subcommands that take a value.
func valueFlags(c *cobra.Command) map[string]bool {
	names := map[string]bool{}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.NoOptDefVal == "" {
			names[f.Name] = true
		}
	})
	for _, sub := range c.Commands() {
		maps.Copy(names, valueFlags(sub))
	}
	return names
}

// withSubcommands makes c print its help when no command follows, and an error when an unknown one does.
func withSubcommands(c *cobra.Command) *cobra.Command {
	c.SuggestionsMinimumDistance = 2
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		problem := fmt.Sprintf("unknown command %q", args[0])
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			problem += fmt.Sprintf(" (did you mean %q?)", near[0])
		}
		return usageError(c, errors.New(problem))
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return c
}

// usageError returns err with the command whose help explains the usage.
func usageError(c *cobra.Command, err error) error {
	return fmt.Errorf("%w; see '%s --help'", err, c.CommandPath())
}

// arguments returns the check that a command got one argument for each of names.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == len(names):
			return nil
		case len(args) > len(names):
			return usageError(c, fmt.Errorf("unexpected argument %q", args[len(names)]))
		}
		return usageError(c, fmt.Errorf("missing argument %s", strings.Join(names[len(args):], " ")))
	}
}

// completeDir completes the argument DIR.
func completeDir(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func versionCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.stdout, "wiredesk", version())
			return err
		},
	}
}

// release is set by the linker where there is no repository to take the version from.
var release string

// version returns the module's version, or the commit that the binary was built from.
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
