package attack_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

var bigBody = `{"title":"` + strings.Repeat("a", 2<<20) + `"}`

// attacks are those of one client with few requests or few connections.
var attacks = []attack{
	{"none", 0, 0, nil},
	{"anonymous: a crafted post, 40 at once", 40, 0, get("/api/public/posts/crafted")},
	{"anonymous: the longest post, 40 at once", 40, 0, get("/api/public/posts/long")},
	{"anonymous: a search, 40 at once", 40, 0, func(s *site, n int) int {
		return s.call(person{address: home}, fmt.Sprintf("GET /api/public/posts?q=ordinary+%d", n), "")
	}},
	{"anonymous: page, metrics, API description, refresh, 8 at once", 8, 0, func(s *site, n int) int {
		calls := []string{"GET /", "GET /metrics", "GET /api/openapi.json", "POST /api/auth/refresh", "GET /readyz"}
		return s.call(person{address: home}, calls[n%len(calls)], "")
	}},
	{"guesses at one account, from the neighbour's address, 8 at once", 8, 0, func(s *site, n int) int {
		return s.signIn(person{email: s.ben.email, address: home}, fmt.Sprint("wrong ", n))
	}},
	{"guesses at the administrator from all networks of a home, 8 at once", 8, 0, func(s *site, n int) int {
		return s.signIn(person{email: s.admin.email, address: fmt.Sprintf("2001:db8:0:%x::%x", n%256, n)}, fmt.Sprint("wrong ", n))
	}},
	{"guesses at the administrator from everywhere, 1 a second", 1, time.Second, func(s *site, n int) int {
		return s.signIn(person{email: s.admin.email, address: fmt.Sprintf("2001:db8:%x::1", 0x1000+n)}, fmt.Sprint("wrong ", n))
	}},
	{"sign-ins of all accounts from all networks of a home, 250 at once", 250, 0, func(s *site, n int) int {
		return s.signIn(person{email: fmt.Sprintf("nobody%d@desk.test", n), address: fmt.Sprintf("2001:db8:1:%x::1", n%256)}, "wrong")
	}},
	{"forged refresh tokens, 8 at once", 8, 0, func(s *site, n int) int {
		r := s.request(person{address: home}, "POST /api/auth/refresh", "")
		r.Header.Set("Cookie", fmt.Sprintf("wiredesk_refresh=%d.bogus", n))
		res, err := s.http.Do(r)
		if err != nil {
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}},
	{"viewer: list, history, events, searches, 4 at once", 4, 0, func(s *site, n int) int {
		calls := []string{"GET /api/posts?limit=100&sort=title", fmt.Sprintf("GET /api/posts/%d/history", s.long), "GET /api/events?after=0&limit=1000", fmt.Sprintf("GET /api/posts?q=para+%d", n)}
		return s.call(s.viewer, calls[n%len(calls)], "")
	}},
	{"editor: restores of the longest post, 4 at once", 4, 0, func(s *site, _ int) int {
		return s.call(s.mallory, fmt.Sprintf("POST /api/posts/%d/restore", s.long), `{"version":1}`)
	}},
	{"editor: bodies of 2 MB, 4 at once", 4, 0, func(s *site, _ int) int { return s.call(s.mallory, "POST /api/posts", bigBody) }},
	{"editor: previews of the most expensive text, 4 at once", 4, 0, func(s *site, _ int) int {
		return s.call(s.mallory, "POST /api/render", fmt.Sprintf(`{"content":%q}`, strings.Repeat("[a](", 50_000)))
	}},
	{"viewer: event streams that nobody reads, 1 000 at once", 1000, 0, func(s *site, _ int) int {
		res, err := s.http.Do(s.request(s.viewer, "GET /api/stream?cursor=0", ""))
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		time.Sleep(2 * time.Second) // while the server writes
		return res.StatusCode
	}},
	{"Kafka: requests that announce 2^32 tags, 2 at once", 2, 10 * time.Millisecond, func(s *site, _ int) int { return s.kafka(tags) }},
	{"Kafka: requests that announce 100 MB and do not send them, 8 at once", 8, 10 * time.Millisecond, func(s *site, _ int) int { return s.kafka([]byte{6, 0, 0, 0}) }},
}

func get(path string) func(*site, int) int {
	return func(s *site, _ int) int { return s.call(person{address: home}, "GET "+path, "") }
}

// tags is an ApiVersions request of version 3, whose body announces 2^32-1 tagged fields.
var tags = []byte{0, 0, 0, 18, 0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x0f}

// kafka sends bytes to the embedded broker and waits for an answer or the end of the connection. It returns the length of the answer.
func (s *site) kafka(request []byte) int {
	conn, err := net.DialTimeout("tcp", s.server.Kafka, 5*time.Second)
	if err != nil {
		return -1
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write(request); err != nil {
		return -2
	}
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return -3
	}
	return int(binary.BigEndian.Uint32(length[:]))
}
