package post_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// write is one request that may be sent again.
type write func(d fixture, by auth.Actor, req post.Request) (post.Result, error)

func patching(body string, id, base int64) write {
	return func(d fixture, by auth.Actor, req post.Request) (post.Result, error) {
		p, err := post.ParsePatch([]byte(body))
		d.must(err)
		return d.Edit(d.Context(), by, id, base, p, post.EditOptions{}, req)
	}
}

var writes = map[string]write{
	"create": func(d fixture, by auth.Actor, req post.Request) (post.Result, error) {
		return d.create(by, `{"title":"Tide"}`, req)
	},
	"edit":         patching(`{"title":"Ebb"}`, 1, 2),
	"edit nothing": patching(`{"title":"Tide"}`, 1, 2),
	"publish": func(d fixture, by auth.Actor, req post.Request) (post.Result, error) {
		return d.Publish(d.Context(), by, 1, 2, true, req)
	},
	"delete": func(d fixture, by auth.Actor, req post.Request) (post.Result, error) {
		result, err := d.Delete(d.Context(), by, 1, 2, req)
		return post.Result{Replayed: result.Replayed}, err // a deletion is answered without a body
	},
	"restore": func(d fixture, by auth.Actor, req post.Request) (post.Result, error) {
		return d.Restore(d.Context(), by, 1, 1, false, req)
	},
	"restore deleted": func(d fixture, by auth.Actor, req post.Request) (post.Result, error) {
		return d.Restore(d.Context(), by, 2, 1, false, req)
	},
}

func request(key, fingerprint string) post.Request {
	return post.Request{Key: key, Fingerprint: []byte(fingerprint)}
}

// twoPosts makes post 1, at version 2, and post 2, deleted.
func twoPosts(t *testing.T) fixture {
	d := newFixture(t)
	d.mustCreate(`{"title":"Old tide"}`)
	d.mustEdit(1, 1, `{"title":"Tide"}`)
	d.mustCreate(`{"title":"Gone"}`)
	d.mustDelete(2)
	return d
}

// TestKey_sentAgain: the second time a request is answered as the first time, also when
// others have changed the post in between, and nothing happens.
func TestKey_sentAgain(t *testing.T) {
	for name, do := range writes {
		t.Run(name, func(t *testing.T) {
			d := twoPosts(t)
			first, err := do(d, ana, request("k", "f"))
			d.must(err)
			if first.Replayed {
				t.Error("the first time counts as a replay")
			}
			if name != "delete" {
				_, err = d.Delete(t.Context(), bo, first.Doc.ID, 0, post.Request{})
				d.must(err)
			}
			d.unchanged(func() {
				again, err := do(d, ana, request("k", "f"))
				d.must(err)
				if !again.Replayed {
					t.Error("not marked as a replay")
				}
				again.Doc.Slug, first.Doc.Slug = "", "" // for the store alone
				if diff := cmp.Diff(first.Doc, again.Doc); diff != "" {
					t.Errorf("(-first +again):\n%s", diff)
				}
			})
		})
	}
}

func TestKey_forAnotherRequest(t *testing.T) {
	for name, do := range writes {
		t.Run(name, func(t *testing.T) {
			d := twoPosts(t)
			_, err := d.create(ana, `{"title":"x"}`, request("k", "f"))
			d.must(err)
			d.unchanged(func() {
				_, err := do(d, ana, request("k", "another"))
				if diff := cmp.Diff([]string{"key"}, broken(err)); diff != "" || !errors.Is(err, post.ErrKeyReused) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestKey_belongsToOneUser(t *testing.T) {
	d := newFixture(t)
	first, err := writes["create"](d, ana, request("k", "f"))
	d.must(err)
	second, err := writes["create"](d, bo, request("k", "f"))
	d.must(err)
	if second.Replayed || second.Doc.ID == first.Doc.ID {
		t.Errorf("Bo was answered Ana's post %d", second.Doc.ID)
	}
}

// TestKey_expires: a key is a new one ResultTTL after its request.
func TestKey_expires(t *testing.T) {
	d := newFixture(t)
	first, err := writes["create"](d, ana, request("k", "f"))
	d.must(err)
	age := func(by time.Duration) {
		d.exec(fmt.Sprintf("UPDATE outcomes SET created_at = %d", time.Now().Add(-by).UnixMilli()))
	}
	age(post.ResultTTL - time.Minute)
	again, err := writes["create"](d, ana, request("k", "f"))
	d.must(err)
	if !again.Replayed || again.Doc.ID != first.Doc.ID {
		t.Errorf("before the end: post %d, replayed %v", again.Doc.ID, again.Replayed)
	}
	age(post.ResultTTL)
	var next post.Result
	for range 2 {
		next, err = writes["create"](d, ana, request("k", "another"))
		d.must(err)
		if next.Doc.ID != first.Doc.ID+1 {
			t.Errorf("after the end: post %d, replayed %v", next.Doc.ID, next.Replayed)
		}
	}
	if !next.Replayed {
		t.Error("the key was not saved again")
	}
}

// TestKey_ofAFailureIsFree: what failed may be corrected and sent with the same key.
func TestKey_ofAFailureIsFree(t *testing.T) {
	d := newFixture(t)
	p := d.mustCreate(`{"title":"Tide"}`)
	d.mustEdit(p.ID, 1, `{"title":"Ebb"}`)
	_, err := patching(`{"title":"Flow"}`, p.ID, 1)(d, ana, request("k", "f"))
	d.want(fault.Stale, err)
	result, err := patching(`{"title":"Flow"}`, p.ID, 2)(d, ana, request("k", "g"))
	d.must(err)
	if result.Replayed || result.Doc.Version != 3 {
		t.Errorf("replayed %v, version %d", result.Replayed, result.Doc.Version)
	}
}

func TestKey_sentManyTimesAtOnce(t *testing.T) {
	d := newFixture(t)
	ids := make([]int64, 16)
	var senders sync.WaitGroup
	for i := range ids {
		senders.Go(func() {
			result, err := writes["create"](d, ana, request("k", "f"))
			if err != nil {
				t.Error(err)
			}
			ids[i] = result.Doc.ID
		})
	}
	senders.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("answers %v", ids)
		}
	}
	if n := len(d.events()); n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestKey_whenTheLogIsTrimmed: the log no longer has the result of the request. The request is not repeated;
// the answer is the current post.
func TestKey_whenTheLogIsTrimmed(t *testing.T) {
	d := newFixture(t)
	first, err := writes["create"](d, ana, request("k", "f"))
	d.must(err)
	now := d.mustEdit(first.Doc.ID, 1, `{"title":"Ebb"}`)
	d.dropLog()
	d.unchanged(func() {
		again, err := writes["create"](d, ana, request("k", "f"))
		d.must(err)
		if diff := cmp.Diff(now, d.decode(again.Doc)); diff != "" || !again.Replayed {
			t.Errorf("replayed %v (-want +got):\n%s", again.Replayed, diff)
		}
	})
	d.mustDelete(first.Doc.ID)
	d.dropLog()
	d.unchanged(func() {
		_, err = writes["create"](d, ana, request("k", "f"))
		d.want(fault.NotFound, err)
	})
}
