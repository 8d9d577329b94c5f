package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// Settings by which others on the machine or the network can read secrets are warnings at the start.
func TestServe_warnsOfOpenSecrets(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), name)
		testkit.Must(t, os.WriteFile(path, []byte(text), 0o600))
		testkit.Must(t, os.Chmod(path, mode))
		return path
	}
	const signing = "a signing secret of more than 32 characters"
	open, closed := t.TempDir(), t.TempDir()
	testkit.Must(t, os.Chmod(open, 0o777))
	testkit.Must(t, os.Chmod(closed, 0o700))
	for name, c := range map[string]struct {
		settings map[string]string
		dotEnv   string
		want     []string // of each warning
	}{
		"closed":            {settings: map[string]string{"DATA_DIR": closed, "FRONTEND_URL": "http://localhost:3000", "JWT_SECRET_FILE": write("jwt", signing, 0o640)}},
		"http on a network": {settings: map[string]string{"FRONTEND_URL": "http://desk.test"}, want: []string{"FRONTEND_URL"}},
		"https":             {settings: map[string]string{"FRONTEND_URL": "https://desk.test"}},
		"open directory":    {settings: map[string]string{"DATA_DIR": open}, want: []string{"chmod 700"}},
		"open secret":       {settings: map[string]string{"JWT_SECRET_FILE": write("jwt", signing, 0o644)}, want: []string{"chmod 600"}},
		"open .env":         {dotEnv: "JWT_SECRET=" + signing, want: []string{"chmod 600"}},
		"no secret in .env": {dotEnv: "PORT=3000"},
		"PLAIN without TLS": {settings: map[string]string{"KAFKA_BROKER": "kafka.test:9092", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "a", "KAFKA_SASL_PASSWORD": "b"}, want: []string{"KAFKA_TLS=on"}},
		"PLAIN with TLS":    {settings: map[string]string{"KAFKA_BROKER": "kafka.test:9092", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "a", "KAFKA_SASL_PASSWORD": "b", "KAFKA_TLS": "on"}},
		"PLAIN on loopback": {settings: map[string]string{"KAFKA_BROKER": "127.0.0.1:9092", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "a", "KAFKA_SASL_PASSWORD": "b"}},
		"SCRAM without TLS": {settings: map[string]string{"KAFKA_BROKER": "kafka.test:9092", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_SASL_USERNAME": "a", "KAFKA_SASL_PASSWORD": "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			os.Remove(".env")
			if c.dotEnv != "" {
				testkit.Must(t, os.WriteFile(".env", []byte(c.dotEnv), 0o600))
				testkit.Must(t, os.Chmod(".env", 0o644))
			}
			e, _, _ := tool("", c.settings)
			cfg, err := e.config()
			testkit.Must(t, err)
			var log testkit.LogBuffer
			e.stderr = &log
			cfg.warnUnsafe(cfg.logger(e))
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if log.String() == "" {
				lines = nil
			}
			if len(lines) != len(c.want) {
				t.Fatalf("warnings: %q", lines)
			}
			for i, line := range lines {
				if !strings.Contains(line, c.want[i]) || !strings.Contains(line, "WARN") || strings.Contains(line, signing) {
					t.Errorf("warning %q, want %q", line, c.want[i])
				}
			}
		})
	}
}
