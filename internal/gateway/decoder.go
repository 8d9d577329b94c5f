package gateway

import (
	"bytes"
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

const (
	maxMessage = 16 << 10 // bytes of a client's message
	maxRate    = 20       // frames that a client may send in a second; pongs, which answer our pings, are counted apart
)

// decoder cuts the bytes of a client into messages. It holds at most one unfinished
// frame and one unfinished message; between messages it holds nothing.
type decoder struct {
	rest       []byte // an unfinished frame, header included
	message    []byte // the fragments of an unfinished message
	fragmented bool

	window time.Duration // when the second began in which frames are counted
	frames int
	pongs  int
}

// feed takes the next bytes, which it changes, and calls each for every text message and control
// frame that they complete; payload is good for the call only. The first error ends
// it: a closeReason if the protocol is broken, or the error of each.
func (d *decoder) feed(now time.Duration, data []byte, each func(op ws.OpCode, payload []byte) error) error {
	if len(d.rest) > 0 {
		data = append(d.rest, data...)
		d.rest = nil
	}
	for len(data) > 0 {
		h, payload, size, err := d.next(data)
		if err != nil {
			return err
		}
		if size == 0 {
			d.rest = bytes.Clone(data)
			return nil
		}
		data = data[size:]
		if err := d.count(h.OpCode, now); err != nil {
			return err
		}
		ws.Cipher(payload, h.Mask, 0)
		if err := d.take(h, payload, each); err != nil {
			return err
		}
	}
	return nil
}

// next reads and checks the first frame of data; size is 0 while it is unfinished.
func (d *decoder) next(data []byte) (h ws.Header, payload []byte, size int, err error) {
	r := bytes.NewReader(data)
	h, err = ws.ReadHeader(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return h, nil, 0, nil
	}
	state := ws.StateServerSide
	if d.fragmented {
		state = state.Set(ws.StateFragmented)
	}
	if err == nil {
		err = ws.CheckHeader(h, state)
	}
	switch {
	case err != nil:
		return h, nil, 0, closeReason{code: closeProtocol, reason: err.Error()}
	case h.OpCode == ws.OpBinary:
		return h, nil, 0, closeReason{code: closePolicy, reason: "only text frames are understood", problem: "binary"}
	case h.OpCode.IsData() && h.Length > int64(maxMessage-len(d.message)): // h.Length may be the largest int64
		return h, nil, 0, closeReason{code: closeTooLarge, reason: "a message may have 16 KiB at most", problem: "too-large"}
	}
	start := len(data) - r.Len()
	if int64(r.Len()) < h.Length {
		return h, nil, 0, nil
	}
	size = start + int(h.Length)
	return h, data[start:size], size, nil
}

// take calls each for a finished message, or keeps the fragment.
func (d *decoder) take(h ws.Header, payload []byte, each func(ws.OpCode, []byte) error) error {
	if h.OpCode.IsControl() {
		return each(h.OpCode, payload)
	}
	if !h.Fin {
		d.fragmented = true
		d.message = append(d.message, payload...)
		return nil
	}
	if d.fragmented {
		payload = append(d.message, payload...)
		d.message, d.fragmented = nil, false
	}
	if !utf8.Valid(payload) {
		return closeReason{code: closePolicy, reason: "the text is not UTF-8", problem: "not-utf8"}
	}
	return each(ws.OpText, payload)
}

// count refuses a frame beyond maxRate.
func (d *decoder) count(op ws.OpCode, now time.Duration) error {
	if now-d.window >= time.Second {
		d.window, d.frames, d.pongs = now, 0, 0
	}
	counter := &d.frames
	if op == ws.OpPong {
		counter = &d.pongs
	}
	if *counter++; *counter > maxRate {
		return closeReason{code: closePolicy, reason: "more than 20 frames in a second", problem: "too-many-frames"}
	}
	return nil
}
