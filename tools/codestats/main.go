// Codestats measures how readable a checkout is: wording habits of comments and documents, share of comments, sizes of
// functions and files, arrows and cycles between packages, and exported names without documentation.
//
//	codestats [-check] [DIR...]
//
// It prints a table with a column for each directory (default: the repository that it is in) and the goal of each row.
// With -check it lists the places of the first directory that miss a goal, and ends with 1 if there is one.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "list the places that miss a goal; end with 1 if there is one")
	flag.Parse()
	dirs := flag.Args()
	if len(dirs) == 0 {
		dirs = []string{"../.."}
		if _, err := os.Stat("go.mod"); err == nil { // the working directory is tools, as for go run ./codestats
			dirs = []string{".."}
		}
	}
	var all []*stats
	for _, dir := range dirs {
		s, err := measure(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, "codestats:", err)
			os.Exit(1)
		}
		all = append(all, s)
	}
	printTable(all)
	if *check && len(all[0].faults()) > 0 {
		fmt.Fprintf(os.Stderr, "\n%s\n", strings.Join(all[0].faults(), "\n"))
		os.Exit(1)
	}
}

// stats are the figures of one checkout.
type stats struct {
	root     string
	comments wording // of Go and TypeScript, tests included
	docs     wording // of Markdown
	code     goStats
	web      webStats
}

// measure reads the tracked and untracked files below root that are not generated, built or installed.
func measure(root string) (*stats, error) {
	s := &stats{root: root, code: newGoStats(), web: webStats{imports: map[string]map[string]bool{}}}
	err := walk(root, func(path string) error {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".go":
			return s.addGo(path, text)
		case ".ts", ".tsx":
			s.addTypeScript(path, string(text))
		case ".md":
			s.docs.add(path, proseOf(string(text)))
		}
		return nil
	})
	s.code.finish()
	return s, err
}

var leftOut = map[string]bool{"node_modules": true, "dist": true, "testdata": true, "bin": true, "corpus": true}

// walk calls f with the path, relative to root, of each file that people write.
func walk(root string, f func(path string) error) error {
	return filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			hidden := strings.HasPrefix(name, ".") && name != "." && name != ".." && name != ".ci" && name != ".github"
			if path != root && (hidden || leftOut[name]) {
				return filepath.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil || !entry.Type().IsRegular() || strings.Contains(name, ".gen.") {
			return err
		}
		return f(filepath.ToSlash(relative))
	})
}
