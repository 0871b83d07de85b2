package load

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Plectica is this server's protocol, map.v1, as far as a load needs it.
type Plectica struct {
	Base           string // https://host:port
	Writer, Reader string // cookies "name=value"
	TLS            *tls.Config
	Maps           []id.Map
	From           net.Dialer // where connections come from
}

// Dial implements Protocol.
func (p *Plectica) Dial(ctx context.Context, m, _ int, writes bool) (*websocket.Conn, Line, error) {
	cookie := p.Writer
	if !writes {
		cookie = p.Reader
	}
	d := websocket.Dialer{
		NetDialContext: p.From.DialContext, TLSClientConfig: p.TLS, HandshakeTimeout: dialTimeout, Subprotocols: []string{wire.Subprotocol},
		EnableCompression: true, ReadBufferSize: readBuffer, WriteBufferSize: readBuffer,
	}
	url := "wss" + strings.TrimPrefix(p.Base, "https") + "/maps/" + p.Maps[m].String() + "/socket"
	conn, resp, err := d.DialContext(ctx, url, http.Header{"Cookie": {cookie}, "Origin": {p.Base}})
	if err != nil {
		if resp != nil {
			return nil, nil, fmt.Errorf("socket refused with status %d: %w", resp.StatusCode, err)
		}
		return nil, nil, err
	}
	line := newMapLine()
	if err := line.greet(conn, p.Maps[m]); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, line, nil
}

// mapLine is a client without a map: each of its ops writes one attribute of a
// card of its own. Answers are the ops themselves.
type mapLine struct {
	client id.Client
	card   id.Object
	csn    uint64
}

func newMapLine() *mapLine {
	l := &mapLine{}
	_, _ = rand.Read(l.client[:]) // never fails
	_, _ = rand.Read(l.card[:])
	return l
}

// greet says Hello and waits for the Welcome.
func (l *mapLine) greet(conn *websocket.Conn, m id.Map) error {
	hello := &wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: m, Client: l.client, NextCSN: 1}
	_, _ = rand.Read(hello.Nonce[:])
	if err := conn.WriteMessage(websocket.BinaryMessage, wire.Append(nil, hello)); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	const tries = 1000 // messages before the welcome
	for range tries {
		_, b, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		if wire.Kind(b[0]) == wire.KindWelcome {
			return conn.SetReadDeadline(time.Time{})
		}
	}
	return errors.New("the server does not welcome")
}

// Op implements Line. The first one makes the card.
func (l *mapLine) Op(b, mark []byte) []byte {
	l.csn++
	op := sysmap.Op{Kind: sysmap.OpSet, ID: l.card, Reg: sysmap.Reg{Field: sysmap.Attribute, Entry: "load", Value: sysmap.TextValue(string(mark))}}
	if l.csn == 1 {
		op = sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: l.card, Title: string(mark), Place: sysmap.Place{Order: "V"}}
	}
	return wire.Append(b, &wire.Push{CSN: l.csn, Ops: []sysmap.Op{op}})
}

// Acks implements Line.
func (*mapLine) Acks([]byte) int { return 0 }

// Ping implements Line.
func (*mapLine) Ping(b []byte) []byte { return wire.Append(b, &wire.Ping{T: 1}) }

// Text implements Line.
func (*mapLine) Text() bool { return false }
