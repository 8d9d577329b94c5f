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
	"unicode"

	"github.com/joho/godotenv"
	"golang.org/x/net/idna"
	"golang.org/x/term"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/kafka"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

const defaultMetricsAllow = "127.0.0.0/8,::1/128"

// config is what the environment says. The empty environment works.
type config struct {
	port           int
	origin         string // FRONTEND_URL
	trustedProxies []netip.Prefix
	metricsAllow   []netip.Prefix
	node           string
	stopDelay      time.Duration

	databaseURL string
	dataDir     string

	kafkaEmbedded       bool
	kafkaEmbeddedListen string
	kafka               kafka.Config

	jwtSecret, jwtPrevious string
	accessTTL              time.Duration
	adminEmail, adminPass  string

	resumeLimit    int
	eventRetention time.Duration

	logLevel  slog.Level
	logFormat string
}

// settings reads variables and keeps the first problem.
type settings struct {
	getenv func(string) string
	file   map[string]string
	err    error
}

func (s *settings) text(name, otherwise string) string {
	if v := strings.TrimSpace(s.getenv(name)); v != "" {
		return v
	}
	if v := strings.TrimSpace(s.file[name]); v != "" {
		return v
	}
	return otherwise
}

func (s *settings) bad(name, value, problem, example string) {
	if s.err == nil {
		s.err = fmt.Errorf("%s=%q %s; for example %s=%s", name, value, problem, name, example)
	}
}

func (s *settings) integer(name string, otherwise, least, most int) int {
	text := s.text(name, strconv.Itoa(otherwise))
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		s.bad(name, text, fmt.Sprintf("must be a whole number from %d to %d", least, most), strconv.Itoa(otherwise))
	}
	return n
}

func (s *settings) duration(name, otherwise, example string) time.Duration {
	text := s.text(name, otherwise)
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		s.bad(name, text, "must be a length of time", example)
	}
	return d
}

// networks reads a list of networks in CIDR form.
func (s *settings) networks(name, otherwise, example string) (list []netip.Prefix) {
	for _, text := range strings.FieldsFunc(s.text(name, otherwise), func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			s.bad(name, text, "must be networks with commas between", example)
		}
		list = append(list, p.Masked())
	}
	return list
}

func (s *settings) oneOf(name, otherwise string, allowed ...string) string {
	text := s.text(name, otherwise)
	for _, a := range allowed {
		if text == a {
			return text
		}
	}
	s.bad(name, text, "must be one of "+strings.Join(allowed, ", "), allowed[0])
	return text
}

// config reads the environment and the .env file.
func (e env) config() (config, error) {
	file, err := readDotEnv()
	if err != nil {
		return config{}, err
	}
	s := &settings{getenv: e.getenv, file: file}
	c := config{
		port:           s.integer("PORT", 3000, 0, 65535),
		dataDir:        s.text("DATA_DIR", "data"),
		jwtSecret:      s.text("JWT_SECRET", ""),
		jwtPrevious:    s.text("JWT_SECRET_PREVIOUS", ""),
		accessTTL:      s.duration("WIREDESK_ACCESS_TTL", "15m", "15m"),
		adminEmail:     s.text("ADMIN_EMAIL", "admin@localhost"),
		adminPass:      s.text("ADMIN_PASSWORD", ""),
		resumeLimit:    s.integer("RESUME_LIMIT", 10_000, 1, 1_000_000),
		eventRetention: s.duration("EVENT_RETENTION", "0", "2160h"),
		stopDelay:      s.duration("WIREDESK_STOP_DELAY", "0", "5s"),
	}
	c.origin = s.text("FRONTEND_URL", fmt.Sprintf("http://localhost:%d", c.port))
	c.databaseURL = s.text("DATABASE_URL", "sqlite://"+filepath.Join(c.dataDir, "wiredesk.db"))
	c.node = s.text("WIREDESK_NODE", defaultNode(c.port))
	c.readKafka(s)
	c.readLog(s, e)
	c.check(s)
	return c, s.err
}

// check looks at the values that are more than a number.
func (c *config) check(s *settings) {
	origin, err := url.Parse(c.origin)
	if err != nil || (origin.Scheme != "http" && origin.Scheme != "https") || origin.Host == "" || strings.Trim(origin.Path, "/") != "" || origin.User != nil || origin.RawQuery != "" || origin.Fragment != "" {
		s.bad("FRONTEND_URL", c.origin, "must be an origin: scheme, host and port", "https://desk.example.org")
	} else {
		c.origin, err = browserOrigin(origin)
		if err != nil {
			s.bad("FRONTEND_URL", origin.String(), "has a host that is not a valid name", "https://desk.example.org")
		}
	}
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

// browserOrigin returns the origin as browsers send it: in lower case, without the usual
// port, the labels of an international name in their ASCII form.
func browserOrigin(u *url.URL) (string, error) {
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", err
		}
	}
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	}
	return strings.ToLower(u.Scheme + "://" + host), nil
}

// host returns the host name of FRONTEND_URL.
func (c config) host() string {
	u, err := url.Parse(c.origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
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
}

// logger returns the log, which goes to stderr.
func (c config) logger(e env) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.logLevel}
	if c.logFormat == "text" {
		return slog.New(slog.NewTextHandler(e.stderr, options))
	}
	return slog.New(slog.NewJSONHandler(e.stderr, options))
}

// readDotEnv reads .env of the working directory, or else the one beside the binary.
func readDotEnv() (map[string]string, error) {
	paths := []string{".env"}
	if exe, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(exe), ".env"))
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		values, err := godotenv.UnmarshalBytes(text)
		if err != nil { // which repeats the file, secrets and all
			return nil, fmt.Errorf("reading %s: a line is not of the form NAME=value, or a quote is not closed", path)
		}
		return values, nil
	}
	return nil, nil
}

func defaultNode(port int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	return host + ":" + strconv.Itoa(port)
}

// redactURL leaves out a password, and all of what may hold one at another place.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return "(hidden)"
	}
	u.RawQuery = ""
	return u.Redacted()
}
