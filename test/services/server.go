package services

import (
	"bytes"
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Server is a MariaDB server of one test, which may change its settings and copy it.
type Server struct {
	URL     string // the DATABASE_URL of a database, for a user without administrative rights
	Address string

	dir     string
	options []string
	process *exec.Cmd
	output  bytes.Buffer
	root    *sql.DB
}

// databaseName is the name of the one database of each Server.
const databaseName = "wiredesk_test"

// initFile makes the user that the URL names, and an administrator.
const initFile = "CREATE DATABASE IF NOT EXISTS " + databaseName + ";\n" +
	"CREATE USER IF NOT EXISTS 'wiredesk'@'%' IDENTIFIED BY 'wiredesk-secret';\n" +
	"GRANT ALL ON `wiredesk\\_%`.* TO 'wiredesk'@'%';\n" +
	"CREATE USER IF NOT EXISTS 'admin'@'%' IDENTIFIED BY 'admin-secret';\n" +
	"GRANT ALL ON *.* TO 'admin'@'%';\n"

// NewServer starts a server with an empty database. It is stopped when the test ends. An
// option is one of mariadbd's command line.
func NewServer(t testing.TB, options ...string) *Server {
	t.Helper()
	s := newServer(t, options)
	command := exec.Command("mariadb-install-db", append(asUser(), "--datadir="+s.data(), "--skip-test-db", "--auth-root-authentication-method=socket")...)
	command.Env = s.env()
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	s.start(t)
	return s
}

// Copy starts another server with the data that s has now. s is restarted.
func (s *Server) Copy(t testing.TB, options ...string) *Server {
	t.Helper()
	other := newServer(t, options)
	s.stop(t)
	if out, err := exec.Command("cp", "-a", s.data(), other.data()).CombinedOutput(); err != nil {
		t.Fatalf("copying the data: %v\n%s", err, out)
	}
	s.start(t)
	other.start(t)
	return other
}

func newServer(t testing.TB, options []string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "wiredesk-mariadb-") // the path of a socket is limited to 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{dir: dir, options: options}
	t.Cleanup(func() {
		if s.process != nil {
			s.stop(t)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(s.init(), []byte(initFile), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
func (s *Server) init() string { return filepath.Join(s.dir, "init.sql") }

// env gives the programs a directory of their own for temporary tables: several servers that
// are made at once take each other's names.
func (s *Server) env() []string { return append(os.Environ(), "TMPDIR="+s.dir) }

// Exec runs a statement as an administrator.
func (s *Server) Exec(t testing.TB, statement string) {
	t.Helper()
	if _, err := s.root.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (s *Server) start(t testing.TB) {
	t.Helper()
	if s.Address == "" {
		s.Address = freeAddress(t)
		s.URL = "mysql://" + account + "@" + s.Address + "/" + databaseName
	}
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	args := append(asUser(), "--datadir="+s.data(), "--socket="+filepath.Join(s.dir, "socket"), "--init-file="+s.init(),
		"--pid-file="+filepath.Join(s.dir, "pid"), "--bind-address=127.0.0.1", "--port="+port, "--skip-name-resolve",
		"--character-set-server=utf8mb4", "--innodb-buffer-pool-size=32M")
	s.process = exec.Command(mariaDBProgram(), append(args, s.options...)...)
	s.process.Env = s.env()
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		t.Fatalf("starting MariaDB: %v", err)
	}
	if s.root, err = sql.Open("mysql", "admin:admin-secret@tcp("+s.Address+")/"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; <-time.After(50 * time.Millisecond) {
		err := s.root.Ping()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("MariaDB does not answer: %v\n%s", err, &s.output)
		}
	}
}

func (s *Server) stop(t testing.TB) {
	t.Helper()
	if err := s.root.Close(); err != nil {
		t.Error(err)
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("stopping MariaDB: %v", err)
	}
	killed := time.AfterFunc(20*time.Second, func() { s.process.Process.Kill() })
	defer killed.Stop()
	s.process.Wait()
	s.process = nil
}

// asUser are the first arguments of MariaDB's programs. The superuser has to be named.
func asUser() []string {
	args := []string{"--no-defaults"}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	return args
}

// mariaDBProgram is the server's path: Debian has it where only root's PATH leads.
func mariaDBProgram() string {
	if path, err := exec.LookPath("mariadbd"); err == nil {
		return path
	}
	return "/usr/sbin/mariadbd"
}

// freeAddress returns a loopback address that nothing listens at.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}
