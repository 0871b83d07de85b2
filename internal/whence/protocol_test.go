package whence

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pires/go-proxyproto"
)

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		if c == nil {
			return nil, errors.New("the system has no more files")
		}
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.done); return nil }
func (p pipes) Addr() net.Addr { return nil }

// elsewhere is a connection that comes from an address.
type elsewhere struct {
	net.Conn
	from *net.TCPAddr
}

func (c elsewhere) RemoteAddr() net.Addr { return c.from }

// front is a listener with the protocol behind which a test stands.
type front struct {
	pipes
	l       net.Listener
	refused atomic.Int32
}

func newFront(t *testing.T) *front {
	f := &front{pipes: pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
	f.l = proxies(t, Config{Trusted: []string{"10.0.0.0/8"}, Protocol: true}).Listen(f.pipes, func() { f.refused.Add(1) })
	return f
}

// dial connects from an address and writes something.
func (f *front) dial(from, what string) net.Conn {
	here, there := net.Pipe()
	f.conns <- elsewhere{there, &net.TCPAddr{IP: net.ParseIP(from), Port: 4711}}
	if what != "" {
		go func() { _, _ = io.WriteString(here, what) }() // until somebody reads or closes
	}
	return here
}

func v2(t *testing.T, h proxyproto.Header) string {
	t.Helper()
	h.Version = 2
	var b bytes.Buffer
	if _, err := h.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestProtocol(t *testing.T) {
	ada := &net.TCPAddr{IP: net.ParseIP("203.0.113.9").To4(), Port: 5}
	six := &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 5}
	here := &net.TCPAddr{IP: net.ParseIP("10.0.0.1").To4(), Port: 443}
	here6 := &net.TCPAddr{IP: net.ParseIP("fd00::1"), Port: 443}
	for _, c := range []struct{ name, from, header, want string }{
		{"version 1", "10.0.0.1", "PROXY TCP4 203.0.113.9 10.0.0.1 5 443\r\n", "203.0.113.9:5"},
		{"version 1, long addresses", "10.0.0.1", "PROXY TCP6 2001:db8::7 fd00::1 5 443\r\n", "[2001:db8::7]:5"},
		{"version 2", "10.0.0.1", v2(t, proxyproto.Header{Command: proxyproto.PROXY, TransportProtocol: proxyproto.TCPv4, SourceAddr: ada, DestinationAddr: here}), "203.0.113.9:5"},
		{"version 2, long addresses", "10.0.0.1", v2(t, proxyproto.Header{Command: proxyproto.PROXY, TransportProtocol: proxyproto.TCPv6, SourceAddr: six, DestinationAddr: here6}), "[2001:db8::7]:5"},
		{"a check of the proxy's own", "10.0.0.1", v2(t, proxyproto.Header{Command: proxyproto.LOCAL}), "10.0.0.1:4711"},
		{"version 1, unknown", "10.0.0.1", "PROXY UNKNOWN\r\n", "10.0.0.1:4711"},
		{"none from the proxy", "10.0.0.1", "GET / HTTP/1.1\r\n", ""},
		{"a broken one", "10.0.0.1", "PROXY TCP4 203.0.113.9\r\n", ""},
		{"one that does not end", "10.0.0.1", "PROXY " + strings.Repeat("x", 200), ""},
		{"no TCP", "10.0.0.1", v2(t, proxyproto.Header{
			Command: proxyproto.PROXY, TransportProtocol: proxyproto.UnixStream,
			SourceAddr: &net.UnixAddr{Name: "/a", Net: "unix"}, DestinationAddr: &net.UnixAddr{Name: "/b", Net: "unix"},
		}), ""},
		{"UDP", "10.0.0.1", v2(t, proxyproto.Header{
			Command: proxyproto.PROXY, TransportProtocol: proxyproto.UDPv4,
			SourceAddr: &net.UDPAddr{IP: ada.IP, Port: 5}, DestinationAddr: &net.UDPAddr{IP: here.IP, Port: 443},
		}), ""},
		{"from everywhere", "10.0.0.1", "PROXY TCP4 0.0.0.0 10.0.0.1 5 443\r\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t)
				conn := f.dial(c.from, c.header+"hello")
				if c.want == "" {
					if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
						t.Errorf("still open: %v", err)
					}
					synctest.Wait()
					if n := f.refused.Load(); n != 1 {
						t.Errorf("%d refused", n)
					}
				} else {
					got, err := f.l.Accept()
					if err != nil {
						t.Fatal(err)
					}
					b := make([]byte, 5)
					if _, err := io.ReadFull(got, b); err != nil || string(b) != "hello" || got.RemoteAddr().String() != c.want {
						t.Errorf("%q, %v from %v, want %s", b, err, got.RemoteAddr(), c.want)
					}
					if Context(t.Context(), tls.Server(got, nil)).Value(saidKey{}) == nil {
						t.Error("the connection's context does not know")
					}
					_ = got.Close() // a pipe
				}
				_ = conn.Close() // a pipe
				if err := f.l.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestStrangersHeaderIsNotRead: whoever is no proxy of ours is who they are, and what
// they send is theirs.
func TestStrangersHeaderIsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		line := "PROXY TCP4 203.0.113.9 10.0.0.1 5 443\r\n"
		conn := f.dial("198.51.100.1", line)
		got, err := f.l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, len(line))
		if _, err := io.ReadFull(got, b); err != nil || string(b) != line || got.RemoteAddr().String() != "198.51.100.1:4711" {
			t.Errorf("%q, %v from %v", b, err, got.RemoteAddr())
		}
		if Context(t.Context(), got).Value(saidKey{}) != nil {
			t.Error("believed")
		}
		_ = conn.Close() // a pipe
		_ = got.Close()  // as above
		_ = f.l.Close()  // a pipe's
	})
}

// TestSlowProxyKeepsNobodyWaiting: connections whose header does not come end, and
// meanwhile others are accepted; as many as may wait, wait.
func TestSlowProxyKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		began := time.Now()
		for range maxUnnamed - 1 {
			f.dial("10.0.0.1", "")
		}
		f.dial("198.51.100.1", "")
		if _, err := f.l.Accept(); err != nil || time.Since(began) > 0 {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
		f.dial("10.0.0.1", "")
		f.dial("198.51.100.1", "") // the table is full: it waits
		if _, err := f.l.Accept(); err != nil || time.Since(began) != headerPatience {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		synctest.Wait()
		if n := f.refused.Load(); n != maxUnnamed {
			t.Errorf("%d refused", n)
		}
		_ = f.l.Close() // a pipe's
	})
}

// TestListenerFails: an error below reaches who accepts, and nothing ends by it.
func TestListenerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		go func() { f.conns <- nil }()
		if _, err := f.l.Accept(); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
		waiting := f.dial("10.0.0.1", "")
		unaccepted := f.dial("198.51.100.1", "")
		synctest.Wait()
		if err := f.l.Close(); err != nil {
			t.Error(err)
		}
		for _, c := range []net.Conn{waiting, unaccepted} {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("still open: %v", err)
			}
		}
		if _, err := f.l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepts: %v", err)
		}
	})
}

func TestWithoutTheProtocol(t *testing.T) {
	p := pipes{}
	if l := proxies(t, Config{Trusted: []string{"10.0.0.0/8"}}).Listen(p, nil); l != net.Listener(p) {
		t.Error("wrapped for nothing")
	}
}
