package jsonobj_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

func TestAppend(t *testing.T) {
	object, value := []byte(`{"a":1,"b":"}"}`), []byte(`[2]`)
	const want = `{"a":1,"b":"}","c":[2]}`
	if got := jsonobj.Append(object, "c", value); string(got) != want {
		t.Errorf("Append: %s", got)
	}
	if got := bytes.Join(jsonobj.Parts(object, "c", value), nil); string(got) != want {
		t.Errorf("Parts: %s", got)
	}
	if string(object) != `{"a":1,"b":"}"}` {
		t.Errorf("the input was changed: %s", object)
	}
}

func TestReplace(t *testing.T) {
	object := json.RawMessage(`{ "a" : 1 , "b":[{"b":2}],"c":null}`)
	for _, c := range []struct{ name, replaced, inserted string }{
		{"a", `{ "n":true , "b":[{"b":2}],"c":null}`, `{ "a" : 1,"n":true , "b":[{"b":2}],"c":null}`},
		{"b", `{ "a" : 1 , "n":true,"c":null}`, `{ "a" : 1 , "b":[{"b":2}],"n":true,"c":null}`},
		{"c", `{ "a" : 1 , "b":[{"b":2}],"n":true}`, `{ "a" : 1 , "b":[{"b":2}],"c":null,"n":true}`},
	} {
		m, found, err := jsonobj.Find(object, c.name)
		if !found || err != nil {
			t.Fatalf("Find %s: %t, %v", c.name, found, err)
		}
		if got := jsonobj.Replace(object, m, "n", "true"); string(got) != c.replaced {
			t.Errorf("Replace %s: %s", c.name, got)
		}
		if got := jsonobj.InsertAfter(object, m, "n", "true"); string(got) != c.inserted {
			t.Errorf("InsertAfter %s: %s", c.name, got)
		}
	}
}

func TestWithout(t *testing.T) {
	for _, c := range []struct{ object, want string }{
		{`{"a":1,"content":"x","b":2}`, `{"a":1,"b":2}`},
		{`{"content":"x","b":2}`, `{"b":2}`},
		{`{ "content" : {"content":1} , "b":2}`, `{ "b":2}`},
		{`{"a":1,"content":"x"}`, `{"a":1}`},
		{`{"content":"x"}`, `{}`},
		{`{"\u0063ontent":"x","b":2}`, `{"b":2}`},
		{`{"a":{"content":1},"b":"content"}`, `{"a":{"content":1},"b":"content"}`},
		{`{"a":"\\","content":"\\\"","b":"\""}`, `{"a":"\\","b":"\""}`},
		{`{}`, `{}`},
	} {
		got, err := jsonobj.Without(json.RawMessage(c.object), "content")
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.object, got, err, c.want)
		}
	}
	for _, bad := range []string{``, `null`, `[]`, `"content"`, `{"a" 1}`, `{"content":}`, `{"a":tru,"content":1}`} {
		if got, err := jsonobj.Without(json.RawMessage(bad), "content"); err == nil {
			t.Errorf("%s: got %s", bad, got)
		}
	}
}

func TestIsValue(t *testing.T) {
	for _, value := range []string{`{}`, `{"a":[1,{"b":"}"}]}`, `[]`, `""`, `"\""`, `5`, `-1.5e3`, `true`, `null`} {
		if !jsonobj.IsValue([]byte(value)) {
			t.Errorf("%s is no value", value)
		}
	}
	for _, bad := range []string{``, ` `, `{`, `{}}`, `{} `, ` {}`, `{},`, `{}{}`, `"`, `"\"`, `tru`, `5,`, `5 6`, `,`, `:`, `]`} {
		if jsonobj.IsValue([]byte(bad)) {
			t.Errorf("%s is a value", bad)
		}
	}
}

func FuzzWithout(f *testing.F) {
	f.Add([]byte(`{"id":42,"title":"A \"quoted\" title\\\\","content":"one\ntwo","tags":["a","b"],"published":false}`), "content")
	f.Add([]byte(`{"content":"x" , "b":[1,2]}`), "content")
	f.Add([]byte("{\n\"a\":1\t,\"content\":{} }"), "content")
	f.Add([]byte(`{"a":1,"b":2}`), "b")
	f.Fuzz(func(t *testing.T, object []byte, name string) {
		input := string(object)
		got, err := jsonobj.Without(object, name)
		if string(object) != input {
			t.Fatal("the input was changed")
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(object, &want) != nil || want == nil {
			return // not an object: an error, or what was there is returned; both are fine
		}
		if err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		if repeats(object) {
			return // the first one goes; our own encoder never repeats a member
		}
		delete(want, name)
		var left map[string]json.RawMessage
		if err := json.Unmarshal(got, &left); err != nil {
			t.Fatalf("%s without %q is %s: %v", object, name, got, err)
		}
		if diff := cmp.Diff(want, left); diff != "" {
			t.Errorf("%s without %q (-want +got):\n%s", object, name, diff)
		}
	})
}

// repeats reports whether a member's name occurs twice.
func repeats(object []byte) bool {
	dec := json.NewDecoder(strings.NewReader(string(object)))
	seen := make(map[any]bool)
	if _, err := dec.Token(); err != nil {
		return true
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || seen[name] || dec.Decode(&value) != nil {
			return true
		}
		seen[name] = true
	}
	return false
}
