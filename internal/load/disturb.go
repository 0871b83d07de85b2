package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/id"
	"plectica/internal/robot"
	"plectica/internal/wire"
)

// How much a disturbance is. Each is far beyond what people do.
const (
	slowReaders    = 20
	floodWriters   = 5
	presenceMovers = 50
	strangers      = 4 // that open sockets without a word, one after the other
	joiners        = 4 // that come and go, one after the other
	silentSockets  = 50
	signers        = 200                   // that sign in with wrong passwords, each from a network of their own
	backoff        = 20 * time.Millisecond // after a refusal
)

// elsewhere is another address of this machine than the one others come from: what
// bounds one address must not bound them.
var elsewhere = net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}

// Disturb does something to a server until ctx ends that must cost the others
// nothing they notice: on the first map, with the server's limits in force, from
// another address where the machine has one.
func Disturb(ctx context.Context, kind string, victims *Plectica) (wait func(), err error) {
	p := *victims
	if l, err := net.ListenTCP("tcp", &elsewhere); err == nil {
		_ = l.Close() // it was only to see
		p.From.LocalAddr = &elsewhere
	}
	act, n := p.slow, slowReaders
	switch kind {
	case "slow":
	case "flood":
		act, n = p.flood, floodWriters
	case "presence":
		act, n = p.wander, presenceMovers
	case "sockets":
		act, n = p.knock, strangers
	case "joins":
		act, n = p.join, joiners
	case "signins":
		n = signers
	default:
		return nil, fmt.Errorf("disturbances are slow, flood, presence, sockets, joins and signins, not %q", kind)
	}
	var all sync.WaitGroup
	for i := range n {
		act := act
		if kind == "signins" {
			act = p.signer(i)
		}
		all.Go(func() {
			for ctx.Err() == nil {
				act(ctx)
				_ = robot.Pause(ctx, backoff) // ctx is looked at above
			}
		})
	}
	return all.Wait, nil
}

// with calls f with a client of the first map and ends it with ctx.
func (p *Plectica) with(ctx context.Context, writes bool, f func(c *websocket.Conn, l *mapLine)) {
	c, line, err := p.Dial(ctx, 0, 0, writes)
	if err != nil {
		return // refused: the disturbance goes on
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() }) // it is gone either way
	defer stop()
	defer func() { _ = c.Close() }() // as above
	f(c, line.(*mapLine))
}

// slow joins and never reads.
func (p *Plectica) slow(ctx context.Context) {
	p.with(ctx, true, func(*websocket.Conn, *mapLine) { <-ctx.Done() })
}

// flood pushes without waiting for anything.
func (p *Plectica) flood(ctx context.Context) {
	p.with(ctx, true, func(c *websocket.Conn, l *mapLine) {
		go drain(c)
		for mark := []byte("flood"); ctx.Err() == nil; {
			if c.WriteMessage(websocket.BinaryMessage, l.Op(nil, mark)) != nil {
				return
			}
		}
	})
}

// wander sends presence without a pause.
func (p *Plectica) wander(ctx context.Context) {
	p.with(ctx, true, func(c *websocket.Conn, l *mapLine) {
		go drain(c)
		for x := int32(0); robot.Pause(ctx, 5*time.Millisecond); x++ {
			here := wire.Append(nil, &wire.Presence{HasCursor: true, X: x, Y: x, Selection: []id.Object{l.card}})
			if c.WriteMessage(websocket.BinaryMessage, here) != nil {
				return
			}
		}
	})
}

// join comes and goes with an edit, so that others hear of it.
func (p *Plectica) join(ctx context.Context) {
	p.with(ctx, true, func(c *websocket.Conn, _ *mapLine) {
		ping := wire.Append(nil, &wire.Ping{T: 1})
		_ = c.WriteMessage(websocket.BinaryMessage, ping) // it leaves anyway
	})
}

// signer returns somebody who signs in with a wrong password, again and again, from
// another network than all others where the machine has one: what bounds a network
// must not bound the sum.
func (p *Plectica) signer(i int) func(ctx context.Context) {
	d := p.From
	if d.LocalAddr != nil {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 1, byte(i), 1)}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: p.TLS, DialContext: d.DialContext}, Timeout: startLimit}
	body := fmt.Sprintf(`{"email":"nobody%d@load.test","password":"not the right one, no"}`, i)
	return func(ctx context.Context) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Base+"/api/v1/signin", strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			return // the disturbance goes on
		}
		_, _ = io.Copy(io.Discard, resp.Body) // for the next one on the same connection
		_ = resp.Body.Close()                 // it was read
	}
}

// knock opens sockets and says nothing.
func (p *Plectica) knock(ctx context.Context) {
	var silent []net.Conn
	defer func() {
		for _, c := range silent {
			_ = c.Close() // it was never used
		}
	}()
	d := tls.Dialer{NetDialer: &p.From, Config: p.TLS}
	for range silentSockets {
		c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(p.Base, "https://"))
		if err != nil {
			return
		}
		silent = append(silent, c)
	}
}

func drain(c *websocket.Conn) {
	for {
		if _, _, err := c.NextReader(); err != nil {
			return
		}
	}
}
