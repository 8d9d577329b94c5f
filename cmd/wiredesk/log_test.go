package main

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TestServe_switchesDebugLines: a signal switches debug lines on, and the next one off, without a restart.
func TestServe_switchesDebugLines(t *testing.T) {
	for level, next := range map[string][2]string{"": {"DEBUG", "INFO"}, "error": {"DEBUG", "ERROR"}, "debug": {"INFO", "DEBUG"}} {
		e, out, log := tool("", map[string]string{"PORT": "0", "DATA_DIR": t.TempDir(), "LOG_LEVEL": level, "ADMIN_PASSWORD": testWord})
		signals := make(chan os.Signal)
		e.debug = signals
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, []string{"serve"}, e) }()
		testkit.Eventually(t, "ready", func() bool { return strings.Contains(out.String(), "Wiredesk is ready.") })
		if level != "debug" && strings.Contains(log.String(), `"level":"DEBUG"`) {
			t.Errorf("LOG_LEVEL=%s: debug lines before the signal", level)
		}
		for n := range 4 {
			signals <- os.Interrupt // any one: the channel gets the right ones
			line := `"msg":"log level changed by a signal","to":"` + next[n%2] + `"`
			testkit.Eventually(t, line, func() bool { return strings.Count(log.String(), line) == n/2+1 })
			if level == "" && n == 0 {
				answer, err := http.Get("http://127.0.0.1:" + readyLine.FindStringSubmatch(log.String())[1] + "/api/posts")
				testkit.Must(t, err)
				testkit.Must(t, answer.Body.Close())
				testkit.Eventually(t, "a debug line of the request", func() bool { return strings.Contains(log.String(), `"level":"DEBUG","msg":"request"`) })
			}
		}
		cancel()
		testkit.Must(t, <-ended)
	}
}
