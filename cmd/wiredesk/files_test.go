//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TestMain is the program itself when the environment names a limit of open files.
func TestMain(m *testing.M) {
	var files uint64
	if n, _ := fmt.Sscan(os.Getenv("TEST_OPEN_FILES"), &files); n == 1 {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: files, Max: files}); err != nil {
			panic(err)
		}
		os.Args = []string{"wiredesk", "serve"}
		main()
		return
	}
	os.Exit(m.Run())
}

// A node with few file descriptors refuses sockets and stays alive.
func TestServe_outOfFileDescriptors(t *testing.T) {
	t.Parallel()
	const files, clients = 200, 400
	var log testkit.LogBuffer
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{fmt.Sprintf("TEST_OPEN_FILES=%d", files), "PORT=0", "DATA_DIR=" + t.TempDir(), "ADMIN_PASSWORD=" + testWord, "LOG_FORMAT=json", "FRONTEND_URL=" + testOrigin}
	cmd.Stderr = &log
	testkit.Must(t, cmd.Start())
	t.Cleanup(func() {
		testkit.Must(t, cmd.Process.Signal(syscall.SIGTERM))
		testkit.Must(t, cmd.Wait())
	})
	testkit.Eventually(t, "starting", func() bool { return readyLine.MatchString(log.String()) })
	host := "127.0.0.1:" + readyLine.FindStringSubmatch(log.String())[1]
	if !strings.Contains(log.String(), `"limit":100,"configured":50000,"openFiles":200`) {
		t.Errorf("no warning about the limit:\n%s", log.String())
	}
	client := &http.Client{Timeout: testkit.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	p := &process{TB: t, host: host, http: client}
	token := p.signIn("admin@localhost", testWord)

	var mu sync.Mutex
	accepted, full := 0, 0
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			status, problem := handshake(t, host, token)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case status == 101:
				accepted++
			case status == 503 && problem == "This node has no room for another connection.":
				full++
			}
		})
	}
	all.Wait()
	if accepted != 100 || full == 0 {
		t.Errorf("%d sockets accepted and %d refused, want 100 and some", accepted, full)
	}
	// Connections without a request wait for their header; others still get in once these have timed out.
	testkit.Eventually(t, "answers beside the sockets", func() bool {
		res, err := client.Get("http://" + host + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == 200
	})
	p.want(201, token, "POST /api/posts", `{"title":"Written beside all sockets"}`)
}

// handshake opens a socket that stays open until the test ends; a connection that is closed has the status 0.
func handshake(t *testing.T, host, token string) (status int, problem string) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return 0, ""
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(testkit.Timeout))
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", host, token)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res.StatusCode, ""
	}
	var body struct{ Detail string }
	_ = json.NewDecoder(res.Body).Decode(&body)
	return res.StatusCode, body.Detail
}
