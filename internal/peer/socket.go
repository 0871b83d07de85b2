package peer

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/wire"
)

// compressFrom is the size in bytes from which compressing a message pays: a
// smaller one is one packet anyway.
const compressFrom = 1200

// socketBuffer is the size of a socket's read buffer in bytes. It is for headers
// and small messages; TLS below has a buffer of its own, and there may be ten
// thousand sockets.
const socketBuffer = 512

// Message is bytes for one or many peers: framed, masked and compressed once.
type Message struct {
	Bytes    []byte
	Presence bool // may be dropped

	once     sync.Once
	prepared *websocket.PreparedMessage
}

// NewMessage returns a message of encoded frames.
func NewMessage(b []byte) *Message { return &Message{Bytes: b} }

func (m *Message) prepare() *websocket.PreparedMessage {
	m.once.Do(func() {
		// The only error is an unknown message type.
		m.prepared, _ = websocket.NewPreparedMessage(websocket.BinaryMessage, m.Bytes)
	})
	return m.prepared
}

// Upgrader turns checked requests into sockets. Its caller has checked the
// origin.
type Upgrader struct {
	pool sync.Pool
	up   websocket.Upgrader
}

// NewUpgrader returns an upgrader; one serves all connections.
func NewUpgrader() *Upgrader {
	u := &Upgrader{}
	u.up = websocket.Upgrader{
		HandshakeTimeout:  handshake,
		ReadBufferSize:    socketBuffer,
		WriteBufferPool:   &u.pool,
		Subprotocols:      []string{wire.Subprotocol},
		EnableCompression: true,
		CheckOrigin:       func(*http.Request) bool { return true }, // checked against the exact list before
	}
	return u
}

// Upgrade answers the request and returns the socket. A client without the
// subprotocol is refused.
func (u *Upgrader) Upgrade(w http.ResponseWriter, r *http.Request) (Conn, error) {
	c, err := u.up.Upgrade(w, r, nil)
	if err != nil {
		return nil, err
	}
	if c.Subprotocol() != wire.Subprotocol {
		s := &socket{c: c}
		s.Close(wire.CloseTooOld)
		return nil, errors.New("the client does not speak the subprotocol")
	}
	c.SetReadLimit(wire.MaxMessage)
	return &socket{c: c}, nil
}

type socket struct{ c *websocket.Conn }

// Read implements Conn.
func (s *socket) Read(deadline time.Time) ([]byte, error) {
	if err := s.c.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	kind, r, err := s.c.NextReader()
	if err != nil {
		return nil, err
	}
	if kind != websocket.BinaryMessage {
		s.Close(wire.CloseProtocol)
		return nil, errors.New("a text message on a binary protocol")
	}
	// The socket's own limit counts bytes before they are inflated.
	b, err := io.ReadAll(io.LimitReader(r, wire.MaxInflated+1))
	if err == nil && len(b) > wire.MaxInflated {
		s.Close(wire.CloseProtocol)
		return nil, errors.New("a message inflates beyond the limit")
	}
	return b, err
}

// Write implements Conn.
func (s *socket) Write(m *Message, deadline time.Time) error {
	if err := s.c.SetWriteDeadline(deadline); err != nil {
		return err
	}
	s.c.EnableWriteCompression(len(m.Bytes) >= compressFrom)
	return s.c.WritePreparedMessage(m.prepare())
}

// Close implements Conn. WriteControl may run beside Write.
func (s *socket) Close(code int) {
	// Both errors mean that the other side is gone already.
	_ = s.c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	_ = s.c.Close()
}
