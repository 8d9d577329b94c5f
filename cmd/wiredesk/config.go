package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/joho/godotenv"
	"golang.org/x/term"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/tracing"
)

const defaultMetricsAllow = "127.0.0.0/8,::1/128"

// config has the values of all settings. An empty environment gives a working configuration.
type config struct {
	port           int
	origin         string   // the first of FRONTEND_URL: the dashboard's
	otherOrigins   []string // the rest of FRONTEND_URL
	trustedProxies []netip.Prefix
	metricsAllow   []netip.Prefix
	node           string
	stopDelay      time.Duration
	databaseWait   time.Duration // WIREDESK_DATABASE_WAIT

	databaseURL string
	dataDir     string

	kafkaEmbedded       bool
	kafkaEmbeddedListen string
	kafka               kafka.Config

	jwtSecret, jwtPrevious string
	accessTTL              time.Duration
	adminEmail, adminPass  string

	makesSecret bool // serve only: generate the secret if there is none; not a setting
	yields      bool // commands: let a server on the same SQLite file write first; not a setting
	readOnly    bool // open the database for reads only; not a setting

	resumeLimit    int
	ringEvents     int
	eventRetention time.Duration

	maxSockets, maxSocketsPerUser int

	tracing *tracing.Config // nil: no traces are exported

	logLevel  slog.Level
	logFormat string
	logAccess bool

	unknown     []unknownSetting
	secretFiles []string // the files that secrets were read from
}

// config reads the environment and the .env file.
func (e env) config() (config, error) {
	file, path, err := readDotEnv()
	if err != nil {
		return config{}, err
	}
	s := &settings{getenv: e.getenv, file: file, filePath: path}
	c := config{
		port:           s.integer("PORT", 3000, 0, 65535),
		dataDir:        s.text("DATA_DIR", "data"),
		jwtSecret:      s.secret("JWT_SECRET", ""),
		jwtPrevious:    s.secret("JWT_SECRET_PREVIOUS", ""),
		accessTTL:      s.durationWithin("WIREDESK_ACCESS_TTL", "15m", time.Second, 24*time.Hour, "15m"),
		adminEmail:     s.text("ADMIN_EMAIL", "admin@localhost"),
		adminPass:      s.secret("ADMIN_PASSWORD", ""),
		resumeLimit:    s.integer("RESUME_LIMIT", 10_000, 1, 1_000_000),
		eventRetention: s.retention("EVENT_RETENTION"),
		stopDelay:      s.durationWithin("WIREDESK_STOP_DELAY", "0", 0, 5*time.Minute, "5s"),
		databaseWait:   s.durationWithin("WIREDESK_DATABASE_WAIT", "60s", 0, time.Hour, "60s"),

		ringEvents:        s.integer("WIREDESK_RING_EVENTS", 10_000, 1, 1_000_000),
		maxSockets:        s.integer("WIREDESK_MAX_SOCKETS", 50_000, 1, 1_000_000),
		maxSocketsPerUser: s.integer("WIREDESK_MAX_SOCKETS_PER_USER", 20_000, 1, 1_000_000),
	}
	c.readOrigins(s)
	c.databaseURL = s.secret("DATABASE_URL", "sqlite://"+filepath.Join(c.dataDir, "wiredesk.db"))
	c.node = s.text("WIREDESK_NODE", defaultNode(c.port))
	c.readKafka(s)
	c.readTracing(s)
	c.readLog(s, e)
	c.check(s)
	s.known = append(s.known, "NEXT_PUBLIC_API_URL", "WIREDESK_TOKEN", "WIREDESK_PASSWORD") // for the build of the dashboard and for commands
	c.unknown, c.secretFiles = s.unknownNames(e.environ), s.secretFiles
	return c, errors.Join(s.problems...)
}

// check validates the values that are not numbers.
func (c *config) check(s *settings) {
	if info, err := os.Stat(c.dataDir); err == nil && !info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.bad("DATA_DIR", c.dataDir, "is not a directory that can be used", "/var/lib/wiredesk")
	}
	if problem, example := sqlstore.CheckURL(c.databaseURL); problem != "" {
		s.bad("DATABASE_URL", redactURL(c.databaseURL), problem, example)
	}
	c.checkSecret(s, "JWT_SECRET", c.jwtSecret)
	c.checkSecret(s, "JWT_SECRET_PREVIOUS", c.jwtPrevious)
	if auth.CheckEmail(strings.ToLower(c.adminEmail)) != "" {
		s.bad("ADMIN_EMAIL", c.adminEmail, "is not an email address", "ana@example.org")
	}
	if c.adminPass != "" && auth.CheckPassword(c.adminPass, c.adminEmail, c.host()) != "" {
		s.bad("ADMIN_PASSWORD", "(hidden)", fmt.Sprintf("must have %d to %d characters, and be neither common nor built from ADMIN_EMAIL", auth.MinPassword, auth.MaxPassword), "$(openssl rand -base64 18)")
	}
	c.trustedProxies = s.networks("TRUSTED_PROXIES", "", "10.20.0.5/32,10.20.0.6/32")
	c.metricsAllow = s.networks("METRICS_ALLOW", defaultMetricsAllow, defaultMetricsAllow+",10.20.0.7/32")
}

// sharedDatabase reports whether several nodes may serve the database at once.
func (c config) sharedDatabase() bool { return strings.HasPrefix(c.databaseURL, "mysql://") }

func (c config) checkSecret(s *settings, name, secret string) {
	if secret != "" && len(secret) < auth.MinSecret {
		s.bad(name, "(hidden)", fmt.Sprintf("has %d bytes and needs at least %d", len(secret), auth.MinSecret), "$(openssl rand -base64 48)")
	}
}

func (c *config) readLog(s *settings, e env) {
	text := s.text("LOG_LEVEL", "info")
	if err := c.logLevel.UnmarshalText([]byte(text)); err != nil {
		s.bad("LOG_LEVEL", text, "must be debug, info, warn or error", "info")
	}
	format := "json"
	if f, ok := e.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		format = "text"
	}
	c.logFormat = s.oneOf("LOG_FORMAT", format, "text", "json")
	c.logAccess = s.onOff("LOG_ACCESS", "off")
}

// readDotEnv reads .env of the working directory, or else the one beside the binary. The path is empty when there is none.
func readDotEnv() (values map[string]string, path string, err error) {
	paths := []string{".env"}
	if exe, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(exe), ".env"))
	}
	for _, path = range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("reading %s: %w", path, err)
		}
		values, err := godotenv.UnmarshalBytes(text)
		if err != nil { // err quotes the file, with its secrets
			return nil, "", fmt.Errorf("reading %s: a line is not of the form NAME=value, or a quote is not closed", path)
		}
		return values, path, nil
	}
	return nil, "", nil
}

func defaultNode(port int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	return host + ":" + strconv.Itoa(port)
}

// redactURL returns raw without its password, or "(hidden)" if another part may hold one.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return "(hidden)"
	}
	u.RawQuery = ""
	return u.Redacted()
}
