package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

var (
	logMethod = regexp.MustCompile(`^(Debug|Info|Warn|Error|Log)(Context)?$`)
	attrFunc  = []string{"String", "Int", "Int64", "Uint64", "Bool", "Any", "Duration", "Time", "Float64", "Group"}
	logKey    = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)
)

// literal returns the text of a string literal.
func literal(e ast.Expr) (text string, ok bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// logKeys returns the keys that a call gives to slog.
func logKeys(call *ast.CallExpr) (keys []string) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if pkg, ok := method.X.(*ast.Ident); ok && pkg.Name == "slog" && slices.Contains(attrFunc, method.Sel.Name) && len(call.Args) > 1 {
		if key, ok := literal(call.Args[0]); ok && key != "" {
			keys = append(keys, key)
		}
		if method.Sel.Name == "Group" {
			keys = append(keys, pairs(call.Args[1:])...)
		}
		return keys
	}
	if !logMethod.MatchString(method.Sel.Name) && method.Sel.Name != "With" {
		return nil
	}
	args := call.Args
	if method.Sel.Name != "With" { // skip the message and the arguments before it
		i := slices.IndexFunc(args, func(e ast.Expr) bool { _, ok := literal(e); return ok })
		if i < 0 || i > 2 {
			return nil
		}
		args = args[i+1:]
	}
	return pairs(args)
}

// pairs returns the keys among arguments of slog: literals in the place of a key.
func pairs(args []ast.Expr) (keys []string) {
	for i := 0; i < len(args); i++ {
		if key, ok := literal(args[i]); ok {
			keys = append(keys, key)
			i++ // its value
		}
	}
	return keys
}

// otherKeys are second names of things that have a key already.
var otherKeys = map[string]string{
	"err": "error", "cause": "error", "msg": "error", "says": "error",
	"duration": "took", "elapsed": "took", "latency": "took", "ms": "took", "seconds": "took",
	"addr": "address", "ip": "address", "remote": "address", "client": "address", "host": "address", "peer": "address",
	"requestID": "request", "requestId": "request", "req": "request", "sessionId": "session", "sessionID": "session",
	"userId": "user", "userID": "user", "uid": "user", "account": "user", "mail": "email", "actor": "by",
	"postId": "post", "postID": "post", "url": "path", "code": "status", "why": "reason", "max": "limit",
}

// Each thing has one key in the server log. docs/operations/monitoring.md has the keys that rules on the log may rely on.
func TestLog_oneKeyForEachThing(t *testing.T) {
	used := map[string]string{}
	for _, dir := range []string{"../../cmd", "../../internal"} {
		testkit.Must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					for _, key := range logKeys(call) {
						used[key] = path
					}
				}
				return true
			})
			return nil
		}))
	}
	for key, path := range used {
		if !logKey.MatchString(key) {
			t.Errorf("%s: the key %q is not a name that begins with a small letter", path, key)
		}
		if other, ok := otherKeys[key]; ok {
			t.Errorf("%s: the key %q: other lines have %q for the same thing", path, key, other)
		}
	}
	docs, err := os.ReadFile("../../docs/operations/monitoring.md")
	testkit.Must(t, err)
	_, table, ok := strings.Cut(string(docs), "| key in the log |")
	if !ok {
		t.Fatal("docs/operations/monitoring.md has no table of the keys")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	for row := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		for _, key := range find(regexp.MustCompile("`([^`]+)`"), cell) {
			if _, ok := used[key]; !ok {
				t.Errorf("docs/operations/monitoring.md has the key %s, which no line has", key)
			}
		}
	}
}

// The test above finds a second key for a thing in each form of a call.
func TestLogKeys(t *testing.T) {
	for call, want := range map[string]string{
		`log.Warn("m", "err", err)`:                                        "err",
		`log.WarnContext(ctx, "m", "a", 1, attr, "b", 2)`:                  "a b",
		`s.cfg.Logger.Log(ctx, level, "m", "a", 1)`:                        "a",
		`log.With("a", 1)`:                                                 "a",
		`slog.String("a", "b")`:                                            "a",
		`slog.Group("a", "b", 1, slog.Int("c", 1))`:                        "a b",
		`slog.Group("", "b", 1)`:                                           "b",
		`log.Info("m", slog.Int("a", 1), "b", "value")`:                    "b",
		`fmt.Errorf("a", "b")`:                                             "",
		`w.store.cfg.Logger.Error("m", "writes", len(ops), "err", reason)`: "writes err",
	} {
		e, err := parser.ParseExpr(call)
		testkit.Must(t, err)
		if got := strings.Join(logKeys(e.(*ast.CallExpr)), " "); got != want {
			t.Errorf("%s: keys %q, want %q", call, got, want)
		}
	}
}
