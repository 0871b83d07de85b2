package httpd

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Over real sockets, with deadlines of a fraction of the real ones. quick are those, for
// tests that need several.
func quick() deadlines {
	return deadlines{
		header: 150 * time.Millisecond, read: 300 * time.Millisecond, write: 600 * time.Millisecond, idle: 500 * time.Millisecond,
		ping: 300 * time.Millisecond, pong: 150 * time.Millisecond, bytes: 200 * time.Millisecond,
	}
}

// only are deadlines of which but the named are quick: the others come too late to help.
func only(names ...string) (d deadlines) {
	q := quick()
	late := func(name string, v time.Duration) time.Duration {
		if slices.Contains(names, name) {
			return v
		}
		return time.Minute
	}
	return deadlines{
		header: late("header", q.header), read: late("read", q.read), write: late("write", q.write), idle: late("idle", q.idle),
		ping: late("ping", q.ping), pong: late("ping", q.pong), bytes: late("bytes", q.bytes),
	}
}

// sum is how long the named deadlines are together.
func sum(names ...string) (all time.Duration) {
	d := only(names...)
	for _, v := range []time.Duration{d.header, d.read, d.write, d.idle, d.ping, d.pong, d.bytes} {
		if v < time.Minute {
			all += v
		}
	}
	return all
}

const (
	// slack is what a busy machine may take beside a deadline; the other deadlines are
	// later still.
	slack = 25 * time.Second
	// crowd is how many attack at once.
	crowd = 20
	// large is an answer that no buffer on the way takes whole.
	large = 32 << 20
)

// besieged is a server under attack.
type besieged struct {
	*httptest.Server
	open    atomic.Int64 // connections
	busy    atomic.Int64 // handlers
	mostly  atomic.Int64 // handlers at once, at most
	started atomic.Int64 // handlers in all
}

func besiege(t *testing.T, d deadlines) *besieged {
	t.Helper()
	b := &besieged{}
	file := make([]byte, large)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, _ *http.Request) {
		part := make([]byte, 64<<10)
		for range large / len(part) {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("POST /", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }) // however it ends
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })      // as above
	mux.HandleFunc("POST /file", func(w http.ResponseWriter, r *http.Request) {
		in := newArriving(w, r.Body)
		in.trip.patience = patience{part: 100 * time.Millisecond, grace: 300 * time.Millisecond, rate: 1 << 20}
		_, _ = io.Copy(io.Discard, in) // however it ends
	})
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		out := newLeaving(w)
		out.trip.patience = patience{part: 200 * time.Millisecond, grace: 300 * time.Millisecond, rate: 1 << 30}
		http.ServeContent(out, r, "", time.Time{}, bytes.NewReader(file))
	})
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.started.Add(1)
		n := b.busy.Add(1)
		defer b.busy.Add(-1)
		for most := b.mostly.Load(); n > most && !b.mostly.CompareAndSwap(most, n); most = b.mostly.Load() {
		}
		mux.ServeHTTP(w, r)
	}))
	b.Config = d.server(b.Config.Handler, nil, newLog())
	b.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			b.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			b.open.Add(-1)
		case http.StateActive, http.StateIdle:
		}
	}
	b.EnableHTTP2 = true
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

// dial connects with TLS and a protocol.
func (b *besieged) dial(proto string) (*tls.Conn, error) {
	return tls.Dial("tcp", b.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{proto}}) // its certificate is nobody's
}

// attack lets a crowd do something, and wants the server rid of them in time, with
// nothing left of them. Nobody's connection is closed from outside before that.
func (b *besieged) attack(t *testing.T, within time.Duration, do func(raw net.Conn) error) {
	t.Helper()
	before, memory := runtime.NumGoroutine(), heap()
	var all sync.WaitGroup
	var conns []net.Conn
	began := time.Now()
	for range crowd {
		raw, err := net.Dial("tcp", b.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		// So that little is on the way when nothing is read.
		if err := raw.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, raw)
		all.Go(func() { _ = do(raw) }) // the server ends it
	}
	for {
		if b.open.Load() == 0 && b.busy.Load() == 0 && time.Since(began) > within/4 {
			break
		}
		if time.Since(began) > within+slack {
			t.Errorf("%d connections and %d handlers are still there after %v", b.open.Load(), b.busy.Load(), time.Since(began))
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, c := range conns {
		_ = c.Close() // closed already, if all is well
	}
	all.Wait()
	for until := time.Now().Add(slack); runtime.NumGoroutine() > before+3; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
			break
		}
	}
	if more := heap() - memory; more > 8<<20 {
		t.Errorf("%d KiB are left", more>>10)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // what pools kept
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// one does HTTP/1.1 over TLS.
func one(do func(c net.Conn) error) func(net.Conn) error {
	return func(raw net.Conn) error {
		c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}) // as above
		if err := c.Handshake(); err != nil {
			return err
		}
		return do(c)
	}
}

// trickle writes a byte now and then, for ever.
func trickle(c net.Conn, b byte) error {
	for {
		if _, err := c.Write([]byte{b}); err != nil {
			return err
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// TestSlowClients: HTTP/1.1, each kind of slowness ends within its own deadline.
func TestSlowClients(t *testing.T) {
	for _, c := range []struct {
		name string
		by   []string
		do   func(raw net.Conn) error
	}{
		{"no handshake", []string{"header"}, func(net.Conn) error { return nil }},
		{"half a handshake", []string{"header"}, func(raw net.Conn) error {
			_, err := raw.Write([]byte{0x16, 0x03, 0x01, 0x02, 0x00})
			return err
		}},
		{"no request", []string{"header"}, one(func(net.Conn) error { return nil })},
		{"slow headers", []string{"header"}, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX: "); err != nil {
				return err
			}
			return trickle(c, 'a')
		})},
		{"slow body", []string{"read"}, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"); err != nil {
				return err
			}
			return trickle(c, 'a')
		})},
		{"slow chunks", []string{"read"}, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"); err != nil {
				return err
			}
			return trickle(c, 'a')
		})},
		{"no reading", []string{"write"}, one(func(c net.Conn) error {
			_, err := io.WriteString(c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
			return err
		})},
		{"slow reading", []string{"write"}, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				return err
			}
			for b := make([]byte, 64); ; time.Sleep(20 * time.Millisecond) {
				if _, err := c.Read(b); err != nil {
					return err
				}
			}
		})},
		{"idle", []string{"idle"}, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				return err
			}
			_, err := io.Copy(io.Discard, c)
			return err
		})},
		{"a file in a trickle", []string{"idle"}, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "POST /file HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"); err != nil {
				return err
			}
			return trickle(c, 'a')
		})},
		{"a file out in a trickle", nil, one(func(c net.Conn) error {
			if _, err := io.WriteString(c, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				return err
			}
			for b := make([]byte, 16<<10); ; time.Sleep(10 * time.Millisecond) {
				if _, err := c.Read(b); err != nil {
					return err
				}
			}
		})},
	} {
		t.Run(c.name, func(t *testing.T) { besiege(t, only(c.by...)).attack(t, sum(c.by...), c.do) })
	}
}

// h2 is a client of HTTP/2 that does as it likes.
type h2 struct {
	net.Conn
	*http2.Framer
	hpack bytes.Buffer
}

// two does HTTP/2 over TLS, after the greeting.
func two(settings []http2.Setting, do func(c *h2) error) func(net.Conn) error {
	return func(raw net.Conn) error {
		conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) // as above
		if err := conn.Handshake(); err != nil {
			return err
		}
		if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
			return err
		}
		c := &h2{Conn: conn, Framer: http2.NewFramer(conn, conn)}
		if err := c.WriteSettings(settings...); err != nil {
			return err
		}
		return do(c)
	}
}

// ask opens a stream.
func (c *h2) ask(stream uint32, method, path string, ends bool) error {
	c.hpack.Reset()
	e := hpack.NewEncoder(&c.hpack)
	e.SetMaxDynamicTableSize(0)
	for _, f := range [][2]string{{":method", method}, {":scheme", "https"}, {":authority", "x"}, {":path", path}} {
		if err := e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			return err
		}
	}
	return c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: c.hpack.Bytes(), EndStream: ends, EndHeaders: true})
}

// listen reads all that comes and answers pings.
func (c *h2) listen() error {
	for {
		f, err := c.ReadFrame()
		if err != nil {
			return err
		}
		if p, ok := f.(*http2.PingFrame); ok && !p.IsAck() {
			if err := c.WritePing(true, p.Data); err != nil {
				return err
			}
		}
	}
}

// TestSlowHTTP2: the same by HTTP/2, where one connection has many requests.
func TestSlowHTTP2(t *testing.T) {
	none := []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}}
	for _, c := range []struct {
		name string
		by   []string
		do   func(raw net.Conn) error
	}{
		{"half a header block", []string{"ping"}, two(nil, func(c *h2) error {
			if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x82}}); err != nil {
				return err
			}
			return c.listen()
		})},
		{"slow body", []string{"read", "idle"}, two(nil, func(c *h2) error {
			if err := c.ask(1, "POST", "/", false); err != nil {
				return err
			}
			go func() { _ = c.listen() }() // until the end
			for {
				if err := c.WriteData(1, false, []byte{'a'}); err != nil {
					return err
				}
				time.Sleep(30 * time.Millisecond)
			}
		})},
		{"a window that stays shut", []string{"write", "idle"}, two(none, func(c *h2) error {
			for i := range uint32(20) {
				if err := c.ask(2*i+1, "GET", "/large", true); err != nil {
					return err
				}
			}
			return c.listen()
		})},
		{"a window that opens by bytes", []string{"write", "idle"}, two(none, func(c *h2) error {
			if err := c.ask(1, "GET", "/large", true); err != nil {
				return err
			}
			go func() { _ = c.listen() }() // until the end
			for {
				if err := c.WriteWindowUpdate(1, 1); err != nil {
					return err
				}
				time.Sleep(20 * time.Millisecond)
			}
		})},
		{"no reading", []string{"bytes"}, two([]http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 1 << 30}}, func(c *h2) error {
			if err := c.WriteWindowUpdate(0, 1<<30); err != nil {
				return err
			}
			for i := range uint32(4) {
				if err := c.ask(2*i+1, "GET", "/large", true); err != nil {
					return err
				}
			}
			return nil
		})},
		{"idle, but alive", []string{"idle"}, two(nil, func(c *h2) error {
			if err := c.ask(1, "GET", "/", true); err != nil {
				return err
			}
			return c.listen()
		})},
		{"silent", []string{"ping"}, two(nil, func(*h2) error { return nil })},
		{"pings alone", []string{"idle"}, two(nil, func(c *h2) error {
			go func() { _ = c.listen() }() // until the end
			for {
				if err := c.WritePing(false, [8]byte{}); err != nil {
					return err
				}
				time.Sleep(10 * time.Millisecond)
			}
		})},
	} {
		t.Run(c.name, func(t *testing.T) { besiege(t, only(c.by...)).attack(t, sum(c.by...), c.do) })
	}
}

// TestStreamsAreBounded: one connection has a bounded number of requests at work,
// whether it waits for them or takes them back at once. Whoever wants more than that at
// the same time is refused.
func TestStreamsAreBounded(t *testing.T) {
	for name, reset := range map[string]bool{"kept": false, "reset": true} {
		t.Run(name, func(t *testing.T) {
			b := besiege(t, quick())
			conn, err := b.dial("h2")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }() // ended by the server
			if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
				t.Fatal(err)
			}
			c := &h2{Conn: conn, Framer: http2.NewFramer(conn, conn)}
			if err := c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.listen() }()
			const flood = 20_000
			sent := 0
			for ; sent < flood; sent++ {
				err := c.ask(uint32(2*sent+1), "GET", "/large", true)
				if err == nil && reset {
					err = c.WriteRSTStream(uint32(2*sent+1), http2.ErrCodeCancel)
				}
				if err != nil {
					break
				}
			}
			select {
			case <-ended:
			case <-time.After(quick().write + quick().idle + slack):
				t.Error("the connection is still there")
			}
			if most := b.mostly.Load(); most > maxStreams {
				t.Errorf("%d handlers at once", most)
			}
			if n := b.started.Load(); !reset && n > flood/10 {
				t.Errorf("%d of %d requests were begun", n, flood)
			}
		})
	}
}

// TestOthersAreServedMeanwhile: a crowd of slow ones keeps nobody waiting.
func TestOthersAreServedMeanwhile(t *testing.T) {
	b := besiege(t, quick())
	for range crowd {
		c, err := b.dial("http/1.1")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }() // ended by the server
		go func() { _, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n") }()
	}
	began := time.Now()
	resp, err := b.Client().Get(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // only that it came counts
	if took := time.Since(began); took > time.Second {
		t.Errorf("somebody else waited %v", took)
	}
}

// TestPatience: what goes too slowly for its part, or in all, ends; what is quick has
// as long as it takes.
func TestPatience(t *testing.T) {
	began := time.Unix(1000, 0)
	for _, c := range []struct {
		after time.Duration
		moved int64
		want  time.Duration // from then on
	}{
		{0, 0, filePatience},
		{20 * time.Second, 0, 10 * time.Second},
		{29 * time.Second, 10, time.Second + 2441406},
		{40 * time.Second, 10 * leastRate, 0},
		{40 * time.Second, 20 * leastRate, 10 * time.Second},
		{10 * time.Minute, 20 << 20, filePatience},
	} {
		tr := trip{patience: usualPatience(), began: began, moved: c.moved}
		now := began.Add(c.after)
		if got := tr.by(now).Sub(now); got != c.want {
			t.Errorf("after %v and %d bytes: %v, want %v", c.after, c.moved, got, c.want)
		}
	}
}

// TestLargeHeaders: more than fits is refused before it is kept.
func TestLargeHeaders(t *testing.T) {
	b := besiege(t, quick())
	c, err := b.dial("http/1.1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }() // ended by the server
	_, err = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\nX: %s", strings.Repeat("a", 2*maxHeaderBytes))
	answer := make([]byte, 12)
	if _, rerr := io.ReadFull(c, answer); rerr != nil || string(answer) != "HTTP/1.1 431" {
		t.Errorf("%q, %v", answer, errors.Join(err, rerr))
	}
	if b.started.Load() != 0 {
		t.Error("it reached a handler")
	}
}
