package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/gorilla/websocket"
)

// Bytes of the public protocols of Yjs: y-protocols' sync messages and updates of
// version 1, as far as setting a key of a shared map needs them.
const (
	syncMessage  = 0
	authMessage  = 2
	statusOfSync = 8
	updateOfSync = 2

	anyContent = 8
	hasKey     = 0x20
	hasLeft    = 0x80
	anyString  = 119
)

// yLine is a client of a Yjs server. Each op is one item of the client's own key,
// right of the one before, which it deletes.
type yLine struct {
	document string // hocuspocus: in front of every message
	client   uint64
	clock    uint64
	update   []byte
}

func newYLine(document string) *yLine {
	return &yLine{document: document, client: uint64(rand.Uint32())}
}

func uvarint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func text[T string | []byte](b []byte, s T) []byte { return append(uvarint(b, uint64(len(s))), s...) }

// Op implements load.Line.
func (l *yLine) Op(b, mark []byte) []byte {
	if l.document != "" {
		b = text(b, l.document)
	}
	b = append(b, syncMessage, updateOfSync)
	return text(b, l.set(mark))
}

// set returns the update that sets the key.
func (l *yLine) set(mark []byte) []byte {
	u := uvarint(append(l.update[:0], 1, 1), l.client)
	u = uvarint(u, l.clock)
	if l.clock == 0 {
		u = append(u, anyContent|hasKey, 1)
		u = text(text(u, "load"), fmt.Sprint(l.client))
	} else {
		u = append(u, anyContent|hasKey|hasLeft)
		u = uvarint(uvarint(u, l.client), l.clock-1)
	}
	u = text(append(u, 1, anyString), mark)
	if l.clock == 0 {
		u = append(u, 0)
	} else {
		u = uvarint(append(u, 1), l.client)
		u = append(uvarint(append(u, 1), l.clock-1), 1)
	}
	l.clock++
	l.update = u
	return u
}

// Acks implements load.Line: hocuspocus answers each update with a status;
// @y/websocket-server only sends it back, as to everyone.
func (l *yLine) Acks(msg []byte) int {
	if l.document == "" {
		return 0
	}
	head := text(nil, l.document)
	if bytes.HasPrefix(msg, head) && len(msg) > len(head) && msg[len(head)] == statusOfSync {
		return 1
	}
	return 0
}

// Ping implements load.Line: the servers ping.
func (*yLine) Ping(b []byte) []byte { return b }

// Text implements load.Line.
func (*yLine) Text() bool { return false }

// greetHocuspocus signs in and waits for the answer.
func (l *yLine) greetHocuspocus(c *websocket.Conn) error {
	hello := text(append(text(nil, l.document), authMessage, 0), "token")
	if err := c.WriteMessage(websocket.BinaryMessage, hello); err != nil {
		return err
	}
	head := append(text(nil, l.document), authMessage, 2)
	return await(c, func(b []byte) bool { return bytes.HasPrefix(b, head) })
}

// tldrawLine is a client of tldraw's sync-core. Each op patches a key of the
// document record.
type tldrawLine struct {
	key   string
	clock int
}

// greet connects and waits for the state.
func (l *tldrawLine) greet(c *websocket.Conn, schema json.RawMessage) error {
	hello := map[string]any{
		"type": "connect", "connectRequestId": l.key, "schema": schema, "protocolVersion": 8, "lastServerClock": -1,
	}
	if err := c.WriteJSON(hello); err != nil {
		return err
	}
	return await(c, func(b []byte) bool { return strings.Contains(string(b), `"hydrationType"`) })
}

// Op implements load.Line.
func (l *tldrawLine) Op(b, mark []byte) []byte {
	l.clock++
	return fmt.Appendf(b, `{"type":"push","clientClock":%d,"diff":{"document:document":["patch",{"meta":["patch",{"%s":["put","%s"]}]}]}}`,
		l.clock, l.key, mark)
}

// Acks implements load.Line.
func (*tldrawLine) Acks(msg []byte) int { return bytes.Count(msg, []byte(`"push_result"`)) }

// Ping implements load.Line.
func (*tldrawLine) Ping(b []byte) []byte { return append(b, `{"type":"ping"}`...) }

// Text implements load.Line.
func (*tldrawLine) Text() bool { return true }

// await reads messages until one is the one.
func await(c *websocket.Conn, found func([]byte) bool) error {
	const tries = 100
	for range tries {
		_, b, err := c.ReadMessage()
		if err != nil {
			return err
		}
		if found(b) {
			return nil
		}
	}
	return fmt.Errorf("the server does not answer")
}
