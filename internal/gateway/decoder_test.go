package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"
)

// FuzzFrame feeds the bytes of a client at once and in pieces: both must give the same
// messages and the same end, within the bounds on memory, and no message may break the parser.
func FuzzFrame(f *testing.F) {
	text := func(fin bool, op ws.OpCode, payload string) []byte {
		return ws.MustCompileFrame(ws.MaskFrameWith(ws.NewFrame(op, fin, []byte(payload)), [4]byte{1, 2, 3, 4}))
	}
	f.Add(text(true, ws.OpText, `{"type":"ping"}`), uint8(1))
	f.Add(append(text(false, ws.OpText, `{"type":"follow","postId":4`), text(true, ws.OpContinuation, `2,"state":"viewing"}`)...), uint8(7))
	f.Add(text(true, ws.OpText, `{"type":"follow","postId":42,"state":"editing","field":"content","line":250001}`), uint8(5))
	f.Add(text(true, ws.OpText, `{"type":"follow","postId":42,"state":"editing","line":-1}`), uint8(9))
	f.Add(append(text(true, ws.OpPing, "hello"), text(true, ws.OpClose, "\x03\xe8bye")...), uint8(3))
	f.Add(text(true, ws.OpText, `{"type":"auth","token":"t"}`)[:9], uint8(2))
	f.Add([]byte{0x81, 0xfe, 0x40, 0x01, 0, 0, 0, 0}, uint8(1))
	f.Add([]byte{0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, uint8(1))
	f.Add([]byte{0x82, 0x80, 0, 0, 0, 0}, uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, piece uint8) {
		whole := decodeAll(t, data, len(data))
		if diff := cmp.Diff(whole, decodeAll(t, data, int(piece)+1)); diff != "" {
			t.Errorf("whole and in pieces of %d: %s", piece+1, diff)
		}
	})
}

// decodeAll feeds data in pieces and returns the messages and the error.
func decodeAll(t *testing.T, data []byte, piece int) (came []string) {
	var d decoder
	data = append([]byte(nil), data...) // feed changes it
	for len(data) > 0 {
		n := min(piece, len(data))
		err := d.feed(time.Second, data[:n:n], func(op ws.OpCode, payload []byte) error {
			if op.IsControl() && len(payload) > 125 || len(payload) > maxMessage {
				t.Errorf("opcode %d with %d bytes", op, len(payload))
			}
			_, parseErr := parse(payload)
			came = append(came, fmt.Sprintf("%d %q %v", op, payload, parseErr))
			if op == ws.OpClose {
				return answer(payload)
			}
			return nil
		})
		if err != nil {
			if reason, ok := err.(closeReason); !ok || len(reason.frames()) == 0 {
				t.Errorf("ended with %v", err)
			}
			return append(came, err.Error())
		}
		if len(d.rest) > maxMessage+ws.MaxHeaderSize || len(d.message) > maxMessage {
			t.Errorf("holds %d and %d bytes", len(d.rest), len(d.message))
		}
		data = data[n:]
	}
	return came
}

func TestDecoder_holdsNothingWhenIdle(t *testing.T) {
	var d decoder
	sent := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(`{"type":"ping"}`))))
	for _, piece := range [][]byte{sent[:1], sent[1:7], sent[7:]} {
		if err := d.feed(0, piece, func(ws.OpCode, []byte) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if d.rest != nil || d.message != nil {
		t.Errorf("holds %d and %d bytes", cap(d.rest), cap(d.message))
	}
}
