package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/strictjson"
)

const (
	maxSmallBody = 16 << 10 // sign-in, users, publish …
	maxPostBody  = 2 << 20  // 250 000 bytes of content may be escaped to six times that
)

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fault.New(fault.TooLarge, fmt.Sprintf("The body is larger than %d bytes.", limit))
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "The body could not be read.", err)
	}
	return body, nil
}

// decode reads a small JSON object into the struct that v points to.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r, maxSmallBody)
	if err != nil {
		return err
	}
	return strictjson.Decode(body, v)
}

func required(missing bool, field string) error {
	if missing {
		return fault.InvalidFields(fault.Field{Name: field, Message: "Enter a value."})
	}
	return nil
}

// pathID reads a positive integer of the path. Anything else is a NotFound fault for a thing with the name what.
func pathID(r *http.Request, name, what string) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New(fault.NotFound, "There is no such "+what+".")
	}
	return id, nil
}

// versionTag takes weak tags too: proxies that compress answers make them, and a version is exact in either form.
var versionTag = regexp.MustCompile(`^(?:W/)?"([1-9][0-9]{0,17})"$`)

// ifMatch returns the version that a change is based on: 0 without the header, post.AnyVersion for "*".
func ifMatch(r *http.Request) (int64, error) {
	tag := strings.Join(r.Header.Values("If-Match"), ",")
	switch tag {
	case "":
		return 0, nil
	case "*":
		return post.AnyVersion, nil
	}
	m := versionTag.FindStringSubmatch(tag)
	if m == nil {
		return 0, fault.New(fault.Malformed, `If-Match must be one version in quotes, such as "3", or *.`)
	}
	return strconv.ParseInt(m[1], 10, 64)
}

// params reads query parameters and collects their errors.
type params struct {
	values     url.Values
	unreadable error
	broken     []fault.Field
}

func query(r *http.Request, known ...string) *params {
	p := new(params)
	p.values, p.unreadable = url.ParseQuery(r.URL.RawQuery)
	for name := range p.values {
		if !slices.Contains(known, name) {
			p.bad(name, "Not a known parameter; known are "+strings.Join(known, ", ")+".")
		}
	}
	return p
}

func (p *params) bad(name, message string) {
	p.broken = append(p.broken, fault.Field{Name: name, Message: message})
}

func (p *params) integer(name string, least, most, otherwise int64) int64 {
	text := p.values.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		p.bad(name, fmt.Sprintf("Use a whole number from %d to %d.", least, most))
	}
	return n
}

// boolean takes true and false alone, given once.
func (p *params) boolean(name string, otherwise bool) bool {
	given, ok := p.values[name]
	if !ok {
		return otherwise
	}
	if len(given) != 1 || given[0] != "true" && given[0] != "false" {
		p.bad(name, "Use true or false.")
	}
	return given[0] == "true"
}

func (p *params) text(name string, most int) string {
	text := p.values.Get(name)
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most {
		p.bad(name, fmt.Sprintf("Use text of at most %d characters.", most))
	}
	return text
}

func (p *params) err() error {
	if p.unreadable != nil {
		return fault.Wrap(fault.Malformed, "The query of the address cannot be read: "+p.unreadable.Error()+".", p.unreadable)
	}
	if len(p.broken) == 0 {
		return nil
	}
	slices.SortFunc(p.broken, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return fault.InvalidFields(p.broken...)
}
