package post

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

// RedactedText is stored in place of a secret.
const RedactedText = "[redacted]"

// MinSecret is the minimum length of a secret, in Unicode characters.
const MinSecret = 4

// Secret is a text to be removed from all stored data of a post. It matches case-sensitively, in the
// Unicode forms NFC and NFD. In slugs, which derive from titles, the slug of the secret matches too.
type Secret struct {
	texts []string
	slugs []string
}

// NewSecret returns an Invalid fault if text is too short, too long, or not UTF-8.
func NewSecret(text string) (Secret, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n") // as it is stored
	switch {
	case !utf8.ValidString(text):
		return Secret{}, fault.New(fault.Invalid, "The text is not UTF-8.")
	case utf8.RuneCountInString(strings.TrimSpace(text)) < MinSecret:
		return Secret{}, fault.New(fault.Invalid, fmt.Sprintf("The text is too short: at least %d characters.", MinSecret))
	case len(text) > MaxContentBytes:
		return Secret{}, fault.New(fault.Invalid, fmt.Sprintf("The text is too long: at most %d bytes.", MaxContentBytes))
	}
	s := Secret{texts: unique(text, norm.NFC.String(text), norm.NFD.String(text))}
	s.slugs = s.texts
	if slug := Slugify(text); utf8.RuneCountInString(slug) >= MinSecret && slug != Slugify("") {
		s.slugs = unique(append(slices.Clone(s.texts), slug)...)
	}
	return s, nil
}

func unique(texts ...string) []string {
	var list []string
	for _, text := range texts {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// Replacements of a secret, in order of preference. A later one is used if an earlier one would make
// the field too long or contains the secret itself.
var (
	textMarks = []string{RedactedText, "***"}
	slugMarks = []string{"redacted", "x"} // for URLs too
)

// replace returns value without the secrets. fits reports whether the field allows a value.
func replace(value string, secrets, marks []string, fits func(string) bool) string {
	if !containsAny(value, secrets) {
		return value
	}
	for _, mark := range append(slices.Clone(marks), "") {
		clean := value
		for _, secret := range secrets {
			clean = strings.ReplaceAll(clean, secret, mark)
		}
		if !containsAny(clean, secrets) && fits(clean) {
			return clean
		}
	}
	for containsAny(value, secrets) { // the removal of one may join the parts of another
		for _, secret := range secrets {
			value = strings.ReplaceAll(value, secret, "")
		}
	}
	return value
}

func containsAny(value string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(value, secret) })
}

// value returns the value of a field without the secret. It changes only editable fields.
func (s Secret) value(field, value string) string {
	if field == "tags" {
		return replace(value, s.texts, textMarks, func(v string) bool { return utf8.RuneCountInString(v) <= MaxTag })
	}
	i := slices.IndexFunc(textFields, func(f textField) bool { return f.name == field })
	if i < 0 {
		return value
	}
	f := textFields[i]
	secrets, marks := s.texts, textMarks
	if f.check != nil && f.name != "content" { // a slug or a URL
		marks = slugMarks
	}
	if f.name == "slug" {
		secrets = s.slugs
	}
	clean := replace(value, secrets, marks, func(v string) bool { return v != "" && f.length(v) <= f.max })
	if clean == "" && value != "" && f.missing != "" {
		return "post"
	}
	return clean
}

func (f textField) length(value string) int {
	if f.inBytes {
		return len(value)
	}
	return utf8.RuneCountInString(value)
}

// inSlug reports whether a slug contains the secret.
func (s Secret) inSlug(slug string) bool { return containsAny(slug, s.slugs) }

// data returns the data of an event without the secret, and whether they contained it. Invalid JSON
// is an error only if it contains the secret.
func (s Secret) data(data json.RawMessage) (clean json.RawMessage, held bool, err error) {
	clean, err = jsonobj.MapStrings(data, func(member, value string) string {
		out := s.value(member, value)
		held = held || out != value
		return out
	})
	if err != nil && !containsAny(string(data), s.slugs) {
		return data, false, nil
	}
	return clean, held, err
}

// clean removes the secret from a post, and reports whether the post contained it.
func (s Secret) clean(p *Post) (held bool) {
	before := *p
	for _, f := range textFields {
		*f.of(p) = s.value(f.name, *f.of(p))
	}
	tags := []string{}
	for _, tag := range p.Tags {
		if tag = s.value("tags", tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	p.Tags = tags
	if len(before.changedFields(*p)) == 0 {
		return false
	}
	if p.ReadTime == ReadTime(before.Content) {
		p.ReadTime = ReadTime(p.Content)
	}
	return true
}
