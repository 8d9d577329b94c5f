package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// An error of a path names the setting that contains the path.
func TestServe_unusablePathsNameTheSetting(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	testkit.Must(t, os.WriteFile(file, nil, 0o600))
	occupied := filepath.Join(dir, "occupied")
	testkit.Must(t, os.MkdirAll(occupied, 0o700))
	testkit.Must(t, os.WriteFile(filepath.Join(occupied, "kafka"), nil, 0o600))
	for _, c := range []struct{ name, value string }{
		{"DATA_DIR", occupied},
		{"DATA_DIR", "/proc/none/x"},
		{"DATABASE_URL", "sqlite:///proc/none/x/wiredesk.db"},
		{"DATABASE_URL", "sqlite://" + dir},
		{"DATABASE_URL", "sqlite://" + filepath.Join(file, "wiredesk.db")},
	} {
		for _, command := range []string{"serve", "user list"} {
			if c.value == occupied && command != "serve" {
				continue
			}
			settings := map[string]string{"PORT": "0", "DATA_DIR": t.TempDir()}
			settings[c.name] = c.value
			e, _, _ := tool("", settings)
			err := run(t.Context(), strings.Fields(command), e)
			if err == nil || !strings.HasPrefix(err.Error(), c.name+"=") || !strings.Contains(err.Error(), "for example "+c.name+"=") {
				t.Errorf("%s with %s=%s: %v", command, c.name, c.value, err)
			}
		}
	}
}
