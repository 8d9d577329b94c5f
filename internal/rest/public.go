package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wiredesk/wiredesk/internal/jsonobj"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/render"
)

// publicPaths begins the paths of published posts, which need no token, from any origin.
const publicPaths = "/api/public/"

// anyOrigin reports whether pages of every origin may read the answers of a path.
func anyOrigin(path string) bool {
	return strings.HasPrefix(path, publicPaths) || strings.HasPrefix(path, schemaPaths)
}

// publicCache lets caches keep an answer for some seconds, and then ask whether
// it is current: an unpublished post disappears within seconds.
const publicCache = "public, max-age=5, stale-while-revalidate=30"

var publicCacheHeader = []string{publicCache}

// maxYield bounds how long a public request waits for changes of posts that are in progress.
const maxYield = 5 * time.Millisecond

func (s *server) listPublic(w http.ResponseWriter, r *http.Request) error {
	s.writing.Yield(r.Context(), maxYield)
	q, err := listQuery(r, post.PublicSort, "category", "q", "limit", "after")
	if err != nil {
		return err
	}
	found, err := s.keptAnswer(r.Context(), pageKey(publicPage, q), keepsPage(q), func(ctx context.Context) (*kept, error) { return s.readPublicPage(ctx, q) })
	if err != nil {
		return err
	}
	return answerKept(w, r, found, publicCacheHeader)
}

func (s *server) readPublicPage(ctx context.Context, q post.Query) (*kept, error) {
	found, err := s.posts.PublicList(ctx, q)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(page{Items: found.Items, Next: nextOf(found)})
	if err != nil {
		return nil, err
	}
	return newKept(0, hashTag(body), body), nil
}

func (s *server) getPublic(w http.ResponseWriter, r *http.Request) error {
	s.writing.Yield(r.Context(), maxYield)
	slug := r.PathValue("slug")
	found, err := s.keptAnswer(r.Context(), readKey{kind: publicPost, slug: slug}, len(slug) <= maxKeptSlug, func(ctx context.Context) (*kept, error) { return s.readPublic(ctx, slug) })
	if err != nil {
		return err
	}
	if found.moved != "" {
		redirectPublic(w, found.moved)
		return nil
	}
	return answerKept(w, r, found, publicCacheHeader)
}

// maxKeptSlug bounds the bytes of a slug in a key; no stored slug has more.
const maxKeptSlug = 4 * post.MaxSlug

// readPublic makes the answer for a slug. An unknown slug is an error, which is not kept.
func (s *server) readPublic(ctx context.Context, slug string) (*kept, error) {
	doc, moved, err := s.posts.PublicGet(ctx, slug)
	if err != nil {
		return nil, err
	}
	if moved != "" {
		return &kept{moved: moved}, nil
	}
	tag := `"` + strconv.FormatInt(doc.ID, 10) + "-" + strconv.FormatInt(doc.Version, 10) + `"`
	html, err := s.render.Post(ctx, render.Key{Post: doc.ID, Version: doc.Version}, contentOf(doc))
	if err != nil {
		return &kept{etag: []string{tag}, failed: err}, nil
	}
	return newKept(doc.ID, tag, jsonobj.Parts(doc.JSON, "html", html)...), nil
}

// redirectPublic sends the reader to the slug that a post is live under now. A slug may get
// another post, so caches keep the redirect no longer than an answer.
func redirectPublic(w http.ResponseWriter, slug string) {
	w.Header().Set("Cache-Control", publicCache)
	w.Header().Set("Location", publicPaths+"posts/"+url.PathEscape(slug))
	w.WriteHeader(http.StatusPermanentRedirect)
}

// notModified sets the cache headers, and answers 304 if the client has this answer.
func notModified(w http.ResponseWriter, r *http.Request, tag, cache string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", cache)
	if hasTag(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	return false
}

// hasTag reports whether the value of an If-None-Match header names the tag.
func hasTag(value, tag string) bool {
	for given := range strings.SplitSeq(value, ",") {
		if given = strings.TrimPrefix(strings.TrimSpace(given), "W/"); given == tag || given == "*" {
			return true
		}
	}
	return false
}
