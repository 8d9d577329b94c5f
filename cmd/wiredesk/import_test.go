package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
)

func TestImportAndExport(t *testing.T) {
	site, out, data := t.TempDir(), t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"good.md": "+++\ntitle = \"Good\"\n+++\n\nText.\n", "bad.md": "+++\ntitle = \"Bad\"\n", "a\x1b[31m.png": "", "_index.md": "+++\n+++\n",
	} {
		if err := os.WriteFile(filepath.Join(site, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stdout bytes.Buffer
	settings := map[string]string{"DATA_DIR": data}
	e := env{getenv: func(name string) string { return settings[name] }, stdin: strings.NewReader(""), stdout: &stdout, stderr: io.Discard}

	if err := run(t.Context(), []string{"import", site}, e); err == nil || !strings.Contains(err.Error(), "Set ADMIN_EMAIL and ADMIN_PASSWORD, or run 'wiredesk user add") {
		t.Errorf("without a user: %v", err)
	}
	if err := run(t.Context(), []string{"user", "add", "ana@example.org", "--role", string(auth.Admin), "--generate"}, e); err != nil {
		t.Fatal(err)
	}
	stdout.Reset()
	err := run(t.Context(), []string{"import", site, "--as", "ana@example.org"}, e)
	if err == nil || err.Error() != "1 file could not be imported; the others were" {
		t.Errorf("import: %v", err)
	}
	report, _, _ := strings.Cut(stdout.String(), "\nTook ")
	want := `Failed:
  bad.md:1: the front matter that +++ opens here is never closed: a line +++ is missing

Skipped:
  1 a section, not a post  _index.md
  1 not Markdown           "a\x1b[31m.png"

   imported  1
    changed  0
  unchanged  0
       kept  0
    skipped  2
     failed  1
`
	if report != want {
		t.Errorf("report:\n%s\nwant:\n%s", report, want)
	}

	stdout.Reset()
	if err := run(t.Context(), []string{"export", out}, e); err != nil || !strings.Contains(stdout.String(), "written  1") {
		t.Errorf("export: %v\n%s", err, stdout.String())
	}
	if text, err := os.ReadFile(filepath.Join(out, "good.md")); err != nil || !strings.HasSuffix(string(text), "\n+++\n\nText.\n") {
		t.Errorf("good.md: %v\n%s", err, text)
	}
	for _, args := range [][]string{{}, {site, out}, {"--as", "nobody@example.org", site}, {filepath.Join(site, "good.md")}} {
		stdout.Reset()
		if err := run(t.Context(), append([]string{"import"}, args...), e); err == nil || stdout.Len() > 0 {
			t.Errorf("import %v: %v\n%s", args, err, stdout.String())
		}
	}
}

// TestImport_beforeTheFirstStart: the first administrator is made from the settings.
func TestImport_beforeTheFirstStart(t *testing.T) {
	site := t.TempDir()
	if err := os.WriteFile(filepath.Join(site, "good.md"), []byte("+++\ntitle = \"Good\"\n+++\n\nText.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{"DATA_DIR": t.TempDir(), "ADMIN_EMAIL": "ana@example.org", "ADMIN_PASSWORD": testWord}
	for _, want := range []string{"imported  1", "unchanged  1"} {
		e, out, log := tool("", settings)
		if err := run(t.Context(), []string{"import", site}, e); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("import: %v\n%s%s", err, out, log)
		}
	}
	e, out, _ := tool("", settings)
	if err := run(t.Context(), []string{"user", "list"}, e); err != nil || !strings.Contains(out.String(), "ana@example.org  Admin  admin  active") {
		t.Errorf("users: %v\n%s", err, out)
	}
}
