package archive

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// decodeTOML validates the text with the library first, then reads its parts as written.
func decodeTOML(src string) (value, error) {
	var checked map[string]any
	if err := toml.Unmarshal([]byte(src), &checked); err != nil {
		return value{}, tomlProblem(src, err)
	}
	b := tomlBuilder{root: value{kind: table, line: 1}, lines: lineCounter{src: src}}
	b.parser.Reset([]byte(src))
	for b.parser.NextExpression() {
		if err := b.expression(b.parser.Expression()); err != nil {
			return value{}, err
		}
	}
	if err := b.parser.Error(); err != nil {
		return value{}, tomlProblem(src, err)
	}
	return b.root, nil
}

func tomlProblem(src string, err error) *problem {
	line, column := 1, 1
	if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
		line, column = at.Position()
	}
	message := nameRune(strings.TrimPrefix(err.Error(), "toml: "), lineOf(src, line), column-1)
	return problemf(line, "the front matter is not TOML: %s", message)
}

type tomlBuilder struct {
	treeBuilder
	parser  unstable.Parser
	lines   lineCounter
	root    value
	section []string // the keys of the last [table] or [[list of tables]]
}

func (b *tomlBuilder) expression(n *unstable.Node) error {
	switch n.Kind {
	case unstable.KeyValue:
		path, line := b.keys(n)
		return b.set(append(b.section[:len(b.section):len(b.section)], path...), n.Value(), line)
	case unstable.Table, unstable.ArrayTable:
		path, line := b.keys(n)
		b.section = path
		if err := b.enter(line, len(path)); err != nil {
			return err
		}
		at := b.root.descend(path, line)
		if n.Kind == unstable.ArrayTable {
			*at = value{kind: list, line: at.line, items: append(at.list(), value{kind: table, line: line})}
		}
	}
	return nil
}

// keys returns the parts of a dotted key and its line.
func (b *tomlBuilder) keys(n *unstable.Node) (path []string, line int) {
	for it := n.Key(); it.Next(); {
		if line == 0 {
			line = b.lines.at(int(it.Node().Raw.Offset))
		}
		path = append(path, string(it.Node().Data))
	}
	return path, line
}

func (b *tomlBuilder) set(path []string, n *unstable.Node, line int) error {
	v, err := b.value(n, line, len(path))
	if err == nil {
		*b.root.descend(path, line) = v
	}
	return err
}

func (b *tomlBuilder) value(n *unstable.Node, line, depth int) (value, error) {
	v := value{kind: plain, text: string(n.Data), line: line}
	if err := b.enter(line, depth); err != nil {
		return v, err
	}
	switch n.Kind {
	case unstable.String:
		v.kind = quoted
	case unstable.Array:
		v = value{kind: list, line: line}
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			item, err := b.value(it.Node(), line, depth+1)
			if err != nil {
				return v, err
			}
			v.items = append(v.items, item)
		}
	case unstable.InlineTable:
		v = value{kind: table, line: line}
		for it := n.Children(); it.Next(); {
			path, line := b.keys(it.Node())
			item, err := b.value(it.Node().Value(), line, depth+len(path))
			if err != nil {
				return v, err
			}
			*v.descend(path, line) = item
		}
	}
	return v, nil
}

// descend returns the value of a dotted key below v, and creates the tables on the way. A list of tables
// resolves to its last one.
func (v *value) descend(path []string, line int) *value {
	for _, name := range path {
		if v.kind == list && len(v.items) > 0 {
			v = &v.items[len(v.items)-1]
		}
		v.kind = table
		at := -1
		for i := range v.members {
			if v.members[i].name == name {
				at = i
			}
		}
		if at < 0 {
			v.members = append(v.members, newMember(name, value{kind: table, line: line}))
			at = len(v.members) - 1
		}
		v = &v.members[at].value
	}
	return v
}

// list returns the items of v; none if v is a new table.
func (v *value) list() []value {
	if v.kind == list {
		return v.items
	}
	return nil
}
