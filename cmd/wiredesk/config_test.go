package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/internal/tracing"
)

func TestConfig_badValuesAreNamed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	testkit.Must(t, os.WriteFile(file, []byte("not PEM"), 0o600))
	cluster := map[string]string{"KAFKA_BROKER": "kafka:9092"}
	tls := map[string]string{"KAFKA_BROKER": "kafka:9092", "KAFKA_TLS": "on"}
	traced := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
	sasl := map[string]string{"KAFKA_BROKER": "kafka:9092", "KAFKA_SASL_MECHANISM": "PLAIN"}
	for _, c := range []struct {
		name  string
		bad   []string
		among map[string]string
	}{
		{"PORT", []string{"http", "-1", "65536", "3000.5"}, nil},
		{"FRONTEND_URL", []string{"desk.test", "localhost:3000", "ftp://desk.test", "http://", "https://desk.test/blog", "http://[::1", "https://*.desk.test", "https://desk.test:99999", ","}, nil},
		{"DATABASE_URL", []string{"postgres://host/db", "wiredesk.db", "sqlite://", "mysql://", "mysql://ana:word@/db", "mysql://ana:word@host", "mysql://ana:word@host/",
			"mysql://ana:word@host/db/x", "mysql://host/db", "mysql://ana:word@host:0/db", "mysql://ana:word@host:port/db", "mysql://ana:word@host:65536/db",
			"mysql://ana:word@tcp(host)/db", "mysql://ana:word@host/db?tls=maybe", "mysql://ana:word@host/db?charset=latin1"}, nil},
		{"KAFKA_BROKER", []string{"kafka", "kafka:port", "kafka:0", ":9092", "a:9092,b", ","}, nil},
		{"KAFKA_EMBEDDED_LISTEN", []string{"9092", ":9092", "0.0.0.0:9092", "192.0.2.1:9092", "kafka:9092", "127.0.0.1:x", "127.0.0.1:99999"}, nil},
		{"KAFKA_TOPIC", []string{"blog events", "a/b", "..", strings.Repeat("a", 250)}, nil},
		{"KAFKA_PARTITIONS", []string{"0", "three", "1001"}, nil},
		{"KAFKA_REPLICATION_FACTOR", []string{"0", "x"}, nil},
		{"KAFKA_TLS", []string{"maybe"}, cluster},
		{"KAFKA_CA_FILE", []string{filepath.Join(dir, "none.pem")}, tls},
		{"KAFKA_CERT_FILE", []string{filepath.Join(dir, "none.pem")}, map[string]string{"KAFKA_BROKER": "kafka:9092", "KAFKA_TLS": "on", "KAFKA_KEY_FILE": file}},
		{"KAFKA_KEY_FILE", []string{filepath.Join(dir, "none.pem"), ""}, map[string]string{"KAFKA_BROKER": "kafka:9092", "KAFKA_TLS": "on", "KAFKA_CERT_FILE": file}},
		{"KAFKA_SASL_MECHANISM", []string{"GSSAPI", "plain"}, cluster},
		{"KAFKA_SASL_USERNAME", []string{""}, sasl},
		{"KAFKA_SASL_PASSWORD", []string{""}, map[string]string{"KAFKA_BROKER": "kafka:9092", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "ana"}},
		{"DATA_DIR", []string{file, filepath.Join(file, "below")}, nil},
		{"JWT_SECRET", []string{"31 bytes are one fewer than due"}, nil},
		{"JWT_SECRET_PREVIOUS", []string{"short secret"}, nil},
		{"ADMIN_EMAIL", []string{"admin", "Ana <ana@desk.test>", "a b@desk.test"}, nil},
		{"ADMIN_PASSWORD", []string{"seven c"}, nil},
		{"RESUME_LIMIT", []string{"0", "all", "1000001"}, nil},
		{"EVENT_RETENTION", []string{"90d", "-1h", "7", "1ns", "23h59m"}, nil},
		{"LOG_LEVEL", []string{"loud"}, nil},
		{"LOG_FORMAT", []string{"xml"}, nil},
		{"TRUSTED_PROXIES", []string{"10.0.0.0/33", "proxy"}, nil},
		{"METRICS_ALLOW", []string{"all", "10.0.0.1"}, nil},
		{"WIREDESK_ACCESS_TTL", []string{"soon", "-1m", "0", "1ms", "25h"}, nil},
		{"WIREDESK_STOP_DELAY", []string{"10h", "-1s", "5", "5m1s"}, nil},
		{"WIREDESK_DATABASE_WAIT", []string{"2h", "-1s", "soon"}, nil},
		{"WIREDESK_MAX_SOCKETS", []string{"0", "many", "1000001"}, nil},
		{"WIREDESK_MAX_SOCKETS_PER_USER", []string{"0", "-1"}, nil},
		{"LOG_ACCESS", []string{"yes"}, nil},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", []string{"localhost:4318", "collector", "ftp://collector", "http://", "http://ana:word@collector", "http://collector?key=1", "http://col lector"}, nil},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", []string{"collector:4318/v1/traces"}, nil},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", []string{"grpc", "http/json"}, traced},
		{"OTEL_EXPORTER_OTLP_HEADERS", []string{"token", "=token", "a b=token", "a=%0d%0ab: c", "a=%zz"}, traced},
		{"OTEL_TRACES_SAMPLER", []string{"sometimes"}, traced},
		{"OTEL_TRACES_SAMPLER_ARG", []string{"-1", "1.1", "NaN", "half"}, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_SAMPLER": "traceidratio"}},
		{"JWT_SECRET_FILE", []string{filepath.Join(dir, "none")}, nil},
		{"ADMIN_PASSWORD_FILE", []string{dir}, nil},
	} {
		for _, value := range c.bad {
			settings := map[string]string{"PORT": "0", "DATA_DIR": dir}
			maps.Copy(settings, c.among)
			settings[c.name] = value
			e, out, _ := tool("", settings)
			_, err := e.config()
			if err == nil {
				t.Errorf("%s=%q is accepted", c.name, value)
				continue
			}
			text := err.Error()
			if !strings.Contains(text, c.name) || !strings.Contains(text, "for example "+c.name+"=") || strings.Contains(text, "\n") || out.String() != "" {
				t.Errorf("%s=%q: %s%s", c.name, value, text, out)
			}
		}
	}
}

func TestConfig_badValueStopsEveryVerb(t *testing.T) {
	for _, args := range []string{"serve", "migrate", "user list"} {
		e, out, log := tool("", map[string]string{"PORT": "http"})
		want := `PORT="http" must be a whole number from 0 to 65535; for example PORT=3000`
		if err := run(t.Context(), strings.Fields(args), e); err == nil || err.Error() != want || out.String()+log.String() != "" {
			t.Errorf("%s: %v\n%s%s", args, err, out, log)
		}
	}
}

func TestConfig_badSecretsAreNotRepeated(t *testing.T) {
	for name, value := range map[string]string{
		"JWT_SECRET": "s3cret", "JWT_SECRET_PREVIOUS": "s3cret", "ADMIN_PASSWORD": "s3cret", "DATABASE_URL": "postgres://ana:s3cret@host/db", "DATABASE_URL ": "ana:s3cret@tcp(host)/db",
		"DATABASE_URL  ": "1ana:s3cret@/db", "DATABASE_URL   ": "postgres://ana:s3cret@ho st/db",
		"DATABASE_URL    ": "mysql://ana:1#s3cret@host/db", "DATABASE_URL     ": "mysql://ana:1/s3cret@host/db", "DATABASE_URL      ": "mysql://ana:1?s3cret@host/db",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "https://ana:s3cret@collector", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/s3cret?x=1",
		"DATABASE_URL       ": "mysql://ana:1@2/s3cret@host/db/x", "DATABASE_URL        ": "mysql://ana:1@host/db?password=s3cret",
	} {
		e, _, _ := tool("", map[string]string{"DATA_DIR": t.TempDir(), strings.TrimSpace(name): value})
		if _, err := e.config(); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfig_allProblemsAreNamedAtOnce(t *testing.T) {
	e, _, _ := tool("", map[string]string{"PORT": "http", "KAFKA_BROKER": "a,b:0", "LOG_LEVEL": "loud", "DATABASE_URL": "mysql://ana:s3cret@/db", "KAFKA_TLS": "maybe"})
	_, err := e.config()
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 5 || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%d lines, want one for each variable:\n%v", len(lines), err)
	}
	for _, name := range []string{"PORT", "KAFKA_BROKER", "LOG_LEVEL", "DATABASE_URL", "KAFKA_TLS"} {
		if n := strings.Count("\n"+err.Error(), "\n"+name+"="); n != 1 {
			t.Errorf("%d lines begin with %s:\n%v", n, name, err)
		}
	}
}

func TestConfig_secretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		testkit.Must(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	long := strings.Repeat("signing ", 5)
	e, _, _ := tool("", map[string]string{"DATA_DIR": dir, "KAFKA_BROKER": "kafka:9092", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "ana",
		"JWT_SECRET_FILE": file("jwt", long+"\n"), "JWT_SECRET_PREVIOUS_FILE": file("previous", long+"2"), "ADMIN_PASSWORD_FILE": file("admin", "correct horse\r\n"),
		"DATABASE_URL_FILE": file("url", "mysql://ana:word@host/db\n"), "KAFKA_SASL_PASSWORD_FILE": file("sasl", "broker word")})
	c, err := e.config()
	testkit.Must(t, err)
	if c.jwtSecret != strings.TrimSpace(long) || c.jwtPrevious != long+"2" || c.adminPass != "correct horse" || c.databaseURL != "mysql://ana:word@host/db" || c.kafka.SASL.Password != "broker word" {
		t.Errorf("config = %+v", c)
	}
	for _, settings := range []map[string]string{
		{"JWT_SECRET_FILE": file("both", long), "JWT_SECRET": long},
		{"JWT_SECRET_FILE": file("empty", " \n")},
		{"JWT_SECRET_FILE": file("large", strings.Repeat("s", 65<<10))},
		{"JWT_SECRET_FILE": "s3cret-that-is-no-path"},
	} {
		settings["DATA_DIR"] = dir
		e, _, _ := tool("", settings)
		if _, err := e.config(); err == nil || !strings.HasPrefix(err.Error(), "JWT_SECRET_FILE=") || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", settings, err)
		}
	}
}

func TestConfig_unknownNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	testkit.Must(t, os.WriteFile(".env", []byte("WIREDESK_NOED=a\nRESUMELIMIT=5\n"), 0o600))
	e, _, _ := tool("", map[string]string{"DATABSE_URL": "mysql://ana:s3cret@host/db", "KAFKA_BOOTSTRAP": "kafka:9092", "KAFKA_BROKERS": "kafka:9092", "JWT_SECERT": "s3cret",
		"frontend_url": "x", "KAFKA_SERVICE_HOST": "10.0.0.1", "KAFKA_PORT": "tcp://10.0.0.1:9092", "KAFKA_PORT_9092_TCP_ADDR": "10.0.0.1", "HOME": "/root", "WIREDESK_EMPTY": "",
		"WIREDESK_TOKEN": "t", "NEXT_PUBLIC_API_URL": "http://localhost", "KAFKA_TOPIC": "blog", "PORT": "0"})
	c, err := e.config()
	testkit.Must(t, err)
	want := []unknownSetting{{"DATABSE_URL", "DATABASE_URL"}, {"JWT_SECERT", "JWT_SECRET"}, {"KAFKA_BOOTSTRAP", "KAFKA_BROKER"}, {"KAFKA_BROKERS", "KAFKA_BROKER"},
		{"RESUMELIMIT", "RESUME_LIMIT"}, {"WIREDESK_NOED", "WIREDESK_NODE"}, {"frontend_url", "FRONTEND_URL"}}
	if !slices.Equal(c.unknown, want) {
		t.Errorf("unknown: %v\nwant: %v", c.unknown, want)
	}
}

// Variables of other programs and of Kubernetes are no misspelt settings.
func TestConfig_namesOfOthers(t *testing.T) {
	t.Chdir(t.TempDir())
	unknown := func(settings map[string]string) (names []string) {
		t.Helper()
		e, _, _ := tool("", settings)
		c, err := e.config()
		testkit.Must(t, err)
		for _, u := range c.unknown {
			names = append(names, u.name)
		}
		return names
	}
	others := map[string]string{"KAFKA_BROKER": "127.0.0.1:9092"}
	for _, name := range []string{"SERVICE_URL", "API_URL", "BASE_URL", "PUBLIC_URL", "SITE_URL", "APP_URL", "DB_URL", "MYSQL_URL", "REDIS_URL", "BACKEND_URL", "GIT_URL",
		"KAFKA_HEAP_OPTS", "KAFKA_HOME", "KAFKA_OPTS", "KAFKA_TTL", "KAFKA_LOG4J_OPTS", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_URL", "KAFKA_UI_SERVICE_HOST",
		"WIREDESK_SERVICE_HOST", "WIREDESK_SERVICE_PORT_HTTP", "WIREDESK_PORT", "WIREDESK_PORT_3000_TCP", "WIREDESK_KAFKA_PORT_9092_TCP_ADDR", "WIREDESK_MYSQL_SERVICE_PORT",
		"DATA_HOME", "XDG_DATA_DIRS", "LOG_FILE", "LOG_COLOR", "PORTS", "SPORT", "JWT_TOKEN", "ADMIN_USER", "NEXT_PUBLIC_APP_URL", "TOPIC", strings.Repeat("KAFKA_", 20_000)} {
		others[name] = "x"
	}
	if names := unknown(others); len(names) > 0 {
		t.Errorf("warned of %v", names)
	}
	for _, name := range []string{"WIREDESK_URL", "WIREDESK_KAFKA_BROKER", "DATABASE_URI", "DATABASEURL", "FRONTED_URL", "LOG_LEVLE", "LOGLEVEL", "DATA_DRI", "METRICS_ALOW", "KAFKA_BROKR",
		"KAFKA_BOOTSTRAP_SERVERS", "KAFKA_URL", "TRUSTED_PROXY", "RESUME_LIMITS", "event_retention"} {
		if names := unknown(map[string]string{name: "x"}); !slices.Equal(names, []string{name}) {
			t.Errorf("%s: warned of %v", name, names)
		}
	}
}

// Every command warns of a name that is no setting, without its value.
func TestConfig_unknownNamesAreLogged(t *testing.T) {
	settings := map[string]string{"DATABSE_URL": "mysql://ana:s3cret@host/db", "DATA_DIR": t.TempDir()}
	e, _, log := tool("", settings)
	testkit.Must(t, run(t.Context(), []string{"user", "list"}, e))
	p := boot(t, t.TempDir(), settings)
	for name, text := range map[string]string{"user list": log.String(), "serve": p.log.String()} {
		if !strings.Contains(text, `"setting":"DATABSE_URL","nearest":"DATABASE_URL"`) || strings.Contains(text, "s3cret") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestConfig_emptyEnvironmentWorks(t *testing.T) {
	t.Chdir(t.TempDir())
	e, _, _ := tool("", nil)
	c, err := e.config()
	testkit.Must(t, err)
	if c.port != 3000 || c.origin != "http://localhost:3000" || c.databaseURL != "sqlite://"+filepath.Join("data", "wiredesk.db") || !c.kafkaEmbedded || c.kafkaEmbeddedListen != "" ||
		c.kafka.Topic != "blog-events" || c.kafka.Partitions != 3 || c.kafka.ReplicationFactor != 1 || c.kafka.TLS != nil || c.kafka.SASL != nil ||
		c.adminEmail != "admin@localhost" || c.resumeLimit != 10_000 || c.eventRetention != 0 || c.logFormat != "json" {
		t.Errorf("config = %+v", c)
	}
}

func TestConfig_goodValues(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	testkit.Must(t, os.WriteFile(file, nil, 0o600))
	e, _, _ := tool("", map[string]string{"DATA_DIR": dir, "PORT": "8080", "FRONTEND_URL": "https://Desk.Example.org/", "KAFKA_BROKER": " a:1, [::1]:2 ,", "KAFKA_TLS": "true", "KAFKA_CA_FILE": file,
		"KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_SASL_USERNAME": "ana", "KAFKA_SASL_PASSWORD": "word", "TRUSTED_PROXIES": "10.0.0.0/8, ::1/128", "EVENT_RETENTION": "2160h", "LOG_LEVEL": "DEBUG"})
	c, err := e.config()
	testkit.Must(t, err)
	if c.origin != "https://desk.example.org" || strings.Join(c.kafka.Brokers, " ") != "a:1 [::1]:2" || c.kafkaEmbedded || c.kafka.TLS.CAFile != file ||
		c.kafka.SASL.Password != "word" || len(c.trustedProxies) != 2 || c.eventRetention.Hours() != 2160 || c.logLevel >= 0 {
		t.Errorf("config = %+v", c)
	}
	e, _, _ = tool("", map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": "localhost:9092"})
	if _, err := e.config(); err != nil {
		t.Error(err)
	}
}

func TestConfig_tracing(t *testing.T) {
	read := func(settings map[string]string) *tracing.Config {
		t.Helper()
		settings["DATA_DIR"] = t.TempDir()
		e, _, _ := tool("", settings)
		c, err := e.config()
		testkit.Must(t, err)
		if len(c.unknown) > 0 {
			t.Errorf("warned of %v", c.unknown)
		}
		return c.tracing
	}
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for _, settings := range []map[string]string{{}, {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_TRACES_SAMPLER": "x", "OTEL_SERVICE_NAME": "a", "OTEL_TRACES_EXPORTER": "none",
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a", "OTEL_LOGS_EXPORTER": "otlp"}, {endpoint: "http://collector", "OTEL_SDK_DISABLED": "TRUE"}} {
		if c := read(settings); c != nil {
			t.Errorf("%v: %+v", settings, c)
		}
	}
	c := read(map[string]string{endpoint: "https://collector:4318/base/", "OTEL_EXPORTER_OTLP_HEADERS": " x-a = b%20c%3D , authorization=Basic dQ==,", "OTEL_SERVICE_NAME": "desk",
		"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"})
	want := tracing.Config{Endpoint: "https://collector:4318/base/v1/traces", Headers: map[string]string{"x-a": "b c=", "authorization": "Basic dQ=="}, Service: "desk",
		Sampler: tracing.Sampler{Name: "parentbased_traceidratio", Ratio: 0.25}}
	if diff := cmp.Diff(&want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := read(map[string]string{endpoint: "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/x"}); c.Endpoint != "http://b/x" {
		t.Errorf("endpoint %s", c.Endpoint)
	}
}

func TestConfig_dotEnv(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(text string) { testkit.Must(t, os.WriteFile(".env", []byte(text), 0o600)) }
	write("# a comment\nexport PORT=4000\nADMIN_EMAIL=\"ana@desk.test\"\nLOG_LEVEL=\n")
	e, _, _ := tool("", map[string]string{"PORT": "5000", "DATA_DIR": dir})
	c, err := e.config()
	testkit.Must(t, err)
	if c.port != 5000 || c.adminEmail != "ana@desk.test" || c.logLevel != 0 {
		t.Errorf("port %d, admin %s, level %s; the environment goes before the file", c.port, c.adminEmail, c.logLevel)
	}
	for _, text := range []string{"PORT=1\nthis is no setting\nJWT_SECRET=s3cret\n", "ADMIN_PASSWORD=\"s3cret\n", "ADMIN_PASSWORD='s3cret"} {
		write(text)
		if _, err := e.config(); err == nil || !strings.Contains(err.Error(), ".env") || !strings.Contains(err.Error(), "NAME=value") || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
	testkit.Must(t, os.Remove(".env"))
	testkit.Must(t, os.Mkdir(".env", 0o700))
	if _, err := e.config(); err == nil || !strings.Contains(err.Error(), "reading .env: ") {
		t.Errorf("a folder .env: %v", err)
	}
}

// Browsers send an origin in lower case and ASCII, without the usual port.
func TestConfig_originAsBrowsersSendIt(t *testing.T) {
	for url, want := range map[string]string{
		"https://bücher.example":            "https://xn--bcher-kva.example",
		"https://BÜCHER.example:443/":       "https://xn--bcher-kva.example",
		"https://bücher.example:8443":       "https://xn--bcher-kva.example:8443",
		"https://xn--bcher-kva.example":     "https://xn--bcher-kva.example",
		"http://почта.рф":                   "http://xn--80a1acny.xn--p1ai",
		"http://Desk_1.Test:80":             "http://desk_1.test",
		"http://[2001:DB8::1]:3000":         "http://[2001:db8::1]:3000",
		"http://[::1]:80":                   "http://[::1]",
		"http://127.0.0.1:3000":             "http://127.0.0.1:3000",
		"https://faß.example":               "https://xn--fa-hia.example",
		"https://xn--bcher-kva.example:443": "https://xn--bcher-kva.example",
	} {
		e, _, _ := tool("", map[string]string{"DATA_DIR": t.TempDir(), "FRONTEND_URL": url})
		if c, err := e.config(); err != nil || c.origin != want {
			t.Errorf("%s: origin %s, error %v, want %s", url, c.origin, err, want)
		}
	}
	e, _, _ := tool("", map[string]string{"DATA_DIR": t.TempDir(), "FRONTEND_URL": "https://a\u0300\u2024b.example"})
	if c, err := e.config(); err == nil {
		t.Errorf("a name that is not valid: %s", c.origin)
	}
}
