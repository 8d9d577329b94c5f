package strictjson_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/strictjson"
)

type input struct {
	Title string `json:"title"`
	Count *int64 `json:"count"`
	Flag  *bool  `json:"flag"`
}

func TestDecode(t *testing.T) {
	var in input
	body := "\n {\"title\":\"caf\\u00e9 \\ud83d\\ude00 \\\\ud83d\", \"c\\u006funt\" : 3, \"flag\":null} \n"
	if err := strictjson.Decode([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	if in.Title != `café 😀 \ud83d` || *in.Count != 3 || in.Flag != nil {
		t.Errorf("%+v", in)
	}
}

func TestDecode_refuses(t *testing.T) {
	for body, want := range map[string]struct {
		kind   fault.Kind
		fields string
	}{
		``:                                     {fault.Malformed, ""},
		`[]`:                                   {fault.Malformed, ""},
		`"title"`:                              {fault.Malformed, ""},
		`{"title":"a"`:                         {fault.Malformed, ""},
		`{"title":"a"} {}`:                     {fault.Malformed, ""},
		`{"title":"a",}`:                       {fault.Malformed, ""},
		"{\"title\":\"\xff\"}":                 {fault.Malformed, ""},
		"\ufeff{}":                             {fault.Malformed, ""},
		strings.Repeat(`{"title":`, 20_000):    {fault.Malformed, ""},
		`{"TITLE":"a"}`:                        {fault.Invalid, "TITLE"},
		`{"title":"a","Title":"b","other":1}`:  {fault.Invalid, "Title other"},
		`{"title":"a","title":"b"}`:            {fault.Invalid, "title"},
		`{"title":"a","t\u0069tle":"a"}`:       {fault.Invalid, "title"},
		`{"title":1,"count":"1","flag":"yes"}`: {fault.Invalid, "count flag title"},
		`{"count":1.5}`:                        {fault.Invalid, "count"},
		`{"count":9223372036854775808}`:        {fault.Invalid, "count"},
		`{"title":"cut \ud83d"}`:               {fault.Invalid, "title"},
		`{"title":"cut \uDE00 in"}`:            {fault.Invalid, "title"},
		`{"title":"\ude00\ud83d"}`:             {fault.Invalid, "title"},
		`{"title":"\ud83d\ud83d\ude00"}`:       {fault.Invalid, "title"},
		`{"title":"\ud83d\n\ude00"}`:           {fault.Invalid, "title"},
		`{"title":"\\\ud83d"}`:                 {fault.Invalid, "title"},
		`{"title":"\ud83d","count":"x"}`:       {fault.Invalid, "title"},
		`{"\ud83d":1}`:                         {fault.Invalid, "\ufffd"},
	} {
		var in input
		err := strictjson.Decode([]byte(body), &in)
		if fault.KindOf(err) != want.kind || names(err) != want.fields {
			t.Errorf("%.60q: %v, want fields %q", body, err, want.fields)
		}
	}
}

// An error lists few of the members that a body of 2 MB has room for: to list them all took minutes.
func TestObject_manyMembers(t *testing.T) {
	var body strings.Builder
	body.WriteString(`{"0":"\ud83d"`)
	for i := 1; i < 100; i++ {
		fmt.Fprintf(&body, `,"%d":"\ud83d"`, i)
	}
	if _, err := strictjson.Object([]byte(body.String() + "}")); fault.KindOf(err) != fault.Invalid {
		t.Errorf("100 members: %v", err)
	}
	for i := 100; body.Len() < 2_000_000; i++ {
		fmt.Fprintf(&body, `,"%d":"\ud83d"`, i)
	}
	if _, err := strictjson.Object([]byte(body.String() + "}")); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("a body of 2 MB: %.100v", err)
	}
}

func names(err error) string {
	f, ok := err.(*fault.Error)
	if !ok {
		return ""
	}
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	return strings.Join(names, " ")
}

// FuzzObject: what Object returns is what package encoding/json reads, unless something would be lost.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{"c":"\u00e9\\"}]}`, `{"a":"\ud83d\ude00"}`, `{"a":1,"a":2}`, `{"a":"\ud83d"}`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := strictjson.Object(body)
		var want map[string]json.RawMessage
		valid := json.Unmarshal(body, &want) == nil && want != nil && utf8.Valid(body)
		if kind := fault.KindOf(err); err != nil && (kind == fault.Malformed) == valid {
			t.Fatalf("%q: %v", body, err)
		}
		if err != nil {
			return
		}
		if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Fatalf("%q: %v", body, got)
		}
		for name, value := range got {
			var text string
			if json.Unmarshal(value, &text) != nil || !strings.ContainsRune(text, utf8.RuneError) {
				continue
			}
			if !strings.ContainsRune(string(value), utf8.RuneError) && !strings.Contains(strings.ToLower(string(value)), `\ufffd`) {
				t.Fatalf("%q: %s changed to %q", body, name, text)
			}
		}
	})
}
