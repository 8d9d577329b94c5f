// Package internal_test checks rules of the whole repository. This file has the imports that each package may have.
package internal_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wiredesk/wiredesk/"

// allowed lists for each package those of our own and the modules that its code may
// import. Any other import fails; docs/architecture.md describes the packages.
var allowed = map[string]struct{ own, modules string }{
	"api":                        {"", "go.yaml.in/yaml/v3"},
	"web":                        {"", ""},
	"client":                     {"", "github.com/gobwas/ws"},
	"examples/go/search":         {"", "github.com/twmb/franz-go"},
	"internal/fault":             {"", ""},
	"internal/jsonobj":           {"", ""},
	"internal/event":             {"jsonobj", ""},
	"internal/strictjson":        {"fault jsonobj", ""},
	"internal/merge":             {"", ""},
	"internal/limit":             {"", "golang.org/x/time"},
	"internal/auth":              {"fault limit", "github.com/golang-jwt/jwt github.com/prometheus/client_golang golang.org/x/crypto golang.org/x/text"},
	"internal/post":              {"auth event fault jsonobj merge render strictjson", "github.com/google/uuid golang.org/x/text"},
	"internal/node":              {"", ""},
	"internal/retention":         {"post", ""},
	"internal/outbox":            {"backoff event", "github.com/prometheus/client_golang"},
	"internal/kafka":             {"backoff event limit outbox", "github.com/twmb/franz-go github.com/klauspost/compress github.com/pierrec/lz4 github.com/prometheus/client_golang"},
	"internal/kafka/embedded":    {"kafka limit", "github.com/twmb/franz-go golang.org/x/sync golang.org/x/sys"},
	"internal/kafka/kafkatest":   {"event kafka kafka/embedded testkit test/services", "github.com/twmb/franz-go github.com/klauspost/compress github.com/pierrec/lz4 github.com/prometheus/client_golang github.com/google/go-cmp"},
	"internal/backoff":           {"", ""},
	"internal/testkit":           {"", ""},
	"internal/stream":            {"backoff event", "github.com/prometheus/client_golang"},
	"internal/stream/streamtest": {"event", ""},
	"internal/gateway":           {"auth backoff event fault limit stream strictjson", "github.com/gobwas/ws golang.org/x/sys github.com/prometheus/client_golang"},
	"internal/render":            {"fault", "github.com/yuin/goldmark github.com/microcosm-cc/bluemonday golang.org/x/net"},
	"internal/readcache":         {"event", "github.com/prometheus/client_golang"},
	"internal/rest":              {"auth event fault jsonobj limit post readcache render strictjson", "github.com/klauspost/compress github.com/prometheus/client_golang"},
	"internal/sqlstore":          {"auth event fault node outbox post", "modernc.org/sqlite github.com/go-sql-driver/mysql github.com/fsnotify/fsnotify github.com/pressly/goose golang.org/x/text github.com/prometheus/client_golang"},
	"internal/archive":           {"auth fault post", "github.com/pelletier/go-toml go.yaml.in/yaml/v3 golang.org/x/text"},
	"internal/serverproc":        {"client", ""},
	"internal/bench":             {"auth client post serverproc sqlstore", "github.com/gobwas/ws"},
	"internal/verify":            {"event kafka outbox post sqlstore", ""},
	"cmd/wiredesk":               {"api archive auth bench client event fault gateway kafka kafka/embedded limit node outbox post render rest retention sqlstore tracing verify web", "github.com/joho/godotenv github.com/spf13/cobra github.com/spf13/pflag golang.org/x/net golang.org/x/term github.com/prometheus/client_golang"},
	"test/servertest":            {"client event serverproc testkit", "github.com/twmb/franz-go"},
	"test/services":              {"", "github.com/go-sql-driver/mysql github.com/twmb/franz-go"},

	"internal/tracing":             {"event fault limit", "go.opentelemetry.io/otel github.com/go-logr/logr"},
	"internal/tracing/tracingtest": {"", "go.opentelemetry.io/proto/otlp google.golang.org/protobuf"},
}

type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	Imports         []string
}

// packages lists those that have code besides tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
}

func TestArchitecture(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		row, ok := allowed[name]
		if !ok {
			t.Errorf("%s has no row in this table: say what it may import, and why it exists in docs/decisions", name)
			continue
		}
		for _, imported := range p.Imports {
			if !mayImport(row.own, row.modules, imported) {
				t.Errorf("%s must not import %s", name, imported)
			}
		}
	}
}

func mayImport(own, modules, imported string) bool {
	if short, ours := strings.CutPrefix(imported, module); ours {
		return slices.Contains(strings.Fields(own), strings.TrimPrefix(short, "internal/"))
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(strings.Fields(modules), func(m string) bool {
		return imported == m || strings.HasPrefix(imported, m+"/")
	})
}

func TestPackages_haveOneComment(t *testing.T) {
	for _, p := range packages(t) {
		comments := 0
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				comments++
			}
		}
		if comments != 1 {
			t.Errorf("%s has %d package comments; one says what it owns and what it never does", strings.TrimPrefix(p.ImportPath, module), comments)
		}
	}
}
