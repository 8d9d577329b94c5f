package archive

import (
	"errors"
	"strings"
	"testing"
)

// TestParse: where a front matter ends. The body is whole, whatever it holds.
func TestParse(t *testing.T) {
	const body = "First part of the body.\n\n---\n\nSecond part of the body.\n...\n+++\n"
	tests := map[string]struct {
		src  string
		line int // of the body
	}{
		"three dots":         {"---\ntitle: T\n...\n" + body, 4},
		"dots and space":     {"---\ntitle: T\n... \t\n\n" + body, 5},
		"three dashes":       {"---\ntitle: T\n---\n\n" + body, 5},
		"dots in a value":    {"---\nx: |\n  ...\ntitle: T\n---\n" + body, 6},
		"CRLF":               {strings.ReplaceAll("---\ntitle: T\n...\n"+body, "\n", "\r\n"), 4},
		"lone CR":            {strings.ReplaceAll("---\ntitle: T\n---\n"+body, "\n", "\r"), 4},
		"TOML, lone CR":      {strings.ReplaceAll("+++\ntitle = 'T'\n+++\n"+body, "\n", "\r"), 4},
		"CRLF in the head":   {"---\r\ntitle: T\r\n---\r\n" + body, 4},
		"CRLF in the body":   {"---\ntitle: T\n---\n" + strings.ReplaceAll(body, "\n", "\r\n"), 4},
		"byte order mark":    {"\ufeff---\ntitle: T\n---\n" + body, 4},
		"empty lines before": {"\n \n---\ntitle: T\n---\n" + body, 6},
		"TOML":               {"+++\ntitle = 'T'\n+++\n" + body, 4},
		"TOML with dots":     {"+++\nx = '''\n...\n---\n'''\ntitle = 'T'\n+++\n" + body, 8},
		"JSON":               {"{\n \"title\": \"T\"\n}\n\n" + body, 5},
		"JSON in a line":     {"{\"title\": \"T\", \"a\": {\"b\": [\"}\"]}}\n" + body, 2},
		"JSON, CRLF":         {strings.ReplaceAll("{\n\"title\": \"T\"\n}\n\n"+body, "\n", "\r\n"), 5},
		"JSON, lines before": {"\n\n{\n\"title\": \"T\"}\n" + body, 5},
		"fenced JSON":        {"---json\n{\n\"title\": \"T\"\n}\n---\n" + body, 6},
		"fenced TOML":        {"---toml\ntitle = 'T'\n---\n" + body, 4},
		"fenced YAML":        {"---yaml\ntitle: T\n---\n" + body, 4},
		"Hexo JSON":          {";;;\n\"title\": \"T\"\n;;;\n" + body, 4},
		"comments in YAML":   {"---\n# a comment\ntitle: T # another\n# last\n---\n" + body, 6},
	}
	for name, test := range tests {
		p, err := newPage("a.md", []byte(test.src), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.fields["title"] != "T" || p.fields["content"] != body || p.doc.bodyLine != test.line {
			t.Errorf("%s: title %q, body from line %d, want %d:\n%q", name, p.fields["title"], p.doc.bodyLine, test.line, p.fields["content"])
		}
	}
	for name, src := range map[string]string{ // no front matter: all of the file is the body
		"shortcode": "{{< figure >}}\nText.\n", "Liquid": "{% include x %}\nText.\n", "set": "{a, b}\n", "rule": "----\nText.\n", "code": "---js\n{}\n---\n", "lines": "title: T\n\nText.\n",
	} {
		if p, err := newPage("a.md", []byte(src), now); err != nil || p.fields["content"] != src || p.fields["published"] != false {
			t.Errorf("%s: %q, %v", name, p.fields["content"], err)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	tests := map[string]struct {
		src  string
		line int
		text string
	}{
		"a second document":   {"---\ntitle: T\n--- # more\nx: 1\n---\n", 3, "a second YAML document begins"},
		"text after the end":  {"---\ntitle: T\n... # end\nMore.\n---\n", 3, "is not YAML"},
		"JSON without end":    {"{\n\"title\": \"T\"\n\nText.\n", 4, "is not JSON"},
		"JSON cut":            {"{\n\"title\": \"T\",", 1, "a } is missing"},
		"JSON twice":          {"{\n\"title\": \"T\",\n\"title\": \"U\"}\n", 3, `"title" is already defined at line 2`},
		"half a character":    {"{\n\"title\": \"\\ud83d\"}\n", 2, "half of a character"},
		"JSON with more":      {"---json\n{\"a\": 1}\nb\n---\n", 2, "text follows the object"},
		"Hexo without end":    {";;;\n\"title\": \"T\"\n", 1, "a line ;;; is missing"},
		"YAML twice":          {"---\ntitle: T\nx: 1\ntitle: U\n---\n", 4, "already defined at line 2"},
		"YAML twice, deep":    {"---\nparams:\n  a: 1\n  a: 2\n---\n", 4, "already defined at line 3"},
		"YAML, lone CR":       {"---\rtitle: T\rdraft: maybe\r---\rx\r", 3, "must be true or false"},
		"TOML, CRLF":          {"+++\r\ntitle = 'T'\r\ndraft = maybe\r\n+++\r\n", 3, "is not TOML"},
		"TOML, lines before":  {"\n\n+++\ntitle = 'T'\ndraft = maybe\n+++\n", 5, "is not TOML"},
		"a curly quote, TOML": {"+++\ntitle = “T”\n+++\n", 2, `U+201C '“', a curly quote`},
		"single curly, TOML":  {"+++\nx = 1\ntitle = ‘T’\n+++\n", 3, `U+2018 '‘', a curly quote`},
		"guillemet, TOML":     {"+++\ntitle = «T»\n+++\n", 2, `U+00AB '«', a curly quote`},
		"a dash, TOML":        {"+++\ntitle – 'T'\n+++\n", 2, `is not TOML`},
		"a curly quote, JSON": {"{\n\"title\": “T”}\n", 2, `U+201C '“', a curly quote`},
		"curly keys, JSON":    {"{\n\"a\": 1,\n“title”: 2}\n", 3, `U+201C '“', a curly quote`},
	}
	for name, test := range tests {
		var got *problem
		_, err := newPage("a.md", []byte(test.src), now)
		if !errors.As(err, &got) || got.line != test.line || !strings.Contains(got.text, test.text) {
			t.Errorf("%s: %v, want line %d: … %s …", name, err, test.line, test.text)
		}
	}
}
