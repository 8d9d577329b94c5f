package archive

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// page is a file to be imported as a post.
type page struct {
	file           string // path below the directory
	doc            document
	slug           string
	lang           string    // empty: unknown
	date           time.Time // of creation; zero: unknown
	publication    time.Time // zero: unknown
	hasPublication bool      // the front matter has it, so that a draft keeps it
	dated          bool      // the front matter or the file name has a date
	headless       bool      // of a headless Hugo bundle
	addresses      []string  // earlier addresses
	fields         map[string]any
	seal           string     // of an unchanged file of an export; else empty
	changesOf      string     // the seal of the page with the live text, if this file has unpublished changes
	changes        *page      // unpublished changes; nil: none
	notes          []*problem // remarks for the report
}

// names are the names of each field in a front matter: Wiredesk's own, then those of Zola, Hugo, Jekyll and
// Astro.
var names = map[string][]string{
	"title":          {"title"},
	"description":    {"description", "summary", "excerpt"},
	"slug":           {"slug", "url", "permalink", "path"},
	"category":       {"category", "categories"},
	"tags":           {"tags", "tag"},
	"readTime":       {"readTime", "readingTime"},
	"authorName":     {"author", "authors", "by"},
	"authorPosition": {"authorPosition", "team"},
	"authorImage":    {"authorImage"},
	"blogImage":      {"blogImage", "image", "images", "cover", "heroImage", "featuredImage", "featureImage", "coverImage", "thumbnail"},
}

// newPage derives a page from a parsed file. Every error is a *problem.
func newPage(file string, src []byte, now time.Time) (page, error) {
	doc, err := parse(src)
	if err != nil {
		return page{}, err
	}
	p := page{file: file, doc: doc, seal: sealOf(src)}
	r := headReader{own: doc.own}
	if doc.head != nil {
		r.head = *doc.head
	}
	name, lang := stem(file)
	p.lang = languageOfPage(file, lang, &r)
	p.readDates(&r, name)
	title := r.text(names["title"]...)
	if strings.TrimSpace(title) == "" {
		title = cut(titleOf(doc.body, file), post.MaxTitle)
	} else if m := r.find("title"); !doc.own && html.UnescapeString(title) != title {
		r.note(m.line, "%s keeps its HTML entities, such as &amp;, as they are written", m.name)
	}
	p.readSlug(&r, name, title)
	p.readFields(&r, title)
	if m := r.find("changesOf"); m != nil && doc.own {
		p.changesOf = m.text
	}
	if m := r.find("headless"); m != nil {
		p.headless = !falsy(*m)
	}
	p.notes = append(p.notes, r.notes...)
	p.fields["published"] = p.published(&r, now)
	return p, r.err
}

// readDates reads the dates of creation and first publication. A draft has a publication only if the front
// matter has one beside the date of the page.
func (p *page) readDates(r *headReader, name string) {
	day := r.date("date", "publishDate", "pubDate", "publishedDate", "publishedOn", "publicationDate", "postDate")
	if m := r.find("published", "publish"); day.IsZero() && m != nil {
		day, _ = m.time() // ignored if it is true or false
	}
	p.publication = r.date("publishedAt")
	created := time.Time{}
	if m := r.find("createdAt", "created", "dateCreated", "createdDate", "creationDate"); m != nil {
		var ok bool
		if created, ok = m.time(); !ok || created.Year() < 1970 || created.Year() > 9999 {
			created = time.Time{}
			r.note(m.line, "%s is left out: it is not a date from 1970 to 9999", m.name)
		}
	}
	p.dated = !day.IsZero() || !p.publication.IsZero()
	for _, where := range []string{r.addressText(), name} {
		if day.IsZero() {
			day = dateOfPath(where)
		}
	}
	p.dated = p.dated || !day.IsZero()
	if p.publication.IsZero() {
		p.publication = day
	}
	if p.date = created; created.IsZero() {
		p.date = p.publication
	}
	p.hasPublication = r.find("publishedAt") != nil
}

// readSlug reads the slug of the front matter, else derives it from the address, the file name or the title.
func (p *page) readSlug(r *headReader, name, title string) {
	address, all := r.readAddresses()
	for _, slug := range []string{slugOf(r.text("slug")), address, slugOf(withoutDate(path.Base(name))), cleanSlug(post.Slugify(title))} {
		if p.slug == "" {
			p.slug = slug
		}
	}
	p.addresses = all
}

func (p *page) readFields(r *headReader, title string) {
	atSpaces := !p.doc.own && isJekyll(p.file, r.head)
	category, others := r.categories(atSpaces)
	tags := append([]string{}, r.labels(atSpaces, names["tags"]...)...)
	for _, other := range others {
		if other != category && !slices.Contains(tags, other) {
			tags = append(tags, other)
		}
	}
	p.fields = map[string]any{
		"title":          title,
		"description":    r.text(names["description"]...),
		"content":        p.doc.body,
		"category":       category,
		"tags":           tags,
		"authorName":     r.authors(names["authorName"]...),
		"authorPosition": r.text(names["authorPosition"]...),
		"authorImage":    r.image(names["authorImage"]...),
		"blogImage":      r.image(names["blogImage"]...),
	}
	if minutes := r.minutes(names["readTime"]...); minutes > 0 {
		p.fields["readTime"] = minutes
	}
}

// source converts p to a post.Source. Its error is a *problem with every broken rule.
func (p *page) source() (post.Source, error) {
	hash := sha256.New()
	fields, err := p.patch(hash)
	if err != nil {
		return post.Source{}, err
	}
	src := post.Source{Slug: p.slug, Fields: fields, Created: p.date, Addresses: p.addresses}
	if p.changes != nil {
		p.changes.fields["published"] = true
		src.Live = &fields
		src.Slug = p.changes.slug
		if src.Fields, err = p.changes.patch(hash); err != nil {
			return post.Source{}, err
		}
	}
	for _, address := range p.addresses {
		hash.Write([]byte("\n" + address))
	}
	if src.Hash = hash.Sum(nil); p.fields["published"] == true || p.hasPublication {
		src.Published = p.publication
	}
	return src, nil
}

// patch checks the fields, and adds them to the hash.
func (p *page) patch(hash io.Writer) (post.Patch, error) {
	p.fields["slug"] = p.slug
	body, err := json.Marshal(p.fields)
	if err != nil {
		return post.Patch{}, problemf(1, "%v", err)
	}
	fields, err := post.ParseNew(body)
	if err != nil {
		return post.Patch{}, p.problem(err)
	}
	hash.Write(body)
	return fields, nil
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
	line := 1
	if f.Fields[0].Name == "content" {
		line = p.doc.bodyLine
	} else if p.doc.head != nil {
		r := headReader{head: *p.doc.head}
		if m := r.find(names[f.Fields[0].Name]...); m != nil {
			line = m.line
		}
	}
	return problemf(line, "%s", strings.Join(texts, "; "))
}

// titleOf returns the first heading outside of code, else a title derived from the file name.
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
	name, _ := stem(file)
	words := strings.FieldsFunc(withoutDate(path.Base(unescape(name))), func(r rune) bool {
		return r == '-' || r == '_' || unicode.IsSpace(r) || unicode.IsControl(r)
	})
	if len(words) == 0 {
		return fmt.Sprintf("Post of %s", path.Base(file))
	}
	first, n := utf8.DecodeRuneInString(words[0])
	words[0] = string(unicode.ToUpper(first)) + words[0][n:]
	return strings.Join(words, " ")
}

// heading returns the text of a line such as "## Text ##"; "" if it is not a heading.
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
