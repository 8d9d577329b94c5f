// Package serverproc starts, signals and kills wiredesk processes, each with a data directory and ports of its own, for measurements
// and tests of whole servers. It reads the CPU time and the memory of a process where Linux has /proc. It sends no requests but
// a login and the probes of readiness.
package serverproc

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/wiredesk/wiredesk/client"
)

// Admin is the account that a Server has from its first start.
const Admin = "admin@localhost"

// Server is a wiredesk process with a data directory and ports of its own. It can be started
// again after it has ended. Its methods are for one goroutine.
type Server struct {
	URL      string
	Kafka    string // host:port of its broker
	Dir      string // holds the data and a copy of the binary
	Password string // of Admin
	// Env is added to the environment of the process at each start. A later NAME=value overrides an earlier one.
	Env []string

	binary string
	ports  [2]string
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended
	log    lastBytes
}

// New returns a server in dir, which must exist. It copies the binary there: a
// server reads the .env file beside its binary, which may be that of a real installation.
func New(binary, dir string) (*Server, error) {
	s := &Server{Dir: dir, Password: rand.Text(), binary: filepath.Join(dir, "wiredesk-under-test")}
	if err := copyFile(s.binary, binary); err != nil {
		return s, fmt.Errorf("copying the binary: %w", err)
	}
	for i := range s.ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return s, fmt.Errorf("finding a free port: %w", err)
		}
		defer l.Close() // after both are found, so that they differ
		_, s.ports[i], _ = net.SplitHostPort(l.Addr().String())
	}
	s.URL, s.Kafka = "http://127.0.0.1:"+s.ports[0], "127.0.0.1:"+s.ports[1]
	return s, nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// DataDir returns the data directory of the server.
func (s *Server) DataDir() string { return filepath.Join(s.Dir, "data") }

// Verify runs 'wiredesk verify' with the settings of the last Start, and returns its output.
func (s *Server) Verify(ctx context.Context) (report string, err error) {
	cmd := exec.CommandContext(ctx, s.binary, "verify")
	cmd.Dir, cmd.Env = s.cmd.Dir, s.cmd.Env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("wiredesk verify: %w", err)
	}
	return string(out), nil
}

// Start starts the process and returns before it is ready. The end of ctx kills it.
func (s *Server) Start(ctx context.Context) error {
	s.cmd = exec.CommandContext(ctx, s.binary, "serve")
	s.cmd.Dir = s.Dir
	s.cmd.Env = []string{"PORT=" + s.ports[0], "KAFKA_EMBEDDED_LISTEN=" + s.Kafka, "DATA_DIR=" + s.DataDir(),
		"ADMIN_EMAIL=" + Admin, "ADMIN_PASSWORD=" + s.Password, "LOG_LEVEL=warn", "PATH=" + os.Getenv("PATH")}
	s.cmd.Env = append(s.cmd.Env, s.Env...)
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, &s.log
	s.cmd.WaitDelay = time.Second
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	cmd, exited := s.cmd, make(chan struct{})
	s.exited = exited
	go func() { // Kill and Stop wait for it
		defer close(exited)
		_ = cmd.Wait() // the log has the reason of its end
	}()
	return nil
}

// Ready waits until /readyz answers 200.
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	probe := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	ready := false
	err := Poll(ctx, 5*time.Millisecond, func() bool {
		res, err := probe.Get(s.URL + "/readyz")
		if err == nil {
			res.Body.Close()
			ready = res.StatusCode == http.StatusOK
		}
		return ready || s.ended()
	})
	if !ready && err == nil {
		err = errors.New("it has ended")
	}
	if err != nil {
		return fmt.Errorf("waiting for the server: %w; its log ends with:\n%s", err, s.Log())
	}
	return nil
}

func (s *Server) ended() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

// Login returns an access token of Admin.
func (s *Server) Login(ctx context.Context) (string, error) {
	c := client.New(s.URL)
	defer c.Close()
	if err := c.Login(ctx, Admin, s.Password); err != nil {
		return "", err
	}
	return c.Token(ctx, "")
}

// Kill sends SIGKILL and waits for the end of the process.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop sends SIGTERM and waits for the end of the process.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

func (s *Server) end(signal os.Signal) error {
	if s.exited == nil || s.ended() {
		return nil
	}
	if err := s.Signal(signal); err != nil {
		return err
	}
	<-s.exited
	return nil
}

// Signal sends the process a signal, such as SIGSTOP, and does not wait for its effect.
func (s *Server) Signal(signal os.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending the server %v: %w", signal, err)
	}
	return nil
}

// Log returns the last 16 KiB of the server log, over all starts.
func (s *Server) Log() string { return s.log.String() }

// CPU returns the CPU time that the process has used; false on a system without /proc.
func (s *Server) CPU() (time.Duration, bool) { return CPUTime(s.cmd.Process.Pid) }

// CPUTime returns the CPU time that a process has used, user and system, in steps of 10 ms; false on a system without /proc.
func CPUTime(pid int) (time.Duration, bool) {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th field after it.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return 0, false
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, err == nil && err2 == nil
}

// Memory returns the resident bytes of the process; false on a system without /proc.
func (s *Server) Memory() (int64, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

// lastBytes is a writer that keeps the last 16 KiB.
type lastBytes struct {
	mu sync.Mutex
	b  []byte
}

func (l *lastBytes) Write(p []byte) (int, error) {
	const most = 16 << 10
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	if over := len(l.b) - most; over > 0 {
		l.b = append(l.b[:0], l.b[over:]...)
	}
	return len(p), nil
}

func (l *lastBytes) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}

// Poll calls done until it returns true. Its only error is that of a ctx that ended before.
func Poll(ctx context.Context, every time.Duration, done func() bool) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
