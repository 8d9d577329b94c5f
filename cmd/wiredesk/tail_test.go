package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/client"
)

func TestFormatEvent(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 42, 3, 0, time.Local)
	tests := []struct {
		typ     client.EventType
		name    string
		changed []string
		data    string
		want    string
	}{
		{client.Updated, "Ana", []string{"title", "content"}, `{"id":42,"slug":"t","title":"Title"}`, `1072  10:42:03  Ana  updated  #42 "Title"  (title, content)`},
		{client.Created, "Ana", []string{"title"}, `{"id":42,"title":"Größe"}`, `1072  10:42:03  Ana  created  #42 "Größe"`},
		{client.Published, "Ana", []string{"published"}, `{"id":42,"title":"T","published":true}`, `1072  10:42:03  Ana  published  #42 "T"`},
		{client.Published, "Ana", []string{"published"}, `{"id":42,"title":"T","published":false}`, `1072  10:42:03  Ana  unpublished  #42 "T"`},
		{client.Deleted, "Ana", nil, `{"id":42,"slug":"the-slug","version":9}`, `1072  10:42:03  Ana  deleted  #42 "the-slug"`},
		{client.Created, "A\x1b[2Jna", nil, `{"id":42,"title":"\u001b]0;x\u0007T"}`, `1072  10:42:03  A[2Jna  created  #42 "]0;xT"`},
	}
	for _, test := range tests {
		e := client.Event{Type: test.typ, Seq: 1072, Time: at.UTC(), Actor: client.Actor{ID: 3, Name: test.name}, Changed: test.changed, Data: json.RawMessage(test.data)}
		if diff := cmp.Diff(test.want, formatEvent(e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.typ, diff)
		}
	}
}

func TestFormatEventOfFlaggedEvents(t *testing.T) {
	e := client.Event{Type: client.Updated, Seq: 1, Actor: client.Actor{Name: "Ana"}, Changed: []string{"content"}, Data: json.RawMessage(`{"id":42,"title":"T"}`)}
	saved, restored := e, e
	saved.Autosave, restored.Restored = true, 3
	for want, e := range map[string]client.Event{`Ana  autosaved  #42 "T"  (content)`: saved, `Ana  restored  #42 "T"  (version 3)`: restored} {
		if got := formatEvent(e); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTail_json(t *testing.T) {
	e := client.Event{Type: client.Deleted, Seq: 3, ID: "u", Time: time.UnixMilli(0).UTC(), Actor: client.Actor{ID: 1, Name: "A & B"}, Changed: []string{}, Data: json.RawMessage(`{"id":1}`)}
	var out bytes.Buffer
	if err := (tail{out: &out, json: true}).print(e); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"blog-deleted","seq":3,"id":"u","time":"1970-01-01T00:00:00Z","actor":{"id":1,"name":"A & B"},"changed":[],"data":{"id":1}}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
