// Package check finds mistakes in the files of deploy/ without a container engine or a cluster: it reads each file with the
// parser of its program, and checks the references between them. It starts no service. It is a module of its own, so that
// these parsers are no dependencies of Wiredesk.
package check

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// Root is a checkout of the repository.
type Root string

func (r Root) path(name string) string { return filepath.Join(string(r), filepath.FromSlash(name)) }

func (r Root) read(name string) ([]byte, error) { return os.ReadFile(r.path(name)) }

// problems collects the mistakes in one kind of file.
type problems []error

func (p *problems) add(format string, a ...any) { *p = append(*p, fmt.Errorf(format, a...)) }

func (p *problems) file(name string, err error) {
	if err != nil {
		p.add("%s: %w", name, err)
	}
}

var setting = regexp.MustCompile(`^#?([A-Z][A-Z_]+)=`)

// settings returns the names of Wiredesk's settings, and those that Go itself reads.
func (r Root) settings() ([]string, error) {
	f, err := os.Open(r.path(".env.example"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names := []string{"GOMEMLIMIT"}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if m := setting.FindStringSubmatch(lines.Text()); m != nil {
			names = append(names, m[1])
		}
	}
	return names, nil
}

// unknown adds those names of settings, set in the file, that Wiredesk does not read.
func (p *problems) unknown(r Root, file string, names []string) {
	known, err := r.settings()
	p.file(".env.example", err)
	for _, name := range names {
		if !slices.Contains(known, name) {
			p.add("%s: %s is no setting of Wiredesk; .env.example lists all", file, name)
		}
	}
}
