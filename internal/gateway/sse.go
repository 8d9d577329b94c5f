package gateway

import (
	"bytes"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Server-sent events are the other form of a connection: GET /api/stream has the order, limits and close reasons of a WebSocket,
// and its frames as events. Both forms share all code but the encoding: events are made from the WebSocket frames, per pass and
// batch for shared frames, per connection for the rest. The client of a stream sends nothing after its request: it cannot follow
// posts, and renews its token by a new request. The response has no length; it ends with the connection.

// heartbeatInterval is below the 25 s that clients and proxies may count on, as a shard looks at idle connections each tickInterval.
const heartbeatInterval = 20 * time.Second

// noID is the id of an event that a client cannot resume from.
const noID = -1

// typePrefix begins the JSON of all frames of the server.
const typePrefix = `{"type":"`

var heartbeat = []byte(":\n\n")

// appendSSE appends a text frame of the server as a server-sent event with an id, or without one if id is noID.
func appendSSE(b, frame []byte, id int64) []byte {
	payload := payloadOf(frame)
	kind, _, _ := bytes.Cut(payload[len(typePrefix):], []byte{'"'})
	b = append(append(b, "event: "...), kind...)
	if id != noID {
		b = strconv.AppendInt(append(b, "\nid: "...), id, 10)
	}
	b = append(b, "\ndata: "...)
	start := len(b)
	b = append(b, payload...)
	spaceOut(b[start:], '\n')
	spaceOut(b[start:], '\r')
	return append(b, "\n\n"...)
}

// payloadOf returns the payload of a server's frame, which has no mask.
func payloadOf(frame []byte) []byte {
	switch frame[1] {
	case 126:
		return frame[4:]
	case 127:
		return frame[10:]
	}
	return frame[2:]
}

// spaceOut replaces a line break by a space. In JSON a break is only between values, where both are whitespace.
func spaceOut(json []byte, lineBreak byte) {
	for i := bytes.IndexByte(json, lineBreak); i >= 0; i = bytes.IndexByte(json, lineBreak) {
		json[i] = ' '
	}
}

// encode returns a text frame in the form of c.
func (c *conn) encode(frame []byte, id int64) []byte {
	if c.sse {
		return appendSSE(nil, frame, id)
	}
	return frame
}

// events returns the entries of b as server-sent events, without the posts' content.
func (b *batch) events() []byte {
	if b.sse == nil {
		const around = len("event: blog-published\nid: 9223372036854775807\ndata: \n\n")
		size := 0
		for _, e := range b.entries {
			size += len(e.Summary) + around
		}
		b.sse = make([]byte, 0, size)
		for _, e := range b.entries {
			b.sse = appendSSE(b.sse, e.Summary, e.Seq)
		}
	}
	return b.sse
}

// events returns the last events of a stream: the code and reason of the close frame, and before it the error.
func (c closeReason) events() []byte {
	var b []byte
	if c.problem != "" {
		b = appendSSE(b, errorFrame(c.problem, c.reason), noID)
	}
	return appendSSE(b, text(struct {
		Type   string `json:"type"`
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	}{"close", int(c.code), c.reason}), noID)
}

// Stream returns the handler of GET /api/stream?cursor=<seq>&epoch=<id>. Like ServeHTTP it returns when the request is
// refused, or the stream has begun; the hub then owns the connection.
func (h *Hub) Stream() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, true) })
}

// readLastEventID takes the header that an EventSource sends when it reconnects, unless the cursor in its URL is newer.
func (a *handshakeRequest) readLastEventID(r *http.Request) error {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		return nil
	}
	last, ok := parseCursor(id)
	if !ok {
		return errLastEventID
	}
	if a.cursor == nil || last > *a.cursor {
		a.cursor = &last
	}
	return nil
}

// openStream takes the connection over from net/http, with its deadlines cleared. It returns also the bytes that the client sent
// after its request, and the response's head, which is not written yet.
func openStream(w http.ResponseWriter) (nc net.Conn, early, head []byte, err error) {
	header := w.Header().Clone()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx holds the response back otherwise
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, nil, errHTTP1
	}
	early = make([]byte, rw.Reader.Buffered())
	rw.Read(early)
	b := bytes.NewBufferString("HTTP/1.1 200 OK\r\n")
	header.Write(b) // a buffer takes everything
	b.WriteString("\r\n")
	limitUnacknowledged(nc, maxSilence) // as the client of a stream answers no ping
	return nc, early, b.Bytes(), nil
}
