package attack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/serverproc"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/servertest"
)

const (
	word   = "a long word of a user"
	home   = "203.0.113.7"  // the address of the attacker and, behind the same router, of the neighbour
	office = "198.51.100.1" // that of the administrator and of Ben
)

// person is a user at an address, signed in.
type person struct {
	email, address, token string
}

// site is a server with a few users and posts.
type site struct {
	t      *testing.T
	server *serverproc.Server
	http   *http.Client
	// ben writes; mallory is an editor and attacks; viewer attacks; neighbour shares mallory's address.
	admin, ben, mallory, viewer, neighbour person
	long                                   int64 // the id of mallory's longest post
}

func newSite(t *testing.T) *site {
	server := servertest.NewServer(t, "TRUSTED_PROXIES=127.0.0.1/32") // so that clients have addresses
	testkit.Must(t, server.Start(t.Context()))
	testkit.Must(t, server.Ready(t.Context()))
	s := &site{t: t, server: server, http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 300}}}
	s.admin = person{email: serverproc.Admin, address: office}
	s.admin.token = s.tokenOf(s.admin, s.server.Password)
	add := func(name, role, address string) person {
		p := person{email: name + "@desk.test", address: address}
		s.must(s.admin, http.StatusCreated, "POST /api/users", fmt.Sprintf(`{"email":%q,"name":%q,"role":%q,"password":%q}`, p.email, name, role, word), nil)
		p.token = s.tokenOf(p, word)
		return p
	}
	s.ben, s.mallory, s.viewer, s.neighbour = add("ben", "editor", office), add("mallory", "editor", home), add("viewer", "viewer", home), add("neighbour", "editor", home)
	var post struct{ ID int64 }
	long := strings.Repeat("An ordinary paragraph with *emphasis* and a [link](https://example.org).\n\n", 3_300)
	s.must(s.mallory, http.StatusCreated, "POST /api/posts", fmt.Sprintf(`{"title":"Long","published":true,"content":%q}`, long), &post)
	s.long = post.ID
	s.must(s.mallory, http.StatusCreated, "POST /api/posts", fmt.Sprintf(`{"title":"Crafted","published":true,"content":%q}`, strings.Repeat(strings.Repeat("> ", 90)+"a\n\n", 1_300)), nil)
	return s
}

func (s *site) request(by person, call, body string) *http.Request {
	method, path, _ := strings.Cut(call, " ")
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("X-Forwarded-For", by.address)
	if by.token != "" {
		r.Header.Set("Authorization", "Bearer "+by.token)
	}
	if method == "PATCH" || method == "DELETE" {
		r.Header.Set("If-Match", "*")
	}
	return r
}

// call returns the status of an answer, 0 when there is none.
func (s *site) call(by person, call, body string) int {
	res, err := s.http.Do(s.request(by, call, body))
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

func (s *site) must(by person, status int, call, body string, into any) {
	s.t.Helper()
	res, err := s.http.Do(s.request(by, call, body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil || res.StatusCode != status {
		s.t.Fatalf("%s: status %d, %v: %s", call, res.StatusCode, err, text.Bytes())
	}
	if into != nil {
		if err := json.Unmarshal(text.Bytes(), into); err != nil {
			s.t.Fatal(err)
		}
	}
}

func credentials(email, password string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
}

// signIn signs in without a token and without a cookie, and returns the status.
func (s *site) signIn(p person, password string) int {
	p.token = ""
	return s.call(p, "POST /api/auth/login", credentials(p.email, password))
}

func (s *site) tokenOf(p person, password string) string {
	var answer struct{ AccessToken string }
	s.must(p, http.StatusOK, "POST /api/auth/login", credentials(p.email, password), &answer)
	return answer.AccessToken
}
