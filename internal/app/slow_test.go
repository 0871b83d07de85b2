package app

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/id"
	"plectica/internal/peer"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// late is how much longer than its deadline something may take on a busy machine.
const late = 5 * time.Second

// upgrade opens a socket and says nothing.
func (p *party) upgrade(t *testing.T, who *person) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: p.pool}, Subprotocols: []string{wire.Subprotocol}}
	c, _, err := d.DialContext(t.Context(), "wss"+strings.TrimPrefix(p.origin, "https")+"/maps/"+p.m.String()+"/socket",
		http.Header{"Cookie": {who.server.Cookie}, "Origin": {p.origin}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // the server has
	return c
}

// settle waits until there are no more goroutines than before.
func settle(t *testing.T, before int) {
	t.Helper()
	until(t, "no goroutines are left of them", func() bool { return runtime.NumGoroutine() <= before+3 })
}

// TestSocketsThatSayNothing: HS-1, a socket without a Hello, or with half of one, ends
// within the handshake's time and leaves nothing.
func TestSocketsThatSayNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for real deadlines")
	}
	const crowd = 20
	p := newParty(t)
	p.client.CloseIdleConnections()
	before := runtime.NumGoroutine()
	began := time.Now()
	var all []*websocket.Conn
	for i := range crowd {
		c := p.upgrade(t, p.owner)
		if i%2 == 1 { // a message that has begun
			if _, err := c.NetConn().Write([]byte{0x82, 0xfe}); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, c)
	}
	for _, c := range all {
		if _, _, err := c.ReadMessage(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("answered: %v", err)
		}
	}
	if took := time.Since(began); took > wire.HandshakeMS*time.Millisecond+late {
		t.Errorf("the last one was there for %v", took)
	}
	for _, c := range all {
		_ = c.Close() // the server has
	}
	settle(t, before)
}

// TestSocketThatNeverReads: LM-4, a socket that greets and then reads nothing is cut,
// while others do not notice.
func TestSocketThatNeverReads(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for real deadlines")
	}
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "the owner is connected", owner.Settled)
	p.client.CloseIdleConnections()
	before := runtime.NumGoroutine()
	deaf := p.upgrade(t, p.viewer)
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: p.m, Client: robot.NewID[id.Client](), NextCSN: 1}
	if err := deaf.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &hello)); err != nil {
		t.Fatal(err)
	}
	const rounds = 80 // of a quarter of a megabyte: more than the buffers of the system and of the peer
	for range rounds {
		began := time.Now()
		if err := owner.Do(0, noise); err != nil {
			t.Fatal(err)
		}
		until(t, "the owner's edit is saved", owner.Settled)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("an edit took %v beside it", took)
		}
	}
	time.Sleep(peer.MaxBehind)
	// What was on the way comes yet, and then the end.
	if err := deaf.SetReadDeadline(time.Now().Add(late)); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, deaf.NetConn())
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it is still connected, after %d bytes", n)
	}
	_ = deaf.Close() // the server has
	settle(t, before)
}

// noise makes cards of words that nothing makes shorter.
func noise(*sysmap.Map) []sysmap.Op {
	ops := make([]sysmap.Op, 50)
	for i := range ops {
		b := make([]byte, 2000)
		for j := range b {
			b[j] = byte(rand.N(256))
		}
		ops[i] = sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: robot.NewID[id.Object](), Title: hex.EncodeToString(b), Place: sysmap.Place{Order: sysmap.Between("", "", 1)}}
	}
	return ops
}
