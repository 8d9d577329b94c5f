package gateway

import (
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// The close codes of the contract.
const (
	closeProtocol = ws.StatusProtocolError   // RFC 6455 is broken
	closePolicy   = ws.StatusPolicyViolation // not of the protocol's form, or too many frames
	closeTooLarge = ws.StatusMessageTooBig   // a message over maxMessage
	closeRestart  = ws.StatusCode(1012)      // come back after the wait that the reason names
	closeSignIn   = ws.StatusCode(4401)      // token expired or session revoked
	closeRole     = ws.StatusCode(4403)      // the role changed: renew the token, come back
	closeSlow     = ws.StatusCode(4408)      // too slow: resume with the cursor
)

// closing is how a connection ends: a close frame, and before it an error frame when
// the client is to be told what it did wrong. As an error it ends the reading.
type closing struct {
	code    ws.StatusCode
	reason  string
	problem string // the error frame's code; empty: no error frame
	echo    bool   // the client closed first: nothing more comes from it
}

func (c closing) Error() string { return c.reason }

// frames returns the last bytes that the connection is sent.
func (c closing) frames() []byte {
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

// lost is the close for a grant that Auth no longer upholds.
func lost(err error) closing {
	if fault.KindOf(err) == fault.Forbidden {
		return closing{code: closeRole, reason: "role changed"}
	}
	return closing{code: closeSignIn, reason: "session ended"}
}

// answer is the close frame that answers the client's own, whose body is given.
func answer(body []byte) closing {
	if len(body) == 0 {
		return closing{echo: true}
	}
	code, reason := ws.ParseCloseFrameData(body)
	known := code >= 1000 && code <= 1014 && (code < 1004 || code > 1006) || code >= 3000 && code <= 4999
	if !known || !utf8.ValidString(reason) {
		return closing{code: closeProtocol, reason: "bad close frame", echo: true}
	}
	return closing{code: code, echo: true}
}
