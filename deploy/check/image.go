package check

import (
	"bytes"
	"os"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

var numericUser = regexp.MustCompile(`^[1-9][0-9]*(:[1-9][0-9]*)?$`)

// Image checks that deploy/Dockerfile parses without a warning, copies only files of the context, and ends with a numeric
// user that is not root, and a health check.
func Image(r Root) []error {
	var p problems
	const name = "deploy/Dockerfile"
	text, err := r.read(name)
	if err != nil {
		return []error{err}
	}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		p.file(name, err)
		return p
	}
	warn := func(rule, description, _, message string, _ []parser.Range) {
		p.add("%s: %s: %s", name, rule, message)
	}
	stages, _, err := instructions.Parse(tree.AST, linter.New(&linter.Config{Warn: warn}))
	if err != nil {
		p.file(name, err)
		return p
	}
	ignored, err := r.ignored()
	p.file(".dockerignore", err)
	user, healthy := "", false
	for i, stage := range stages {
		for _, command := range stage.Commands {
			switch c := command.(type) {
			case *instructions.CopyCommand:
				if c.From == "" {
					p.copied(r, ignored, c.SourcePaths)
				}
			case *instructions.UserCommand:
				user = c.User
			case *instructions.HealthCheckCommand:
				healthy = i == len(stages)-1 && c.Health.Test[0] == "CMD"
			}
		}
	}
	if !numericUser.MatchString(user) {
		p.add("%s: USER %q is not a number above 0", name, user)
	}
	if !healthy {
		p.add("%s: the image has no health check that needs no shell", name)
	}
	return p
}

func (r Root) ignored() (*patternmatcher.PatternMatcher, error) {
	text, err := r.read(".dockerignore")
	if err != nil {
		return nil, err
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}

// copied looks whether the sources of a COPY are in the context.
func (p *problems) copied(r Root, ignored *patternmatcher.PatternMatcher, sources []string) {
	for _, source := range sources {
		source = strings.TrimSuffix(source, "/")
		if _, err := os.Stat(r.path(source)); err != nil {
			p.file("deploy/Dockerfile", err)
		} else if out, err := ignored.MatchesOrParentMatches(source); err != nil || out {
			p.add("deploy/Dockerfile: .dockerignore keeps %s out of the context (%v)", source, err)
		}
	}
}
