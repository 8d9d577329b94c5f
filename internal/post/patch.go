package post

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/render"
	"github.com/wiredesk/wiredesk/internal/strictjson"
)

// Patch is a set of new values of fields. Fields that are not in it stay unchanged. ParseNew and
// ParsePatch return only valid patches.
type Patch struct {
	text      map[string]string // by field name, see textFields
	tags      *[]string
	readTime  *int // minutes; 0: the computed value
	published *bool

	slugOfTitle bool // derive the slug from the title
}

// textField is a field that holds one string.
type textField struct {
	name    string
	max     int                 // characters; bytes when inBytes
	inBytes bool                // the limit is in bytes of UTF-8
	lines   bool                // line breaks are allowed; they are stored as \n
	nfc     bool                // stored in Unicode NFC, so that equal-looking texts are equal
	missing string              // message for an empty value; "": the field may be empty
	check   func(string) string // returns a message for an invalid value; nil: none is invalid
	of      func(*Post) *string
}

// UsePublish is the message of ParsePatch for the field published, which only Publish changes.
const UsePublish = "Not a field of an edit; publish or unpublish the post instead."

const missingTitle = "Enter a title."

var textFields = []textField{
	{name: "slug", max: MaxSlug, nfc: true, missing: "Enter a slug.", check: checkSlug, of: func(p *Post) *string { return &p.Slug }},
	{name: "title", max: MaxTitle, missing: missingTitle, of: func(p *Post) *string { return &p.Title }},
	{name: "description", max: MaxDescription, lines: true, of: func(p *Post) *string { return &p.Description }},
	{name: "content", max: MaxContentBytes, inBytes: true, lines: true, check: render.Check, of: func(p *Post) *string { return &p.Content }},
	{name: "category", max: MaxCategory, nfc: true, of: func(p *Post) *string { return &p.Category }},
	{name: "authorName", max: MaxAuthor, of: func(p *Post) *string { return &p.AuthorName }},
	{name: "authorPosition", max: MaxAuthor, of: func(p *Post) *string { return &p.AuthorPosition }},
	{name: "authorImage", max: MaxURL, check: CheckURL, of: func(p *Post) *string { return &p.AuthorImage }},
	{name: "blogImage", max: MaxURL, check: CheckURL, of: func(p *Post) *string { return &p.BlogImage }},
}

// ParseNew reads the JSON object of a new post.
func ParseNew(body []byte) (Patch, error) { return parse(body, true) }

// ParsePatch reads a JSON merge patch (RFC 7396): null empties a field; a null slug is derived from
// the title.
func ParsePatch(body []byte) (Patch, error) { return parse(body, false) }

// parse returns an Invalid fault with all broken rules, so that a form can show all of them.
func parse(body []byte, isNew bool) (Patch, error) {
	members, err := strictjson.Object(body)
	if err != nil {
		return Patch{}, err
	}
	p := Patch{text: make(map[string]string)}
	var broken []fault.Field
	for name, raw := range members {
		if message := p.set(name, raw, isNew); message != "" {
			broken = append(broken, fault.Field{Name: name, Message: message})
		}
	}
	if _, ok := members["title"]; isNew && !ok {
		broken = append(broken, fault.Field{Name: "title", Message: missingTitle})
	}
	if len(broken) > 0 {
		slices.SortFunc(broken, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
		return Patch{}, fault.InvalidFields(broken...)
	}
	return p, nil
}

// set stores one member. For an invalid value it returns a message.
func (p *Patch) set(name string, raw json.RawMessage, isNew bool) (message string) {
	null := string(raw) == "null"
	switch name {
	case "tags":
		tags, message := parseTags(raw)
		p.tags = &tags
		return message
	case "readTime":
		var minutes int
		if !null && (json.Unmarshal(raw, &minutes) != nil || minutes < 1 || minutes > MaxReadTime) {
			return fmt.Sprintf("Use a whole number of minutes from 1 to %d, or leave it empty.", MaxReadTime)
		}
		p.readTime = &minutes
		return ""
	case "published":
		if !isNew {
			return UsePublish
		}
		var published bool
		if null || json.Unmarshal(raw, &published) != nil {
			return "Use true or false."
		}
		p.published = &published
		return ""
	}
	i := slices.IndexFunc(textFields, func(f textField) bool { return f.name == name })
	if i < 0 {
		return "Not a field that can be set."
	}
	if name == "slug" && null {
		p.slugOfTitle = true
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) != nil { // null is the empty text
		return "Use a string."
	}
	text, message = textFields[i].clean(text)
	p.text[name] = text
	return message
}

// clean returns the stored form of s: single-line values trimmed, line ends as \n, NFC if the field
// has nfc. message is the rule that s breaks, if any.
func (f textField) clean(s string) (text, message string) {
	if f.lines {
		s = unixLines(s)
	} else {
		s = strings.TrimSpace(s)
	}
	if f.nfc {
		s = norm.NFC.String(s)
	}
	bad := func(r rune) bool { return unicode.IsControl(r) && (!f.lines || r == 0) }
	switch n := utf8.RuneCountInString(s); {
	case f.missing != "" && n == 0:
		return s, f.missing
	case f.inBytes && len(s) > f.max:
		return s, fmt.Sprintf("Use at most %d bytes; this has %d.", f.max, len(s))
	case !f.inBytes && n > f.max:
		return s, fmt.Sprintf("Use at most %d characters; this has %d.", f.max, n)
	case strings.ContainsFunc(s, bad):
		return s, "Remove the control characters."
	case f.check != nil && s != "":
		return s, f.check(s)
	}
	return s, ""
}

// stored returns the field's value with line ends as \n, which posts of earlier releases may lack.
func (f textField) stored(p *Post) string {
	if f.lines {
		return unixLines(*f.of(p))
	}
	return *f.of(p)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func unixLines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return lineEnds.Replace(s)
}

// checkSlug returns a message for an invalid slug.
func checkSlug(s string) string {
	bad := func(r rune) bool {
		return isInvisible(r) || !(unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("-._", r)) || unicode.IsUpper(r)
	}
	if strings.ContainsFunc(s, bad) || strings.Trim(s, ".") == "" {
		return "Use lowercase letters, numbers, hyphens, dots and underscores."
	}
	return ""
}

// CheckURL returns a message unless s is an image address: an http or https URL or a rooted path, in
// a form that all browsers and feed readers parse alike, without credentials.
func CheckURL(s string) string {
	u, err := url.Parse(s)
	rooted := strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && !strings.HasPrefix(s, `/\`)
	switch {
	case err != nil || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"<>\\^`{|}", r) }):
	case rooted, (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil:
		return ""
	}
	return `Use an address that starts with https:// or http://, without spaces, quotes and passwords, or a path that starts with "/".`
}

func parseTags(raw json.RawMessage) (tags []string, message string) {
	tags = []string{}
	var given []string
	if json.Unmarshal(raw, &given) != nil {
		return tags, "Use a list of strings."
	}
	tag := textField{max: MaxTag, nfc: true, missing: "Remove the empty tag."}
	for _, s := range given {
		s, message := tag.clean(s)
		if utf8.RuneCountInString(s) > MaxTag {
			message = fmt.Sprintf("Use at most %d characters in each tag.", MaxTag)
		}
		if message != "" {
			return tags, message
		}
		if !slices.Contains(tags, s) {
			tags = append(tags, s)
		}
	}
	if len(tags) > MaxTags {
		return tags, fmt.Sprintf("Use at most %d tags; these are %d.", MaxTags, len(tags))
	}
	return tags, ""
}

// apply sets the patch's values on to and returns the names of the fields that changed, sorted.
func (p Patch) apply(to *Post) (changed []string) {
	minutes := p.minutes(to)
	for _, f := range textFields {
		if text, ok := p.text[f.name]; ok && f.stored(to) != text {
			*f.of(to) = text
			changed = append(changed, f.name)
		}
	}
	if p.tags != nil && !slices.Equal(to.Tags, *p.tags) {
		to.Tags = *p.tags
		changed = append(changed, "tags")
	}
	if to.ReadTime != minutes {
		to.ReadTime = minutes
		changed = append(changed, "readTime")
	}
	if p.published != nil && to.Published != *p.published {
		to.Published = *p.published
		changed = append(changed, "published")
	}
	slices.Sort(changed)
	return changed
}

// minutes returns the read time after the patch: the given one, else the one set before, else the
// computed one.
func (p Patch) minutes(before *Post) int {
	content, given := p.text["content"]
	if !given {
		content = before.Content
	}
	switch {
	case p.readTime != nil && *p.readTime > 0:
		return *p.readTime
	case p.readTime != nil, before.ReadTime == 0:
		return ReadTime(content)
	case given && before.ReadTime == ReadTime(before.Content):
		return ReadTime(content)
	}
	return before.ReadTime
}

// changedBy returns the names of the fields of current that p would change, without a read time that
// is computed from the content.
func (p Patch) changedBy(current Post) []string {
	changed := p.apply(&current)
	if p.readTime == nil {
		changed = slices.DeleteFunc(changed, func(name string) bool { return name == "readTime" })
	}
	return changed
}
