package main

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// metric returns the value of the first series whose name and labels match the pattern.
func (p *process) metric(pattern string) float64 {
	p.Helper()
	m := regexp.MustCompile(`(?m)^` + pattern + ` (\S+)$`).FindStringSubmatch(p.call("GET /metrics", "").body)
	if m == nil {
		return -1
	}
	value, err := strconv.ParseFloat(m[len(m)-1], 64)
	testkit.Must(p, err)
	return value
}

func TestMetrics_ofHealth(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		p := boot(t, t.TempDir(), map[string]string{"ADMIN_PASSWORD": testWord, "DATABASE_URL": url})
		for pattern, good := range map[string]func(float64) bool{
			`wiredesk_build_info\{goversion="go\S+",version="\S+",wiredesk_node="\S+"\}`: func(v float64) bool { return v == 1 },
			`wiredesk_healthy\{dependency="database",\S+\}`:                              func(v float64) bool { return v == 1 },
			`wiredesk_healthy\{dependency="kafka",\S+\}`:                                 func(v float64) bool { return v == 1 },
			`wiredesk_db_waiting_writes\{\S+\}`:                                          func(v float64) bool { return v >= 0 },
			`wiredesk_db_connections\{pool="read",state="(?:used|idle)",\S+\}`:           func(v float64) bool { return v >= 0 },
			`wiredesk_db_size_bytes\{\S+\}`:                                              func(v float64) bool { return v > 10_000 },
			`process_max_fds\{\S+\}`:                                                     func(v float64) bool { return v > 0 },
		} {
			if v := p.metric(pattern); !good(v) {
				t.Errorf("%s = %v", pattern, v)
			}
		}
		testkit.Eventually(t, "the first clean-up", func() bool {
			return p.metric(`wiredesk_cleanup_last_success_timestamp_seconds\{\S+\}`) > 1e9
		})
	})
}

func TestMetrics_dependencyAway(t *testing.T) {
	t.Parallel()
	p := boot(t, t.TempDir(), map[string]string{"KAFKA_BROKER": "127.0.0.1:1", "KAFKA_EMBEDDED_LISTEN": ""})
	if v := p.metric(`wiredesk_healthy\{dependency="kafka",\S+\}`); v != 0 {
		t.Errorf("kafka = %v", v)
	}
}
