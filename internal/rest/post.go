package rest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/limit"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/render"
	"github.com/wiredesk/wiredesk/internal/strictjson"
)

const maxKey = 200 // characters of an Idempotency-Key

// page is an answer of one page of a list.
type page struct {
	Items []json.RawMessage `json:"items"`
	Next  *string           `json:"next"`
}

func nextOf(p post.Page) *string {
	if p.Next == nil {
		return nil
	}
	next := p.Next.Encode()
	return &next
}

// listCache lets the caller's browser keep a list, and ask each time whether it is current.
var listCache = []string{"private, no-cache"}

func (s *server) listPosts(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	q, err := listQuery(r, post.Sorts[0], "status", "category", "tag", "author", "q", "sort", "limit", "after")
	if err != nil {
		return err
	}
	q.Count = true
	if err := by.Require(auth.Viewer); err != nil { // all roles get the same list
		return err
	}
	found, err := s.keptAnswer(r.Context(), pageKey(postPage, q), keepsPage(q), func(ctx context.Context) (*kept, error) { return s.readPage(ctx, by, q) })
	if err != nil {
		return err
	}
	return answerKept(w, r, found, listCache)
}

func (s *server) readPage(ctx context.Context, by auth.Actor, q post.Query) (*kept, error) {
	found, err := s.posts.List(ctx, by, q)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(struct {
		page
		Total  *int64 `json:"total"`
		Cursor int64  `json:"cursor"`
		Epoch  string `json:"epoch"`
	}{page{Items: found.Items, Next: nextOf(found)}, found.Total, found.Cursor.Seq, found.Cursor.Epoch})
	if err != nil {
		return nil, err
	}
	return newKept(0, hashTag(body), body), nil
}

// listQuery reads the parameters of a list, which is in the given order unless they name another.
func listQuery(r *http.Request, order post.Sort, known ...string) (post.Query, error) {
	p := query(r, known...)
	q := post.Query{Category: p.text("category", post.MaxCategory), Tag: p.text("tag", post.MaxTag), Author: p.text("author", post.MaxAuthor),
		Words: p.text("q", 200), Limit: int(p.integer("limit", 1, 100, 50)), Sort: order}
	switch status := p.values.Get("status"); status {
	case "", "all":
	case "published", "draft":
		published := status == "published"
		q.Published = &published
	case "deleted":
		q.Deleted = true
	default:
		p.bad("status", "Use all, published, draft or deleted.")
	}
	if sort := p.values.Get("sort"); sort != "" {
		if q.Sort = post.Sort(sort); !slices.Contains(post.Sorts, q.Sort) {
			p.bad("sort", fmt.Sprintf("Use one of %v.", post.Sorts))
		}
	}
	if err := p.err(); err != nil {
		return q, err
	}
	if after := p.values.Get("after"); after != "" {
		var err error
		if q.After, err = post.ParsePosition(after, q.Sort); err != nil {
			return q, err
		}
	}
	return q, nil
}

// writeRequest identifies a write for Idempotency-Key: the same method, path, query, version and body.
func writeRequest(r *http.Request, body []byte) (post.Request, error) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return post.Request{}, nil
	}
	if len(key) > maxKey || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return post.Request{}, fault.New(fault.Malformed, "Idempotency-Key must be 1 to 200 visible ASCII characters.")
	}
	h := sha256.New()
	target := r.URL.Path
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	fmt.Fprintf(h, "%s\n%s\n%s\n", r.Method, target, r.Header.Get("If-Match"))
	h.Write(body)
	return post.Request{Key: key, Fingerprint: h.Sum(nil)}, nil
}

// answerPost answers with a post and its version.
func answerPost(w http.ResponseWriter, status int, result post.Result) error {
	h, doc := w.Header(), result.Doc
	if result.Replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if len(result.Merged) > 0 {
		h.Set("Wiredesk-Merged", strings.Join(result.Merged, ","))
	}
	if status == http.StatusCreated {
		h.Set("Location", "/api/posts/"+strconv.FormatInt(doc.ID, 10))
	}
	h.Set("ETag", `"`+strconv.FormatInt(doc.Version, 10)+`"`)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(doc.JSON)))
	w.WriteHeader(status)
	w.Write(doc.JSON)
	return nil
}

func (s *server) getPost(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	id, err := pathID(r, "id", "post")
	if err != nil {
		return err
	}
	doc, err := s.posts.Get(r.Context(), by, id)
	if err != nil {
		return err
	}
	return answerPost(w, http.StatusOK, post.Result{Doc: doc})
}

// change is the part of a request that all writes of a post share.
type change struct {
	id      int64 // 0 for a new post
	base    int64 // as of ifMatch
	body    []byte
	request post.Request
}

func (s *server) readChange(w http.ResponseWriter, r *http.Request, by auth.Actor) (c change, err error) {
	if err = by.Require(auth.Editor); err != nil {
		return c, err // before the body is read, so that a refusal does not depend on it
	}
	if r.PathValue("id") != "" {
		if c.id, err = pathID(r, "id", "post"); err != nil {
			return c, err
		}
	}
	if c.base, err = ifMatch(r); err != nil {
		return c, err
	}
	if c.body, err = readBody(w, r, maxPostBody); err != nil {
		return c, err
	}
	c.request, err = writeRequest(r, c.body)
	c.request.Budget = s.budgetOf(by)
	return c, err
}

const maxWriters = 10_000 // accounts whose budget is kept

// budget bounds the bytes that an account adds to the event log. It implements post.Budget.
type budget struct {
	written *limit.Budgets
	account string
}

func (s *server) budgetOf(by auth.Actor) budget {
	return budget{s.written, strconv.FormatInt(by.ID, 10)}
}

// Admit returns an error while the account has used up its budget.
func (b budget) Admit() error {
	if wait := b.written.Wait(b.account, time.Now()); wait > 0 {
		return &fault.Error{Kind: fault.TooMany, RetryAfter: wait, Text: "Your account has written more than is allowed within an hour. Try again later."}
	}
	return nil
}

// Spend counts bytes that the account has added.
func (b budget) Spend(bytes int) { b.written.Spend(b.account, bytes, time.Now()) }

func (s *server) createPost(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	c, err := s.readChange(w, r, by)
	if err != nil {
		return err
	}
	p, err := post.ParseNew(c.body)
	if err != nil {
		return err
	}
	defer s.writing.Begin()()
	result, err := s.posts.Create(r.Context(), by, p, c.request)
	if err != nil {
		return err
	}
	return answerPost(w, http.StatusCreated, result)
}

func (s *server) patchPost(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	c, err := s.readChange(w, r, by)
	if err != nil {
		return err
	}
	if c.base == 0 {
		return fault.New(fault.Precondition, `Name the version that the change is based on: If-Match: "<version>".`)
	}
	opts, err := editOptions(r, "publish", "autosave")
	if err != nil {
		return err
	}
	p, err := post.ParsePatch(c.body)
	if err != nil {
		return err
	}
	defer s.writing.Begin()()
	result, err := s.posts.Edit(r.Context(), by, c.id, c.base, p, opts, c.request)
	if err != nil {
		return err
	}
	return answerPost(w, http.StatusOK, result)
}

// editOptions reads the query of a change; known are the parameters that it may have.
func editOptions(r *http.Request, known ...string) (post.EditOptions, error) {
	p := query(r, known...)
	return post.EditOptions{KeepLive: !p.boolean("publish", true), Autosave: p.boolean("autosave", false)}, p.err()
}

func (s *server) publishPost(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	var in struct {
		Published *bool  `json:"published"`
		Version   *int64 `json:"version"`
	}
	c, err := s.readChange(w, r, by)
	if err != nil {
		return err
	}
	if err := strictjson.Decode(c.body, &in); err != nil {
		return err
	}
	if err := required(in.Published == nil, "published"); err != nil {
		return err
	}
	if in.Version != nil {
		if c.base, err = sameVersion(c.base, *in.Version); err != nil {
			return err
		}
	}
	defer s.writing.Begin()()
	result, err := s.posts.Publish(r.Context(), by, c.id, c.base, *in.Published, c.request)
	if err != nil {
		return err
	}
	if *in.Published && !result.Replayed {
		s.render.Warm(render.Key{Post: result.Doc.ID, Version: result.Doc.Version}, contentOf(result.Doc))
	}
	return answerPost(w, http.StatusOK, result)
}

// sameVersion returns the version of the body, which must be that of If-Match when both are given.
func sameVersion(ifMatch, version int64) (int64, error) {
	if version < 1 {
		return 0, fault.InvalidFields(fault.Field{Name: "version", Message: "Use a version of the post, 1 or more."})
	}
	if ifMatch > 0 && ifMatch != version {
		return 0, fault.InvalidFields(fault.Field{Name: "version", Message: "It differs from If-Match. Send one of the two."})
	}
	return version, nil
}

func (s *server) deletePost(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	c, err := s.readChange(w, r, by)
	if err != nil {
		return err
	}
	defer s.writing.Begin()()
	result, err := s.posts.Delete(r.Context(), by, c.id, c.base, c.request)
	if err != nil {
		return err
	}
	if result.Replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	return answerNothing(w)
}

func (s *server) restorePost(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	var in struct {
		Version *int64 `json:"version"`
	}
	c, err := s.readChange(w, r, by)
	if err != nil {
		return err
	}
	if err := strictjson.Decode(c.body, &in); err != nil {
		return err
	}
	if err := required(in.Version == nil || *in.Version < 1, "version"); err != nil {
		return err
	}
	opts, err := editOptions(r, "publish")
	if err != nil {
		return err
	}
	defer s.writing.Begin()()
	result, err := s.posts.Restore(r.Context(), by, c.id, *in.Version, opts.KeepLive, c.request)
	if err != nil {
		return err
	}
	return answerPost(w, http.StatusOK, result)
}

// listNames returns the handler of a list of names in use.
func listNames(read func(context.Context, auth.Actor) ([]post.NameCount, error)) actorHandler {
	return func(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
		names, err := read(r.Context(), by)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, list{Items: names})
	}
}
