package rest

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/readcache"
)

// Bounds of the answers in memory.
var keptBounds = readcache.Bounds{Entries: 4096, Bytes: 64 << 20, Each: 8 << 20}

// Cache keeps the answers to lists and public posts.
type Cache = readcache.Cache[readKey, *kept]

// NewCache returns an empty Cache, which the commits and the events of the node must reach through Seen.
func NewCache(log readcache.Log, reg prometheus.Registerer) *Cache {
	return readcache.New[readKey, *kept](log, keptBounds, reg)
}

// readKey names an answer: a public post by its slug, or a page of a list by its query.
type readKey struct {
	kind                  readKind
	slug                  string
	published             string // "": both
	category, tag, author string
	sort                  post.Sort
	limit                 int
	after                 post.Position
}

type readKind int

const (
	publicPost readKind = iota
	publicPage
	postPage
)

func pageKey(kind readKind, q post.Query) readKey {
	k := readKey{kind: kind, category: q.Category, tag: q.Tag, author: q.Author, sort: q.Sort, limit: q.Limit}
	if q.Published != nil {
		k.published = strconv.FormatBool(*q.Published)
	}
	if q.After != nil {
		k.after = *q.After
	}
	return k
}

// keepsPage reports whether pages of q are kept: not those of a search, and not those of deleted posts, which
// the retention changes without an event.
func keepsPage(q post.Query) bool { return q.Words == "" && !q.Deleted }

// kept is a JSON answer, made once for all that ask for it. It does not change.
type kept struct {
	post     int64  // the one post that it shows; 0: several, or none
	moved    string // the slug that the post has now; then there is nothing else
	failed   error  // why there is no body; then there is an ETag alone
	parts    [][]byte
	etag     []string // header values, which all answers share
	length   []string
	packOnce sync.Once
	packed   []byte // with gzip; nil: not smaller
}

// joinBelow is the size below which the parts of an answer are joined, for one write. Larger ones share
// their HTML with the renderer.
const joinBelow = 64 << 10

func newKept(post int64, tag string, parts ...[]byte) *kept {
	k := &kept{post: post, parts: parts, etag: []string{tag}}
	if k.size() < joinBelow {
		k.parts = [][]byte{bytes.Join(parts, nil)}
	}
	k.length = []string{strconv.Itoa(k.size())}
	return k
}

func (k *kept) size() (n int) {
	for _, part := range k.parts {
		n += len(part)
	}
	return n
}

// keptOverhead is the approximate memory of an answer without its body.
const keptOverhead = 1 << 10

// entry returns k for the cache. Its body counts twice, for the compressed form.
func (k *kept) entry() readcache.Made[*kept] {
	return readcache.Made[*kept]{Value: k, Bytes: 2*k.size() + keptOverhead, Post: k.post, Keep: k.failed == nil}
}

// gzipped returns the compressed body, which is made when it is asked for the first time.
func (k *kept) gzipped() []byte {
	k.packOnce.Do(func() {
		size := k.size()
		if size < minCompressed {
			return
		}
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			return // only with another level
		}
		for _, part := range k.parts {
			w.Write(part) // into memory
		}
		w.Close()
		if b.Len() < size {
			k.packed = bytes.Clone(b.Bytes())
		}
	})
	return k.packed
}

// keptAnswer returns the answer of key from memory, or the one that read makes. Unless keep, every request reads.
func (s *server) keptAnswer(ctx context.Context, key readKey, keep bool, read func(context.Context) (*kept, error)) (*kept, error) {
	if s.cfg.Cache == nil || !keep {
		return read(ctx)
	}
	return s.cfg.Cache.Get(ctx, key, func(ctx context.Context) (readcache.Made[*kept], error) {
		k, err := read(ctx)
		if err != nil {
			return readcache.Made[*kept]{}, err
		}
		return k.entry(), nil
	})
}

// Values of headers that many answers share. They are never changed.
var (
	jsonType     = []string{"application/json"}
	gzipEncoding = []string{"gzip"}
	varyKept     = []string{"Origin", "Accept-Encoding"}
)

// answerKept writes k, or answers 304 when the client has it already. Its error is that of k.
func answerKept(w http.ResponseWriter, r *http.Request, k *kept, cache []string) error {
	h := w.Header()
	h["Vary"] = varyKept
	h["Etag"] = k.etag
	h["Cache-Control"] = cache
	if given := r.Header["If-None-Match"]; len(given) > 0 && hasTag(given[0], k.etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if k.failed != nil {
		h.Del("Etag")
		return k.failed
	}
	h["Content-Type"] = jsonType
	if acceptsGzip(r) {
		if packed := k.gzipped(); packed != nil {
			h["Content-Encoding"] = gzipEncoding
			h["Content-Length"] = []string{strconv.Itoa(len(packed))}
			w.Write(packed)
			return nil
		}
	}
	h["Content-Length"] = k.length
	for _, part := range k.parts {
		w.Write(part)
	}
	return nil
}

// acceptsGzip reports whether the caller takes gzip. A coding that is named counts before "*".
func acceptsGzip(r *http.Request) bool {
	all := false
	for _, value := range r.Header["Accept-Encoding"] {
		for coding := range strings.SplitSeq(value, ",") {
			name, quality, _ := strings.Cut(coding, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "gzip"):
				return isPositive(quality)
			case name == "*":
				all = isPositive(quality)
			}
		}
	}
	return all
}

// isPositive reports whether the parameters of a coding give a weight above 0, or none.
func isPositive(parameters string) bool {
	_, q, given := strings.Cut(strings.ToLower(strings.ReplaceAll(parameters, " ", "")), "q=")
	number, err := strconv.ParseFloat(q, 64)
	return !given || err == nil && number > 0
}
