package rest

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// minCompressed is the size from which an answer is compressed: a smaller one fits one packet.
const minCompressed = 1024

// compress compresses the API's answers for clients that accept gzip. An ETag names the version, not
// its encoding, so it stays the same; Vary keeps caches apart. Answers below /api/auth/ hold tokens beside
// input of the client; they are not compressed, so that their length reveals nothing about the tokens. The
// dashboard's files are compressed once, by the dashboard, and so are the answers of answerKept.
func compress(next http.Handler) http.Handler {
	wrapper, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // only for options that contradict each other
	}
	compressed := wrapper(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isKept(r) {
			next.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/api/auth/") {
			compressed.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isKept reports whether answerKept answers the request.
func isKept(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, publicPaths) || r.URL.Path == "/api/posts" && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}
