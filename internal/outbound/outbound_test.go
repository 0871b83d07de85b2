package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
)

// server is an HTTPS server on loopback, for example.com and 127.0.0.1.
func server(t *testing.T, h http.HandlerFunc) (s *httptest.Server, hostPort string, roots *x509.CertPool) {
	t.Helper()
	s = httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, s.Listener.Addr().String(), roots
}

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

func wantFault(t *testing.T, err error, k fault.Kind, text string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != k || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v of kind %v, want %v with %q", err, fault.KindOf(err), k, text)
	}
}

func TestExceptions(t *testing.T) {
	var asked atomic.Int32
	s, at, roots := server(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, r.UserAgent()) // to a recorder of ours
	})
	for name, c := range map[string]Config{
		"host":   {Hosts: []string{at}},
		"prefix": {Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		"plain":  {Plain: []string{at}},
	} {
		c.Roots = roots
		if got, err := get(t, New(c), s.URL); got != "Plectica" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	before := asked.Load()
	for name, c := range map[string]Config{
		"strict":         {},
		"another port":   {Hosts: []string{"127.0.0.1:1"}},
		"another host":   {Hosts: []string{"localhost:443"}},
		"another prefix": {Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
	} {
		c.Roots = roots
		_, err := get(t, New(c), s.URL)
		if wantFault(t, err, fault.Permission, "public internet"); asked.Load() != before {
			t.Errorf("%s: the server was reached", name)
		}
	}
	_, err := get(t, New(Config{Hosts: []string{at}}), s.URL)
	wantFault(t, err, fault.Busy, "certificate is not trusted")
}

func TestAddressesThatAreNotAsked(t *testing.T) {
	dialled := false
	open := Config{
		Hosts:    []string{"169.254.169.254:443", "224.0.0.1:443", "0.0.0.0:443", "[fe80::1%25lo]:443", "[::ffff:127.0.0.1]:443"},
		Prefixes: []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("0.0.0.0/8")},
		Plain:    []string{"10.0.0.1:80", "8.8.8.8:80"},
	}
	c := newClient(open, func(context.Context, string, string) (net.Conn, error) {
		dialled = true
		return nil, errors.New("dialled")
	})
	for _, v := range []struct {
		url, text string
		kind      fault.Kind
	}{
		{"http://example.com/", "only addresses with https", fault.Permission},
		{"http://127.0.0.1/", "only addresses with https", fault.Permission},
		{"ftp://example.com/", "only addresses with https", fault.Permission},
		{"file:///etc/passwd", "names no server", fault.Invalid},
		{"https:///x", "names no server", fault.Invalid},
		{"https://:443/x", "names no server", fault.Invalid},
		{"https://me:secret@example.com/", "name or password", fault.Invalid},
		{"https://127.0.0.1/", "public internet", fault.Permission},
		{"https://[::1]/", "public internet", fault.Permission},
		{"https://10.1.2.3/", "public internet", fault.Permission},
		{"https://[::ffff:8.8.8.8]/", "public internet", fault.Permission},
		{"https://[::ffff:127.0.0.1]/", "public internet", fault.Permission},
		{"https://[fe80::1%25lo]/", "public internet", fault.Permission},
		{"https://[64:ff9b::7f00:1]/", "public internet", fault.Permission},
		// No exception opens what is neither this machine nor a private network.
		{"https://169.254.169.254/latest/meta-data/", "public internet", fault.Permission},
		{"https://224.0.0.1/", "public internet", fault.Permission},
		{"https://0.0.0.0/", "public internet", fault.Permission},
		// Without TLS this machine alone is asked.
		{"http://10.0.0.1/", "public internet", fault.Permission},
		{"http://8.8.8.8/", "public internet", fault.Permission},
	} {
		_, err := get(t, c, v.url)
		wantFault(t, err, v.kind, v.text)
		if dialled {
			t.Fatalf("%s was dialled", v.url)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells a password: %v", err)
		}
	}
}

// names answers look-ups from a pipe: every name has the address that is set.
type names struct{ ip atomic.Pointer[netip.Addr] }

func (n *names) set(ip string) { a := netip.MustParseAddr(ip); n.ip.Store(&a) }

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.answer(server)
		return client, nil
	}}
}

// answer speaks DNS as over TCP: two bytes of length before each message.
func (n *names) answer(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		end := 12 + bytes.IndexByte(q[12:], 0) + 5 // after the header: name, type, class
		kind, ip := binary.BigEndian.Uint16(q[end-4:]), *n.ip.Load()
		m := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end]...)
		if kind == 1 && ip.Is4() || kind == 28 && ip.Is6() {
			m[7] = 1
			m = append(m, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0)
			m = binary.BigEndian.AppendUint16(m, uint16(ip.BitLen()/8))
			m = append(m, ip.AsSlice()...)
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)); err != nil {
			return
		}
	}
}

// TestNamesAreCheckedWhereTheyLead: a name that is fine now and leads inside later
// is refused then, since what is checked is what is dialled.
func TestNamesAreCheckedWhereTheyLead(t *testing.T) {
	s, at, roots := server(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	var n names
	url := "https://example.com:" + port
	// This machine stands for the internet here.
	c := New(Config{Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Roots: roots, Resolver: n.resolver()})
	n.set("127.0.0.1")
	if _, err := get(t, c, url); err != nil {
		t.Fatal(err)
	}
	for _, ip := range []string{"10.0.0.1", "127.0.0.2", "169.254.169.254", "::1", "64:ff9b::7f00:1", "::ffff:10.0.0.1", "2002:a00:1::", "fd00::1"} {
		n.set(ip)
		_, err := get(t, c, url)
		wantFault(t, err, fault.Permission, "public internet")
	}
	// A name that may be private leads nowhere else than it may.
	c = New(Config{Hosts: []string{"example.com:" + port}, Roots: roots, Resolver: n.resolver()})
	n.set("127.0.0.1")
	if _, err := get(t, c, url); err != nil {
		t.Error(err)
	}
	_, err = get(t, c, s.URL)
	wantFault(t, err, fault.Permission, "public internet")
	// Without TLS, a name that leads away from this machine is not followed.
	c = New(Config{Plain: []string{"example.com:80"}, Resolver: n.resolver()})
	n.set("10.0.0.1")
	_, err = get(t, c, "http://example.com/")
	wantFault(t, err, fault.Permission, "public internet")
}

func TestRedirects(t *testing.T) {
	var inside atomic.Int32
	_, secret, roots := server(t, func(http.ResponseWriter, *http.Request) { inside.Add(1) })
	var referred atomic.Bool
	s, at, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			referred.Store(true)
		}
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, "https://"+secret, http.StatusFound)
		case "/plain":
			http.Redirect(w, r, "http://"+secret, http.StatusFound)
		case "/once":
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		}
	})
	strict, two := New(Config{Hosts: []string{at}, Roots: roots}), New(Config{Hosts: []string{at}, Roots: roots, Redirects: 2})
	_, err := get(t, strict, s.URL+"/once")
	wantFault(t, err, fault.Permission, "not followed")
	if _, err = get(t, two, s.URL+"/once"); err != nil {
		t.Error(err)
	}
	_, err = get(t, two, s.URL+"/loop")
	wantFault(t, err, fault.Permission, "not followed")
	_, err = get(t, two, s.URL+"/inside")
	wantFault(t, err, fault.Permission, "public internet")
	_, err = get(t, two, s.URL+"/plain")
	wantFault(t, err, fault.Permission, "https")
	_, err = two.Post(s.URL+"/once", "text/plain", strings.NewReader("a secret"))
	wantFault(t, err, fault.Permission, "not followed")
	if inside.Load() != 0 || referred.Load() {
		t.Errorf("%d came inside, referrer sent: %v", inside.Load(), referred.Load())
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s, at, roots := server(t, func(w http.ResponseWriter, r *http.Request) {
		n := MaxBody
		if strings.HasPrefix(r.URL.Path, "/more") {
			n++
		}
		if strings.HasSuffix(r.URL.Path, "/unsaid") {
			w.(http.Flusher).Flush() // without a length
		}
		_, _ = w.Write(make([]byte, n)) // the other side may hang up
	})
	c := New(Config{Hosts: []string{at}, Roots: roots})
	for _, path := range []string{"/all", "/all/unsaid"} {
		if got, err := get(t, c, s.URL+path); len(got) != MaxBody || err != nil {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	for _, path := range []string{"/more", "/more/unsaid"} {
		got, err := get(t, c, s.URL+path)
		wantFault(t, err, fault.Limit, "too large")
		if len(got) > MaxBody {
			t.Errorf("%s: %d bytes", path, len(got))
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	s, at, roots := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 2*maxHeader))
	})
	_, err := get(t, New(Config{Hosts: []string{at}, Roots: roots}), s.URL)
	wantFault(t, err, fault.Busy, "could not be reached")
}

// TestEnvironmentHasNoSay: a proxy of the environment would be dialled instead.
func TestEnvironmentHasNoSay(t *testing.T) {
	for _, k := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"} {
		t.Setenv(k, "http://proxy.example:3128")
	}
	var dialled string
	c := newClient(Config{}, func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = address
		return nil, errors.New("no network here")
	})
	if c.Transport.(*transport).next.Proxy != nil { // the environment is read once in a process, so dialling may not show it
		t.Error("there may be a proxy")
	}
	_, err := get(t, c, "https://idp.example/")
	if wantFault(t, err, fault.Busy, "could not be reached"); dialled != "idp.example:443" {
		t.Errorf("dialled %q", dialled)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	_, err := get(t, New(Config{Hosts: []string{s.Listener.Addr().String()}, Roots: roots}), s.URL)
	wantFault(t, err, fault.Busy, "could not be reached")
}

// TestFalseCertificates: a server that does not prove its name is not asked.
func TestFalseCertificates(t *testing.T) {
	var asked atomic.Bool
	s, at, roots := server(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	local := net.JoinHostPort("localhost", port) // which the certificate does not name
	for name, c := range map[string]struct {
		url   string
		roots *x509.CertPool
	}{
		"of an authority nobody knows": {s.URL, nil},
		"of another name":              {"https://" + local, roots},
	} {
		_, err := get(t, New(Config{Hosts: []string{at, local}, Roots: c.roots}), c.url)
		wantFault(t, err, fault.Busy, "")
		if asked.Load() {
			t.Errorf("a certificate %s was taken", name)
		}
	}
	if _, err := get(t, New(Config{Hosts: []string{at}, Roots: roots}), s.URL); err != nil || !asked.Load() {
		t.Errorf("a good one: %v", err)
	}
}

// TestNothingIsAdded: what a server sets is not sent back, and nothing is asked to
// come in a form that grows when it is read.
func TestNothingIsAdded(t *testing.T) {
	var sent atomic.Bool
	s, at, roots := server(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 || r.Header.Get("Accept-Encoding") != "" {
			sent.Store(true)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
	})
	c := New(Config{Hosts: []string{at}, Roots: roots})
	for range 2 {
		if _, err := get(t, c, s.URL); err != nil {
			t.Fatal(err)
		}
	}
	if sent.Load() {
		t.Error("a cookie was sent, or compression asked for")
	}
}

// TestNothingHangs: each stage of an exchange has an end, by the clock of a bubble.
func TestNothingHangs(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
	for _, v := range []struct {
		name, url string
		within    time.Duration
		peer      func(c net.Conn)
	}{
		{"handshake", "https://idp.example/", handshakeTimeout, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }},
		{"header", "http://idp.example/", headerTimeout, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }},
		{"body", "http://idp.example/", wholeTimeout, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1)) // an answer comes after the request
			go func() { _, _ = io.Copy(io.Discard, c) }()
			for _, err := io.WriteString(c, head); err == nil; _, err = c.Write([]byte("x")) {
				time.Sleep(time.Second)
			}
		}},
	} {
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(Config{Plain: []string{"idp.example:80"}}, func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					go v.peer(server)
					return client, nil
				})
				begun := time.Now()
				_, err := get(t, c, v.url)
				wantFault(t, err, fault.Busy, "did not answer in time")
				if took := time.Since(begun); took > v.within+time.Second {
					t.Errorf("took %v", took)
				}
				c.CloseIdleConnections()
				time.Sleep(2 * time.Second) // the peer notices
			})
		})
	}
	t.Run("look-up", func(t *testing.T) {
		// The standard library's own state must not be made inside a bubble.
		none := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network here") }}
		if _, err := none.LookupHost(t.Context(), "idp.example"); err == nil {
			t.Error("found without a network")
		}
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}})
			begun := time.Now()
			_, err := get(t, c, "https://idp.example/")
			wantFault(t, err, fault.Busy, "did not answer in time")
			if took := time.Since(begun); took > dialTimeout {
				t.Errorf("took %v", took)
			}
		})
	})
}

// TestConnectionsAreBounded: requests beyond the bound wait for one to end.
func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Int32
		c := newClient(Config{Plain: []string{"idp.example:80"}}, func(context.Context, string, string) (net.Conn, error) {
			open.Add(1)
			client, server := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, server) }()
			return client, nil
		})
		for range 3 * connsPerHost {
			go func() { _, _ = get(t, c, "http://idp.example/") }()
		}
		synctest.Wait()
		if n := open.Load(); n != connsPerHost {
			t.Errorf("%d connections", n)
		}
		time.Sleep(2 * wholeTimeout)
		c.CloseIdleConnections()
	})
}
