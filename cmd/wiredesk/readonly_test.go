package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// inProtectedDir is the variable with the directory for TestReaders_inProtectedDir.
const inProtectedDir = "WIREDESK_TEST_PROTECTED_DIR"

// TestReaders_writeProtected: verify and export read a data directory in which they can change
// nothing: of a server that was stopped, of one that was killed, and a backup without a topic.
func TestReaders_writeProtected(t *testing.T) {
	if runtime.GOOS == "windows" { // its directories have no permissions of this kind
		return
	}
	original := t.TempDir()
	p := boot(t, original, map[string]string{"ADMIN_PASSWORD": testWord})
	token := p.signIn("admin@localhost", testWord)
	for n := range 5 {
		p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":"Post %d"}`, n))
	}
	testkit.Eventually(t, "all is published", func() bool { return p.metric(`wiredesk_relay_waiting_events\{\S+\}`) == 0 })
	killed := copyOf(t, original) // with -wal and -shm
	withoutIndex := copyOf(t, original)
	testkit.Must(t, os.Remove(filepath.Join(withoutIndex, "wiredesk.db-shm")))
	p.stop()
	stopped, backup := copyOf(t, original), copyOf(t, original)
	testkit.Must(t, os.RemoveAll(filepath.Join(backup, "kafka")))
	testkit.Must(t, os.Remove(filepath.Join(backup, "jwt-secret")))
	for name, dir := range map[string]string{"stopped": stopped, "killed": killed, "backup": backup, "without an index": withoutIndex} {
		t.Run(name, func(t *testing.T) { runProtected(t, dir, name) })
	}
}

// copyOf copies a directory to where each user may read it.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to, err := os.MkdirTemp("", "wiredesk-protected-")
	testkit.Must(t, err)
	t.Cleanup(func() {
		testkit.Must(t, chmod(to, 0o700, 0o600))
		testkit.Must(t, os.RemoveAll(to))
	})
	testkit.Must(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// chmod sets the permissions of all directories and files below dir.
func chmod(dir string, dirs, files os.FileMode) error {
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, dirs)
		}
		return os.Chmod(path, files)
	})
}

// runProtected runs TestReaders_inProtectedDir with dir, in a process of another user if this one is root's: modes do not
// bind root.
func runProtected(t *testing.T, dir, name string) {
	t.Helper()
	program, err := os.Executable()
	testkit.Must(t, err)
	home, err := os.MkdirTemp("", "wiredesk-reader-")
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, os.RemoveAll(home)) })
	copied := filepath.Join(home, "wiredesk.test")
	testkit.Must(t, copyFile(program, copied))
	testkit.Must(t, os.MkdirAll(filepath.Join(home, "test", "services", "services"), 0o755)) // package services looks for it
	testkit.Must(t, os.Chmod(home, 0o777))
	testkit.Must(t, chmod(dir, 0o555, 0o444))
	cmd := exec.Command(copied, "-test.run=^TestReaders_inProtectedDir$", "-test.count=1")
	cmd.Dir = home
	cmd.Env = []string{inProtectedDir + "=" + dir, "WIREDESK_TEST_CASE=" + name, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH")}
	asOrdinaryUser(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if entries, err := filepath.Glob(filepath.Join(home, "*kafka*")); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Close()
}

// TestReaders_inProtectedDir is the part of TestReaders_writeProtected that runs in a process of its own.
func TestReaders_inProtectedDir(t *testing.T) {
	dir := os.Getenv(inProtectedDir)
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "probe"), nil, 0o600); err == nil {
		t.Fatal("the directory is not protected")
	}
	settings := map[string]string{"DATA_DIR": dir}
	const whole = "log    ok      from 1 to 5, events: 5\n"
	export := func() (out *testkit.LogBuffer, err error) {
		e, out, _ := tool("", settings)
		return out, run(t.Context(), []string{"export", t.TempDir()}, e)
	}
	switch os.Getenv("WIREDESK_TEST_CASE") {
	case "without an index":
		proves(t, settings, "--no-topic", "copy the file, with the -wal and -shm files beside it, to one that can")
		return
	case "backup":
		proves(t, settings, "", "--no-topic checks the database alone")
	default:
		proves(t, settings, "", "", whole, "records: 5, events: 5", "\nverified: ")
		proves(t, settings, "--repair", "permission denied")
	}
	proves(t, settings, "--no-topic", "", whole, "\nverified: the log and the posts agree; the topic was not read\n")
	if out, err := export(); err != nil || !strings.Contains(out.String(), "written  5\n") {
		t.Errorf("export: %v\n%s", err, out)
	}
	e, _, _ := tool("", settings)
	if err := run(t.Context(), []string{"user", "list"}, e); err == nil {
		t.Error("a command that may write opened the database")
	}
}

// TestReaders_readOnlyServer: verify and export read a MariaDB server that takes no changes.
func TestReaders_readOnlyServer(t *testing.T) {
	if !testservices.Running() {
		return
	}
	server, dir := testservices.NewServer(t), t.TempDir()
	settings := map[string]string{"DATABASE_URL": server.URL, "DATA_DIR": dir, "ADMIN_PASSWORD": testWord}
	p := boot(t, dir, settings)
	p.want(201, p.signIn("admin@localhost", testWord), "POST /api/posts", `{"title":"x"}`)
	p.stop()
	server.Exec(t, "SET GLOBAL read_only = 1")
	proves(t, settings, "", "", "log    ok      from 1 to 1, events: 1\n", "\nverified: ")
	e, out, log := tool("", settings)
	if err := run(t.Context(), []string{"export", t.TempDir()}, e); err != nil || !strings.Contains(out.String(), "written  1\n") {
		t.Errorf("export: %v\n%s%s", err, out, log)
	}
}
