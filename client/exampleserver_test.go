package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// exampleServer has the post 42, whose version 8 is by another user than that of an example.
func exampleServer(scripts ...func(*peer)) *server {
	s := startServer(scripts...)
	version, title := 8, "On boats"
	post := func() string {
		return fmt.Sprintf(`{"id":42,"slug":"on-ferries","title":%q,"tags":[],"published":true,"version":%d}`, title, version)
	}
	s.mux.HandleFunc("GET /api/posts", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"items":[{"id":42,"slug":"on-ferries","title":"On ferries","tags":[],"version":7}],"next":null,"cursor":1071,"epoch":"k3v9q2mdxa"}`)
	})
	s.mux.HandleFunc("PATCH /api/posts/42", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") != fmt.Sprintf("%q", fmt.Sprint(version)) {
			w.WriteHeader(http.StatusPreconditionFailed)
			fmt.Fprintf(w, `{"title":"Precondition Failed","current":%s,"base":{"title":"On ferries"},"conflicts":["title"]}`, post())
			return
		}
		var change struct{ Title string }
		if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
			refuse(w, http.StatusUnprocessableEntity)
			return
		}
		version, title = version+1, change.Title
		io.WriteString(w, post())
	})
	return s
}
