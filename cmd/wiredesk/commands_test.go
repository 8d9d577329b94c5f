package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// commands returns all commands below the root, with those that cobra adds.
func commands(t *testing.T, e env) (all []*cobra.Command) {
	t.Helper()
	root := rootCommand(e)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	var add func(*cobra.Command)
	add = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			all = append(all, sub)
			add(sub)
		}
	}
	add(root)
	return all
}

// path returns the words of a command after the program's name.
func path(c *cobra.Command) []string { return strings.Fields(c.CommandPath())[1:] }

func TestRun_help(t *testing.T) {
	for _, c := range commands(t, env{}) {
		e, out, _ := tool("", nil)
		testkit.Must(t, run(t.Context(), append(path(c.Parent()), "--help"), e))
		if want := "\n  " + c.Name(); !strings.Contains(out.String(), want) || !strings.Contains(out.String(), c.Short) || c.Short == "" {
			t.Errorf("the help of %s lacks %s:\n%s", c.Parent().CommandPath(), c.Name(), out)
		}
		for _, flag := range []string{"-h", "--help", "-help"} {
			e, out, log := tool("", map[string]string{"DATA_DIR": t.TempDir()})
			if err := run(t.Context(), append(path(c), flag), e); err != nil || !strings.Contains(out.String(), "\nUsage:\n  "+c.CommandPath()) || log.String() != "" {
				t.Errorf("%s %s: %v\n%s%s", c.CommandPath(), flag, err, out, log)
			}
		}
	}
}

// A completion offers each command and each flag; one of a flag's or argument's values where these are known.
func TestCompletion_offersCommandsAndFlags(t *testing.T) {
	offered := func(args ...string) string {
		t.Helper()
		e, out, _ := tool("", nil)
		testkit.Must(t, run(t.Context(), append([]string{"__complete"}, args...), e))
		return "\n" + out.String()
	}
	for _, c := range commands(t, env{}) {
		if !strings.Contains(offered(append(path(c.Parent()), "")...), "\n"+c.Name()+"\t"+c.Short) {
			t.Errorf("%s is not completed", c.CommandPath())
		}
		flags := offered(append(path(c), "--")...)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(flags, "\n--"+f.Name+"\t") && !strings.Contains(flags, "\n--"+f.Name+"=\t") {
				t.Errorf("%s --%s is not completed:%s", c.CommandPath(), f.Name, flags)
			}
		})
	}
	const files, dirs, none = ":0\n", ":16\n", ":4\n" // the directive to the shell
	for _, c := range []struct {
		args string
		want []string
	}{
		{"user add ana@desk.test --role ", []string{"\nadmin\n", "\neditor\n", "\nviewer\n", none}},
		{"user role ana@desk.test ", []string{"\nadmin\n", "\neditor\n", "\nviewer\n", none}},
		{"user role ", []string{none}},
		{"bench ", []string{"\nlatency\t", "\ncurves\t", none}},
		{"import ", []string{dirs}},
		{"export dir ", []string{none}},
		{"bench --compare ", []string{files}},
		{"serve ", []string{none}},
	} {
		got := offered(strings.Split(c.args, " ")...)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%q offers%swant %q", c.args, got, want)
			}
		}
	}
}

// The scripts of all shells are complete programs; those whose shell is installed are parsed by it.
func TestCompletion_scripts(t *testing.T) {
	for shell, want := range map[string]string{"bash": "complete -o default", "zsh": "#compdef wiredesk", "fish": "complete -c wiredesk", "powershell": "Register-ArgumentCompleter"} {
		e, out, _ := tool("", nil)
		testkit.Must(t, run(t.Context(), []string{"completion", shell}, e))
		if !strings.Contains(out.String(), want) {
			t.Errorf("the script of %s lacks %q", shell, want)
		}
		program, err := exec.LookPath(shell)
		if err != nil || shell == "powershell" {
			continue
		}
		script := filepath.Join(t.TempDir(), "script")
		testkit.Must(t, os.WriteFile(script, []byte(out.String()), 0o600))
		if text, err := exec.CommandContext(t.Context(), program, "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v\n%s", shell, err, text)
		}
	}
}

// There is a manual page for each command, with its usage and all its flags.
func TestMan_hasAllCommandsAndFlags(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	t.Setenv("SOURCE_DATE_EPOCH", "1000000000")
	e, _, _ := tool("", nil)
	testkit.Must(t, run(t.Context(), []string{"man", dir}, e))
	plain := strings.NewReplacer(`\-`, "-", `\&`, "", `\fB`, "", `\fP`, "", `\fI`, "", `\fR`, "")
	for _, c := range append(commands(t, e), rootCommand(e)) {
		if c.Name() == "help" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		testkit.Must(t, err)
		page := plain.Replace(string(text))
		if !strings.Contains(page, c.Short) || !strings.Contains(page, "Sep 2001") || !strings.Contains(page, c.UseLine()) && c.Runnable() {
			t.Errorf("the page of %s is incomplete:\n%s", c.CommandPath(), page)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(page, "--"+f.Name) {
				t.Errorf("the page of %s lacks --%s", c.CommandPath(), f.Name)
			}
		})
	}
}
