// Mutate applies wrong changes to a copy of this repository, one at a time, and reports which
// tests fail with each: a change that none of its tests notices is a gap in the tests. It ends
// with 1 if there is one, or if the text that a change replaces is not there any more.
//
//	mutate [-root DIR] [-suites unit,crash,cluster] [-cluster ARGS] [-only m03,m14] [-output DIR] [-unchanged]
//
// The cluster test stops and kills the services of make services.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	root := flag.String("root", "..", "the repository")
	faults := flag.String("cluster", "-for=45s", "the arguments of the cluster test, with commas between")
	suites := flag.String("suites", "unit", "unit, crash and cluster, with commas between")
	only := flag.String("only", "", "the names of some mutations, with commas between")
	output := flag.String("output", "", "a directory for what each run of a test prints, in a file for each mutation and package; empty: not kept")
	unchanged := flag.Bool("unchanged", false, "run the same tests without any mutation: all of them must pass")
	flag.Parse()
	tree := tree{suites: strings.Split(*suites, ","), faults: strings.Split(*faults, ","), output: *output, unchanged: *unchanged}
	if err := tree.run(*root, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// run applies the mutations with the names in only, or all of them, to a copy of root.
func (t tree) run(root string, only []string) error {
	dir, err := os.MkdirTemp("", "wiredesk-mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := copyTree(root, dir); err != nil {
		return fmt.Errorf("copying the repository: %w", err)
	}
	t.dir = dir
	fmt.Println("| mutation | unit | crash | cluster |\n| --- | --- | --- | --- |")
	var failures []error
	for _, m := range mutations {
		if len(only) > 0 && !slices.Contains(only, m.name) {
			continue
		}
		if err := t.try(m); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", m.name, err))
		}
	}
	return errors.Join(failures...)
}

// tree is the copy that mutations are applied to.
type tree struct {
	dir       string
	suites    []string
	faults    []string // the arguments of the cluster test
	output    string   // the directory for the output of the tests; empty: not kept
	unchanged bool     // apply no mutation
}

// outcome is the result of the tests of one suite.
type outcome struct {
	text   string
	caught bool
}

// try applies one mutation, runs its tests and takes it back. The error names a suite that
// does not notice it.
func (t tree) try(m mutation) error {
	path := filepath.Join(t.dir, m.file)
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := bytes.Count(source, []byte(m.find)); n != 1 {
		return fmt.Errorf("%s has the text %q %d times, want once: bring the mutation up to date", m.file, m.find, n)
	}
	if !t.unchanged {
		defer os.WriteFile(path, source, 0o600)
		if err := os.WriteFile(path, withImports(bytes.Replace(source, []byte(m.find), []byte(m.replace), 1)), 0o600); err != nil {
			return err
		}
	}
	if out, err := t.command("go", "vet", "./"+filepath.Dir(m.file)).CombinedOutput(); err != nil {
		return fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	var failures []error
	cells := []string{m.name + " " + m.what}
	for _, suite := range []struct {
		name  string
		wants bool
		run   func() outcome
	}{
		{"unit", true, func() outcome { return t.unit(m) }},
		{"crash", m.crash, func() outcome { return t.test(m, "./test/crash", "", "-rounds=10") }},
		{"cluster", m.cluster, func() outcome {
			return t.test(m, "./test/cluster", "TestCluster_survivesFaults|TestHotPosts", t.faults...)
		}},
	} {
		if !suite.wants || !slices.Contains(t.suites, suite.name) {
			cells = append(cells, "–")
			continue
		}
		got := suite.run()
		cells = append(cells, got.text)
		if got.caught == t.unchanged {
			failures = append(failures, fmt.Errorf("the %s tests: %s", suite.name, got.text))
		}
	}
	fmt.Printf("| %s |\n", strings.Join(cells, " | "))
	return errors.Join(failures...)
}

// unit runs the unit tests of m until one fails.
func (t tree) unit(m mutation) outcome {
	last := outcome{text: "no test"}
	for _, u := range m.unit {
		if last = t.test(m, u.pkg, u.run); last.caught {
			break
		}
	}
	return last
}

var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// test runs the tests of a package and names the first that fails.
func (t tree) test(m mutation, pkg, pattern string, args ...string) outcome {
	command := []string{"test", "-count=1", "-failfast", "-timeout=20m", "-run=" + pattern, pkg}
	if len(args) > 0 {
		command = append(append(command, "-args"), args...)
	}
	began := time.Now()
	out, err := t.command("go", command...).CombinedOutput()
	took := time.Since(began).Round(time.Second)
	if t.output != "" {
		if err := os.WriteFile(filepath.Join(t.output, m.name+"-"+filepath.Base(pkg)+".txt"), out, 0o600); err != nil {
			fmt.Fprintln(os.Stderr, "mutate: keeping the output:", err)
		}
	}
	switch names := failedTest.FindAllSubmatch(out, -1); {
	case err == nil && bytes.Contains(out, []byte("no tests to run")):
		return outcome{text: "NO TEST named " + pattern}
	case err == nil:
		return outcome{text: fmt.Sprintf("NOT CAUGHT after %v", took)}
	case len(names) == 0:
		return outcome{text: fmt.Sprintf("the process ended after %v", took), caught: true} // a panic, or a time-out
	default:
		name := names[0][1]
		if i := slices.IndexFunc(names, func(n [][]byte) bool { return bytes.HasPrefix(n[1], append(name, '/')) }); i > 0 {
			name = names[i][1] // a part of it
		}
		return outcome{text: fmt.Sprintf("`%s`, %v", name, took), caught: true}
	}
}

func (t tree) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = t.dir
	return c
}

// withImports adds the import of regexp to a mutated source that needs it.
func withImports(source []byte) []byte {
	if !bytes.Contains(source, []byte("regexp.")) || bytes.Contains(source, []byte("\t\"regexp\"")) {
		return source
	}
	return bytes.Replace(source, []byte("import (\n"), []byte("import (\n\t\"regexp\"\n"), 1)
}

// copyTree copies what Git knows of a repository, the dashboard's build and the state of the
// services, which is shared.
func copyTree(root, dir string) error {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names), "\x00"), "\x00") {
		if err := copyFile(filepath.Join(root, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	dist := filepath.Join("web", "dist")
	err = filepath.WalkDir(filepath.Join(root, dist), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return copyFile(path, filepath.Join(dir, name))
	})
	if err != nil {
		return err
	}
	services, err := filepath.EvalSymlinks(filepath.Join(root, ".services"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		services, err = filepath.Abs(services)
	}
	if err != nil {
		return err
	}
	return os.Symlink(services, filepath.Join(dir, ".services"))
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
