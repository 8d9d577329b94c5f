package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/wiredesk/wiredesk/internal/jsonscan"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/render"
)

// publicPaths begins the paths of published posts, which need no token, from any origin.
const publicPaths = "/api/public/"

// anyOrigin reports whether pages of every origin may read the answers of a path.
func anyOrigin(path string) bool {
	return strings.HasPrefix(path, publicPaths) || strings.HasPrefix(path, schemaPaths)
}

// publicCache lets readers' caches keep an answer for a moment, and then ask whether
// it still stands: an unpublished post is gone within seconds.
const publicCache = "public, max-age=5, stale-while-revalidate=30"

func (s *server) listPublic(w http.ResponseWriter, r *http.Request) {
	q, err := listQuery(r, post.PublicSort, "category", "q", "limit", "after")
	var found post.Page
	if err == nil {
		found, err = s.posts.PublicList(r.Context(), q)
	}
	out := page{Items: make([]json.RawMessage, len(found.Items)), Next: nextOf(found)}
	for i := 0; i < len(found.Items) && err == nil; i++ {
		out.Items[i], err = publicFields(found.Items[i])
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := json.Marshal(out)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if s.notModified(w, r, hashTag(body), publicCache) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

func (s *server) getPublic(w http.ResponseWriter, r *http.Request) {
	doc, moved, err := s.posts.PublicGet(r.Context(), r.PathValue("slug"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if moved != "" {
		redirectPublic(w, moved)
		return
	}
	if s.notModified(w, r, `"`+strconv.FormatInt(doc.ID, 10)+"-"+strconv.FormatInt(doc.Version, 10)+`"`, publicCache) {
		return
	}
	fields, err := publicFields(doc.JSON)
	var html json.RawMessage
	if err == nil {
		html, err = s.render.Post(r.Context(), render.Key{Post: doc.ID, Version: doc.Version}, contentOf(doc))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	parts := [][]byte{fields[:len(fields)-1], []byte(`,"html":`), html, []byte("}")}
	for _, part := range parts { // not joined: html is up to 4 MiB, and shared by all readers
		w.Write(part)
	}
}

// redirectPublic sends the reader to the slug that a post is live under now. A slug may get
// another post, so caches keep the redirect no longer than an answer.
func redirectPublic(w http.ResponseWriter, slug string) {
	w.Header().Set("Cache-Control", publicCache)
	w.Header().Set("Location", publicPaths+"posts/"+url.PathEscape(slug))
	w.WriteHeader(http.StatusPermanentRedirect)
}

// publicFields leaves out what only the desk may see.
func publicFields(doc json.RawMessage) (json.RawMessage, error) {
	for _, name := range []string{"createdBy", "updatedBy"} {
		var err error
		if doc, err = jsonscan.Without(doc, name); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// notModified sets the cache headers and answers 304 when the reader has that very answer.
func (s *server) notModified(w http.ResponseWriter, r *http.Request, tag, cache string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", cache)
	for given := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if given = strings.TrimSpace(given); given == tag || given == "W/"+tag || given == "*" {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
