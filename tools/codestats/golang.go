package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
)

const (
	maxFunction  = 60  // lines
	maxFile      = 400 // lines
	minEssay     = 25  // words of a package comment
	ourModule    = "github.com/wiredesk/wiredesk/"
	minComment   = 10.0 // percent of the lines of Go without tests
	maxComment   = 14.0
	largestTypes = 2
)

// goStats are the figures of the Go code without tests, and the wording of all of it.
type goStats struct {
	lines, commentLines int
	functions, files    []int           // lines of each
	methods             map[string]int  // by package and type
	perFolder           map[string]int  // files
	arrows              map[string]bool // "from to", between our packages
	essays              map[string]int  // words of each package's comment
	undocumented        []string        // exported names
	tooLong             []string        // functions and files, tests included for files
}

func newGoStats() goStats {
	return goStats{methods: map[string]int{}, perFolder: map[string]int{}, arrows: map[string]bool{}, essays: map[string]int{}}
}

func (s *stats) addGo(file string, text []byte) error {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, text, parser.ParseComments)
	if err != nil {
		return err
	}
	s.comments.add(file, goComments(set, f))
	if lines := strings.Count(string(text), "\n"); lines > maxFile {
		s.code.tooLong = append(s.code.tooLong, fmt.Sprintf("%s: %d lines; at most %d", file, lines, maxFile))
	}
	if strings.HasSuffix(file, "_test.go") {
		return nil
	}
	s.code.addFile(set, f, file, text)
	return nil
}

// goComments returns the lines of the comments, without directives and without example code.
func goComments(set *token.FileSet, f *ast.File) (lines []line) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			first := set.Position(c.Pos()).Line
			for i, text := range strings.Split(c.Text, "\n") {
				if strings.HasPrefix(text, "//go:") || strings.HasPrefix(text, "//\t") {
					continue
				}
				lines = append(lines, line{first + i, quoted.ReplaceAllString(strings.Trim(text, "/* \t"), "")})
			}
		}
	}
	return lines
}

func (g *goStats) addFile(set *token.FileSet, f *ast.File, file string, text []byte) {
	folder := path.Dir(file)
	g.perFolder[folder]++
	g.files = append(g.files, strings.Count(string(text), "\n"))
	for l := range strings.Lines(string(text)) {
		if strings.TrimSpace(l) != "" {
			g.lines++
		}
	}
	for _, group := range f.Comments {
		g.commentLines += set.Position(group.End()).Line - set.Position(group.Pos()).Line + 1
	}
	g.essays[folder] += len(strings.Fields(f.Doc.Text()))
	for _, spec := range f.Imports {
		if to, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), ourModule); ours {
			g.arrows[folder+" "+to] = true
		}
	}
	for _, d := range f.Decls {
		g.addDeclaration(set, d, file)
	}
}

func (g *goStats) addDeclaration(set *token.FileSet, d ast.Decl, file string) {
	at := fmt.Sprintf("%s:%d", file, set.Position(d.Pos()).Line)
	switch d := d.(type) {
	case *ast.FuncDecl:
		lines := set.Position(d.End()).Line - set.Position(d.Pos()).Line + 1
		g.functions = append(g.functions, lines)
		if lines > maxFunction {
			g.tooLong = append(g.tooLong, fmt.Sprintf("%s: %s has %d lines; at most %d", at, d.Name.Name, lines, maxFunction))
		}
		receiver := receiverOf(d)
		if receiver != "" {
			g.methods[path.Dir(file)+"."+receiver]++
		}
		if d.Doc == nil && d.Name.IsExported() && (receiver == "" || ast.IsExported(receiver)) {
			g.undocumented = append(g.undocumented, at+": "+d.Name.Name+" is exported without documentation")
		}
	case *ast.GenDecl:
		for _, name := range undocumentedNames(d) {
			g.undocumented = append(g.undocumented, at+": "+name+" is exported without documentation")
		}
	}
}

// receiverOf returns the type that d is a method of; empty: it is a function.
func receiverOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// undocumentedNames returns the exported names of d that neither have a comment nor belong to a group that has one.
func undocumentedNames(d *ast.GenDecl) (names []string) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
				names = append(names, spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// finish sorts the sizes.
func (g *goStats) finish() {
	slices.Sort(g.functions)
	slices.Sort(g.files)
}

// commentShare is the percentage of lines with a comment among those that are not blank.
func (g *goStats) commentShare() float64 {
	return 100 * float64(g.commentLines) / float64(max(g.lines, 1))
}

// largest returns the method counts of the largest types, and their names.
func (g *goStats) largest() (names []string) {
	types := make([]string, 0, len(g.methods))
	for name := range g.methods {
		types = append(types, name)
	}
	slices.SortFunc(types, func(a, b string) int { return g.methods[b] - g.methods[a] })
	for _, name := range types[:min(largestTypes, len(types))] {
		names = append(names, fmt.Sprintf("%s %d", strings.TrimPrefix(name, "internal/"), g.methods[name]))
	}
	return names
}

// withoutEssay is the number of packages with a short comment.
func (g *goStats) withoutEssay() (n int) {
	for _, words := range g.essays {
		if words < minEssay {
			n++
		}
	}
	return n
}

func (g *goStats) faults() []string {
	places := slices.Concat(g.tooLong, g.undocumented)
	for folder, words := range g.essays {
		if words < minEssay {
			places = append(places, fmt.Sprintf("%s: the package comment has %d words; at least %d", folder, words, minEssay))
		}
	}
	if share := g.commentShare(); share < minComment || share > maxComment {
		places = append(places, fmt.Sprintf("comments are %.1f %% of the lines of Go; %.0f to %.0f", share, minComment, maxComment))
	}
	slices.Sort(places)
	return places
}
