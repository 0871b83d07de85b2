package robot

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/id"
	"plectica/internal/wire"
)

// Bounds of a real connection.
const (
	dialTimeout  = 5 * time.Second
	maxFromWire  = 64 << 20 // bytes of one message or snapshot from the server
	writeTimeout = 5 * time.Second
)

// Server is a server as a signed-in client reaches it.
type Server struct {
	Base   string // https://host:port
	Cookie string // "name=value" of the sign-in
	TLS    *tls.Config
	Via    string // host:port to connect to instead of Base's, as through a proxy; may be empty
}

// dial connects to where the server, or the proxy before it, is.
func (s *Server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.Via != "" {
		address = s.Via
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// Dial opens a map's socket.
func (s *Server) Dial(ctx context.Context, m id.Map) (Socket, error) {
	d := websocket.Dialer{
		TLSClientConfig: s.TLS, HandshakeTimeout: dialTimeout, Subprotocols: []string{wire.Subprotocol},
		EnableCompression: true, NetDialContext: s.dial,
	}
	url := "wss" + strings.TrimPrefix(s.Base, "https") + "/maps/" + m.String() + "/socket"
	h := http.Header{"Cookie": {s.Cookie}, "Origin": {s.Base}}
	c, resp, err := d.DialContext(ctx, url, h)
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("socket refused with status %d: %w", resp.StatusCode, err)
		}
		return nil, err
	}
	c.SetReadLimit(maxFromWire)
	return netSocket{c}, nil
}

// Fetch gets an address of the server.
func (s *Server) Fetch(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cookie", s.Cookie)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: s.TLS, DialContext: s.dial}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New("fetch: " + resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxFromWire))
}

type netSocket struct{ c *websocket.Conn }

func (s netSocket) Read() ([]byte, error) {
	_, b, err := s.c.ReadMessage()
	return b, err
}

func (s netSocket) Write(b []byte) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return s.c.WriteMessage(websocket.BinaryMessage, b)
}

func (s netSocket) Close() { _ = s.c.Close() } // it is gone either way
