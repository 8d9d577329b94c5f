package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/wiredesk/wiredesk/internal/testkit"
)

// socket is one connection to a node, frame by frame.
type socket struct {
	net.Conn
	reader wsutil.Reader
}

// frame is a message to a socket. A close frame has the type "close" and a code; a connection
// that ended without one has the code 0.
type frame struct {
	Type      string
	Seq       int64
	Cursor    int64
	Resume    string
	ExpiresAt time.Time
	Code      int
}

const fromNow = -1

// connect opens a socket that resumes after cursor, or begins now.
func connect(t *testing.T, n *node, token string, cursor int64) *socket {
	t.Helper()
	address := "ws://" + n.address() + "/ws"
	if cursor != fromNow {
		address += "?cursor=" + strconv.FormatInt(cursor, 10)
	}
	dialer := ws.Dialer{Header: ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer " + token}})}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, buffered, _, err := dialer.Dial(ctx, address)
	testkit.Must(t, err)
	t.Cleanup(func() { conn.Close() })
	s := &socket{conn, wsutil.Reader{Source: conn, State: ws.StateClientSide}}
	if buffered != nil { // bytes that were read together with the handshake's answer
		s.reader.Source = buffered
	}
	return s
}

// next waits for the next frame that is not a ping.
func (s *socket) next(t *testing.T, within time.Duration) frame {
	t.Helper()
	testkit.Must(t, s.SetReadDeadline(time.Now().Add(within)))
	for {
		header, err := s.reader.NextFrame()
		var payload []byte
		if err == nil {
			payload, err = io.ReadAll(&s.reader)
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			t.Fatalf("no frame within %v", within)
		case err != nil:
			return frame{Type: "close"}
		case header.OpCode == ws.OpClose:
			code, _ := ws.ParseCloseFrameData(payload)
			return frame{Type: "close", Code: int(code)}
		case header.OpCode == ws.OpText:
			var f frame
			testkit.Must(t, json.Unmarshal(payload, &f))
			return f
		}
	}
}

// await waits for a frame whose type has the prefix.
func (s *socket) await(t *testing.T, prefix string, within time.Duration) frame {
	t.Helper()
	for end := time.Now().Add(within); ; {
		f := s.next(t, time.Until(end))
		if strings.HasPrefix(f.Type, prefix) {
			return f
		}
		if f.Type == "close" {
			t.Fatalf("closed with %d before a frame %s", f.Code, prefix)
		}
	}
}
