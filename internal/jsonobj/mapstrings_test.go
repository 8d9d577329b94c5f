package jsonobj_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/jsonobj"
)

func TestMapStrings(t *testing.T) {
	mask := func(member, value string) string { return strings.ReplaceAll(value, "<pw>", "["+member+"]") }
	for _, test := range []struct{ in, want string }{
		{`{}`, `{}`},
		{` {"id":1, "title" : "a\u003cpw\u003eb" ,"n":null} `, ` {"id":1, "title" : "a[title]b" ,"n":null} `},
		{`{"tags":["x","<pw>","<pw> "],"pw":"\u00e9","<pw>":true}`, `{"tags":["x","[tags]","[tags] "],"pw":"\u00e9","<pw>":true}`},
		{`{"createdBy":{"name":"<pw>","tags":["<pw>"]},"content":"\"<pw>\"","list":[["<pw>"],{"a":"<pw>"},"<pw>"]}`,
			`{"createdBy":{"name":"<pw>","tags":["<pw>"]},"content":"\"[content]\"","list":[["<pw>"],{"a":"<pw>"},"[list]"]}`},
		{`{"a":[],"b":{},"c":"<pw>"}`, `{"a":[],"b":{},"c":"[c]"}`},
	} {
		got, err := jsonobj.MapStrings(json.RawMessage(test.in), mask)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v; want %s", test.in, got, err, test.want)
		}
	}
	for _, damaged := range []string{``, `1`, `"<pw>"`, `["<pw>"]`, `{"a":"<pw>"`, `{"a":}`, `{"a":"x"`, `null`} {
		if got, err := jsonobj.MapStrings(json.RawMessage(damaged), mask); err == nil {
			t.Errorf("%s: no error, but %s", damaged, got)
		}
	}
}
