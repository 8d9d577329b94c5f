package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

const maxComponentFile = 200 // lines of a .tsx file

// webStats are the figures of the TypeScript below web.
type webStats struct {
	tsx     []int // lines of each .tsx file that is no test
	tooLong []string
	imports map[string]map[string]bool // between folders of web/src
	folders map[string]int             // files that are no tests
}

var importPath = regexp.MustCompile(`(?m)^(?:import|export)[^'"]*['"](\.[^'"]+)['"]|import\(['"](\.[^'"]+)['"]\)`)

func (s *stats) addTypeScript(file, text string) {
	s.comments.add(file, typeScriptComments(text))
	if strings.Contains(file, ".test.") || strings.Contains(file, "/e2e/") {
		return
	}
	w := &s.web
	if w.folders == nil {
		w.folders = map[string]int{}
	}
	w.folders[path.Dir(file)]++
	if lines := strings.Count(text, "\n"); path.Ext(file) == ".tsx" {
		w.tsx = append(w.tsx, lines)
		slices.Sort(w.tsx)
		if lines > maxComponentFile {
			w.tooLong = append(w.tooLong, fmt.Sprintf("%s: %d lines; at most %d", file, lines, maxComponentFile))
		}
	}
	for _, m := range importPath.FindAllStringSubmatch(text, -1) {
		from, to := path.Dir(file), path.Dir(path.Join(path.Dir(file), m[1]+m[2]))
		if from == to || !strings.HasPrefix(from, "web/src/") {
			continue
		}
		if w.imports[from] == nil {
			w.imports[from] = map[string]bool{}
		}
		w.imports[from][to] = true
	}
}

// arrows is the number of pairs of folders of which one imports the other.
func (w *webStats) arrows() (n int) {
	for _, to := range w.imports {
		n += len(to)
	}
	return n
}

// cycles returns the folders that import themselves through others.
func (w *webStats) cycles() (folders []string) {
	for from := range w.imports {
		if w.reaches(from, from, map[string]bool{}) {
			folders = append(folders, from)
		}
	}
	slices.Sort(folders)
	return folders
}

func (w *webStats) reaches(from, goal string, seen map[string]bool) bool {
	for to := range w.imports[from] {
		if to == goal {
			return true
		}
		if !seen[to] {
			seen[to] = true
			if w.reaches(to, goal, seen) {
				return true
			}
		}
	}
	return false
}
