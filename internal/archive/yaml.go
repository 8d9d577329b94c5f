package archive

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:unmarshal errors:\s+)?(?:line (\d+): )?(.*)$`)

// decodeYAML parses a text with one mapping. A second document is an error: no part of a file is ignored
// silently.
func decodeYAML(src string) (value, error) {
	decoder := yaml.NewDecoder(strings.NewReader(src))
	var doc, next yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return value{kind: table, line: 1}, nil
	}
	if err == nil {
		if err = decoder.Decode(&next); err == nil {
			return value{}, problemf(next.Line, "a second YAML document begins in the front matter; remove the line before it")
		}
	}
	if !errors.Is(err, io.EOF) {
		return value{}, yamlProblem(src, err)
	}
	b := yamlBuilder{}
	top, err := b.value(doc.Content[0], 0)
	switch {
	case err != nil:
		return value{}, err
	case top.kind == null:
		return value{kind: table, line: 1}, nil
	case top.kind != table:
		return value{}, problemf(top.line, "the front matter must consist of lines such as \"title: Hello\"")
	}
	return top, nil
}

// yamlProblem returns a problem with the line of the parser, which may be off by one.
func yamlProblem(src string, err error) *problem {
	line, message := 2, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		n, _ := strconv.Atoi(m[1])
		line, message = max(line, n), m[2]
	}
	return problemf(min(line, 1+strings.Count(src, "\n")), "the front matter is not YAML, here or nearby: %s", message)
}

type yamlBuilder struct{ treeBuilder }

func (b *yamlBuilder) value(n *yaml.Node, depth int) (value, error) {
	v := value{line: n.Line}
	if err := b.enter(n.Line, depth); err != nil {
		return v, err
	}
	switch n.Kind {
	case yaml.AliasNode:
		aliased, err := b.value(n.Alias, depth+1)
		aliased.line = n.Line
		return aliased, err
	case yaml.SequenceNode:
		v.kind = list
		for _, item := range n.Content {
			item, err := b.value(item, depth+1)
			if err != nil {
				return v, err
			}
			v.items = append(v.items, item)
		}
		return v, nil
	case yaml.MappingNode:
		return b.table(n, depth)
	}
	return yamlScalar(n)
}

func yamlScalar(n *yaml.Node) (value, error) {
	v := value{kind: plain, text: n.Value, line: n.Line}
	switch tag := n.ShortTag(); {
	case tag == "!!binary":
		return v, problemf(n.Line, "binary values are not supported; write the text itself")
	case tag == "!!null":
		v.kind = null
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		v.kind = quoted
	}
	return v, nil
}

// table converts a mapping. It ignores keys that are not scalars. Members merged with << follow the members
// of the mapping itself.
func (b *yamlBuilder) table(n *yaml.Node, depth int) (value, error) {
	v := value{kind: table, line: n.Line}
	lines := make(map[string]int)
	var merged []member
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		content, err := b.value(n.Content[i+1], depth+1)
		if err != nil {
			return v, err
		}
		if key.Kind != yaml.ScalarNode {
			continue
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, mergedMembers(content)...)
			continue
		}
		name := key.Value
		if first, ok := lines[name]; ok {
			return v, problemf(key.Line, "the front matter is not YAML: the key %q is already defined at line %d", name, first)
		}
		lines[name] = key.Line
		content.line = n.Content[i].Line
		v.members = append(v.members, newMember(name, content))
	}
	for _, m := range merged {
		if _, ok := lines[m.name]; !ok {
			lines[m.name] = m.line
			v.members = append(v.members, m)
		}
	}
	return v, nil
}

// mergedMembers returns the members of a table, or of the tables of a list.
func mergedMembers(v value) []member {
	members := v.members
	for _, item := range v.items {
		members = append(members, item.members...)
	}
	return members
}
