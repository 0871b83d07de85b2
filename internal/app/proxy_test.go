package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/caller"
	"plectica/internal/config"
	"plectica/internal/id"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
	"plectica/internal/wire"
)

// Where the proxy and its clients are, on one machine.
const proxyAddr, clientAddr = "127.0.0.2", "127.0.0.3"

// behind is a server behind a proxy, which notes where sockets come from.
type behind struct {
	*running
	m      id.Map
	cookie string

	mu   sync.Mutex
	from []netip.Addr
}

func newBehind(t *testing.T, change func(c *config.Config)) *behind {
	t.Helper()
	l, err := net.Listen("tcp", proxyAddr+":0")
	if err != nil {
		t.Skip("this machine has one address for itself")
	}
	_ = l.Close() // it was there
	b := &behind{}
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.Proxy.Trusted = []string{proxyAddr}
	change(&c)
	b.running = start(t, c, func(p Parts) (Rooms, error) {
		rooms := liveRooms(p)
		live := rooms.Socket
		rooms.Socket = func(w http.ResponseWriter, r *http.Request, who caller.Visitor, m id.Map) {
			b.mu.Lock()
			b.from = append(b.from, who.Asker.Addr)
			b.mu.Unlock()
			live(w, r, who, m)
		}
		return rooms, nil
	})
	b.first(t)
	_, made := b.do(t, "POST", "/api/v1/maps", `{"title":"Water"}`)
	if b.m, err = id.Parse[id.Map](made["id"].(string)); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(b.origin)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == caller.Cookie {
			b.cookie = c.Name + "=" + c.Value
		}
	}
	return b
}

// last returns where the last socket came from.
func (b *behind) last() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.from) == 0 {
		return "nowhere"
	}
	return b.from[len(b.from)-1].String()
}

// host is where the server listens.
func (b *behind) host() string { return strings.TrimPrefix(b.origin, "https://") }

// dialFrom returns a dialer from an address of this machine.
func dialFrom(addr string) func(ctx context.Context, network, to string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	return d.DialContext
}

// proxy is a reverse proxy that adds whom it hears to what was claimed, as most do.
func (b *behind) proxy(t *testing.T) *httptest.Server {
	t.Helper()
	to, err := url.Parse(b.origin)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: b.pool}, DialContext: dialFrom(proxyAddr)},
	})
	t.Cleanup(s.Close)
	return s
}

// socket opens a socket, greets, and returns it with the first answer.
func (b *behind) socket(ctx context.Context, d *websocket.Dialer, host string, header http.Header) (*websocket.Conn, error) {
	d.Subprotocols = []string{wire.Subprotocol}
	header.Set("Cookie", b.cookie)
	header.Set("Origin", b.origin)
	c, resp, err := d.DialContext(ctx, "wss://"+host+"/maps/"+b.m.String()+"/socket", header)
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("%w: %d", err, resp.StatusCode)
		}
		return nil, err
	}
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: b.m, Client: robot.NewID[id.Client](), NextCSN: 1}
	if err := c.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &hello)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if _, _, err := c.ReadMessage(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// TestBehindAReverseProxy: sockets and requests through a proxy are their clients',
// whatever the clients claim; who comes straight is who they are.
func TestBehindAReverseProxy(t *testing.T) {
	b := newBehind(t, func(*config.Config) {})
	proxy := b.proxy(t)
	through := &websocket.Dialer{TLSClientConfig: proxy.Client().Transport.(*http.Transport).TLSClientConfig.Clone(), NetDialContext: dialFrom(clientAddr)}
	straight := &websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: b.pool}, NetDialContext: dialFrom(clientAddr)}
	for _, c := range []struct {
		name  string
		d     *websocket.Dialer
		host  string
		claim string
		want  string
	}{
		{"through the proxy", through, proxy.Listener.Addr().String(), "", clientAddr},
		{"with a claim", through, proxy.Listener.Addr().String(), "203.0.113.9", clientAddr},
		{"with the proxy's name", through, proxy.Listener.Addr().String(), proxyAddr, clientAddr},
		{"with nonsense", through, proxy.Listener.Addr().String(), "<script>", clientAddr},
		{"straight, with a claim", straight, b.host(), "203.0.113.9", clientAddr},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			if c.claim != "" {
				h.Set("X-Forwarded-For", c.claim)
			}
			conn, err := b.socket(t.Context(), c.d, c.host, h)
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close() // it has answered
			if got := b.last(); got != c.want {
				t.Errorf("from %s, want %s", got, c.want)
			}
		})
	}
	if strings.Contains(b.logs.String(), clientAddr) {
		t.Error("an address is in the log")
	}
}

// relay hands connections on to the server with a line in front.
func relay(t *testing.T, to, line string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // only accepts
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }() // one end closed is both
				s, err := dialFrom(proxyAddr)(context.Background(), "tcp", to)
				if err != nil {
					return
				}
				defer func() { _ = s.Close() }() // as above
				if _, err := io.WriteString(s, line); err != nil {
					return
				}
				go func() { _, _ = io.Copy(s, c); _ = s.(*net.TCPConn).CloseWrite() }() // until either ends
				_, _ = io.Copy(c, s)                                                    // as above
			}()
		}
	}()
	return l.Addr().String()
}

// TestBehindThePROXYProtocol: connections are their clients', and are bounded as
// theirs; a stranger's header and a proxy's lack of one close the connection.
func TestBehindThePROXYProtocol(t *testing.T) {
	const most = 3
	b := newBehind(t, func(c *config.Config) { c.Proxy.Protocol, c.Limits.ConnectionsPerAddress = true, most })
	b.client.CloseIdleConnections()
	line := func(from string) string { return "PROXY TCP4 " + from + " 192.0.2.1 4711 443\r\n" }
	dialer := func() *websocket.Dialer {
		return &websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: b.pool, ServerName: "localhost"}, HandshakeTimeout: 5 * time.Second}
	}
	for _, from := range []string{"203.0.113.9", "203.0.113.10"} {
		host := relay(t, b.host(), line(from))
		for range most {
			c, err := b.socket(t.Context(), dialer(), host, http.Header{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() }) // the server has gone by then
			if got := b.last(); got != from {
				t.Errorf("from %s, want %s", got, from)
			}
		}
		if _, err := b.socket(t.Context(), dialer(), host, http.Header{}); err == nil {
			t.Errorf("%s has more connections than it may", from)
		}
	}
	if _, err := b.socket(t.Context(), dialer(), relay(t, b.host(), line("203.0.113.11")), http.Header{"X-Forwarded-For": {"1.1.1.1"}}); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("a header that disagrees: %v", err)
	}
	if _, err := b.socket(t.Context(), dialer(), relay(t, b.host(), ""), http.Header{}); err == nil {
		t.Error("a proxy need not say whose connections they are")
	}
	stranger, err := dialFrom(clientAddr)(t.Context(), "tcp", b.host())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Close() }() // closed by the server
	client := tls.Client(prefixed{stranger, line("203.0.113.12"), new(sync.Once)}, &tls.Config{RootCAs: b.pool, ServerName: "localhost"})
	if err := client.HandshakeContext(t.Context()); err == nil {
		t.Error("a stranger's PROXY header was taken")
	}
}

// prefixed writes a line before everything else.
type prefixed struct {
	net.Conn
	line string
	once *sync.Once
}

// Write writes.
func (p prefixed) Write(b []byte) (n int, err error) {
	p.once.Do(func() { _, err = io.WriteString(p.Conn, p.line) })
	if err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}
