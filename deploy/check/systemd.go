package check

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const unitFile = "deploy/systemd/wiredesk.service"

// maxExposure is the score of systemd-analyze security, in tenths, that the unit must not exceed.
const maxExposure = "20"

// Systemd checks the unit: Wiredesk has its settings, and systemd-analyze, where it is installed, accepts it and finds it
// hardened.
func Systemd(r Root) []error {
	var p problems
	text, err := r.read(unitFile)
	if err != nil {
		return []error{err}
	}
	var names []string
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "Environment="); ok {
			name, _, _ := strings.Cut(value, "=")
			names = append(names, name)
		}
	}
	p.unknown(r, unitFile, names)
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return p
	}
	dir, err := os.MkdirTemp("", "unit-")
	if err != nil {
		return append(p, err)
	}
	defer os.RemoveAll(dir)
	unit := filepath.Join(dir, "wiredesk.service")
	installed := bytes.Replace(text, []byte("/usr/local/bin/wiredesk serve"), []byte("/bin/true"), 1) // a program that exists here
	if err := os.WriteFile(unit, installed, 0o600); err != nil {
		return append(p, err)
	}
	for _, args := range [][]string{{"verify", "--man=no", unit}, {"security", "--offline=true", "--threshold=" + maxExposure, unit}} {
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil || args[0] == "verify" && len(out) > 0 {
			p.add("%s: systemd-analyze %s: %w\n%s", unitFile, args[0], err, out)
		}
	}
	return p
}
