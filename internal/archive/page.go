package archive

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// page is a file that is to become a post.
type page struct {
	file   string // its path below the directory
	doc    document
	slug   string
	date   time.Time // zero: unknown
	fields map[string]any
	notes  []*problem // what the reader of the report should know
}

// names are the front matter's names of each field: Wiredesk's own, then those that
// Zola, Hugo, Jekyll and Astro know.
var names = map[string][]string{
	"title":          {"title"},
	"description":    {"description", "summary", "excerpt"},
	"slug":           {"slug", "path"},
	"category":       {"category", "categories"},
	"tags":           {"tags"},
	"readTime":       {"readTime"},
	"authorName":     {"author", "authors", "by"},
	"authorPosition": {"authorPosition", "team"},
	"authorImage":    {"authorImage"},
	"blogImage":      {"blogImage", "image", "images", "cover"},
}

// newPage decides what a file means. Every error is a *problem.
func newPage(file string, src []byte, now time.Time) (page, error) {
	doc, err := parse(src)
	if err != nil {
		return page{}, err
	}
	r := headReader{doc: doc}
	p := page{file: file, doc: doc, date: r.date("date", "publishDate", "pubDate")}
	where := r.text("path")
	for _, name := range []string{where, stem(file)} {
		if p.date.IsZero() {
			p.date = dateOfPath(name)
		}
	}
	title := r.text(names["title"]...)
	if strings.TrimSpace(title) == "" {
		title = cut(titleOf(doc.body, file), post.MaxTitle)
	}
	for _, name := range []string{r.text("slug"), where, withoutDate(path.Base(stem(file))), post.Slugify(title)} {
		if p.slug == "" {
			p.slug = cleanSlug(path.Base(name))
		}
	}
	categories, tags := r.labels(names["category"]...), r.labels(names["tags"]...)
	category := ""
	if len(categories) > 0 {
		category, tags = categories[0], append(tags, categories[1:]...)
	}
	p.fields = map[string]any{
		"title":          title,
		"description":    r.text(names["description"]...),
		"content":        doc.body,
		"category":       category,
		"tags":           append([]string{}, tags...),
		"authorName":     strings.Join(r.list(names["authorName"]...), ", "),
		"authorPosition": r.text(names["authorPosition"]...),
		"authorImage":    p.image(&r, names["authorImage"]...),
		"blogImage":      p.image(&r, names["blogImage"]...),
	}
	switch _, minutes := r.find(names["readTime"]...); minutes.(type) {
	case int, int64: // not a text such as "5 min"
		p.fields["readTime"] = minutes
	}
	p.fields["published"] = p.published(&r, now)
	return p, r.err
}

// published is careful: what is not clearly out on the old site stays a draft.
func (p *page) published(r *headReader, now time.Time) bool {
	draft, _ := r.flag("draft")
	published, given := r.flag("published")
	switch {
	case draft || given && !published || strings.Contains("/"+p.file, "/_drafts/"):
		return false
	case p.doc.head == nil:
		p.notes = append(p.notes, problemf(1, "becomes a draft: it has no front matter"))
		return false
	case p.date.After(now):
		p.notes = append(p.notes, problemf(1, "becomes a draft: it is dated in the future"))
		return false
	}
	return true
}

// source makes p what the post package imports. Its error is a *problem that says every broken rule.
func (p *page) source() (post.Source, error) {
	p.fields["slug"] = p.slug
	body, err := json.Marshal(p.fields)
	if err != nil {
		return post.Source{}, problemf(1, "%v", err)
	}
	fields, err := post.ParseNew(body)
	if err != nil {
		return post.Source{}, p.problem(err)
	}
	hash := sha256.Sum256(body)
	return post.Source{Slug: p.slug, Fields: fields, Created: p.date, Hash: hash[:]}, nil
}

func (p *page) problem(err error) *problem {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return problemf(1, "%v", err)
	}
	var texts []string
	for _, field := range f.Fields {
		texts = append(texts, field.Name+": "+field.Message)
	}
	line := p.doc.line(names[f.Fields[0].Name]...)
	if f.Fields[0].Name == "content" {
		line = p.doc.bodyLine
	}
	return problemf(line, "%s", strings.Join(texts, "; "))
}

// image returns an image's address. Another path than a rooted one is left out, with a
// note: the old site made an address of it that is not known here.
func (p *page) image(r *headReader, names ...string) string {
	name, value := r.find(names...)
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	if table, ok := value.(map[string]any); ok {
		value = member(table, "image")
	}
	address, _ := value.(string)
	lower := strings.ToLower(address)
	rooted := strings.HasPrefix(lower, "/") && !strings.HasPrefix(lower, "//")
	if rooted || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return address
	}
	if value != nil {
		p.notes = append(p.notes, problemf(p.doc.line(name), "%s is left out: it is no http(s) address and no path that starts with '/'", name))
	}
	return ""
}

// stem returns the path of the file without its extension, and of an index file the path of its directory.
func stem(file string) string {
	name := strings.TrimSuffix(file, path.Ext(file))
	if dir, base := path.Split(name); base == "index" && dir != "" {
		return path.Clean(dir)
	}
	return name
}

// titleOf returns the first heading outside of code, else a title made of the file's name.
func titleOf(body, file string) string {
	code := ""
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if fence := cut(line, 3); fence == "```" || fence == "~~~" {
			if code == "" {
				code = fence
			} else if code == fence {
				code = ""
			}
		}
		if title := heading(line); code == "" && title != "" {
			return title
		}
	}
	words := strings.FieldsFunc(withoutDate(path.Base(stem(file))), func(r rune) bool {
		return r == '-' || r == '_' || unicode.IsSpace(r) || unicode.IsControl(r)
	})
	if len(words) == 0 {
		return fmt.Sprintf("Post of %s", path.Base(file))
	}
	first, n := utf8.DecodeRuneInString(words[0])
	words[0] = string(unicode.ToUpper(first)) + words[0][n:]
	return strings.Join(words, " ")
}

// heading returns the text of a line such as "## Text ##", empty when it is no heading.
func heading(line string) string {
	text := strings.TrimLeft(line, "#")
	if marks := len(line) - len(text); marks < 1 || marks > 6 || strings.TrimLeft(text, " \t") == text {
		return ""
	}
	words := strings.Fields(text)
	if last := len(words) - 1; last >= 0 && strings.Trim(words[last], "#") == "" {
		words = words[:last]
	}
	return strings.Join(words, " ")
}
