package gateway

import (
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// The close codes of api/asyncapi.yaml.
const (
	closeProtocol = ws.StatusProtocolError   // RFC 6455 is broken
	closePolicy   = ws.StatusPolicyViolation // not of the protocol's form, or too many frames
	closeTooLarge = ws.StatusMessageTooBig   // a message over maxMessage
	closeRestart  = ws.StatusCode(1012)      // reconnect after the wait in the reason
	closeSignIn   = ws.StatusCode(4401)      // token expired or session revoked
	closeRole     = ws.StatusCode(4403)      // the role changed: renew the token, then reconnect
	closeSlow     = ws.StatusCode(4408)      // too slow: resume with the cursor
)

// closeReason is the end of a connection: a close frame, and before it an error frame if
// the client made a mistake. As an error it ends the reading.
type closeReason struct {
	code    ws.StatusCode
	reason  string
	problem string // the error frame's code; empty: no error frame
	echo    bool   // the client sent the first close frame, so it sends nothing more
}

func (c closeReason) Error() string { return c.reason }

// frames returns the last bytes that the connection is sent.
func (c closeReason) frames() []byte {
	var b []byte
	if c.problem != "" {
		b = errorFrame(c.problem, c.reason)
	}
	var body []byte
	if c.code != 0 {
		body = ws.NewCloseFrameBody(c.code, c.reason)
	}
	return append(b, ws.MustCompileFrame(ws.NewCloseFrame(body))...)
}

// closeForAuthError is the close for a grant that Auth refuses.
func closeForAuthError(err error) closeReason {
	if fault.KindOf(err) == fault.Forbidden {
		return closeReason{code: closeRole, reason: "role changed"}
	}
	return closeReason{code: closeSignIn, reason: "session ended"}
}

// answer returns the close frame that answers a close frame of the client with this body.
func answer(body []byte) closeReason {
	if len(body) == 0 {
		return closeReason{echo: true}
	}
	code, reason := ws.ParseCloseFrameData(body)
	known := code >= 1000 && code <= 1014 && (code < 1004 || code > 1006) || code >= 3000 && code <= 4999
	if !known || !utf8.ValidString(reason) {
		return closeReason{code: closeProtocol, reason: "bad close frame", echo: true}
	}
	return closeReason{code: code, echo: true}
}
