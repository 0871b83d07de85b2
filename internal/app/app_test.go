package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plectica/internal/caller"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/postgres/postgrestest"
)

const good = "a few plain words"

// running is a whole server on a port of its own.
type running struct {
	origin string
	out    *syncBuffer
	logs   *syncBuffer
	stop   context.CancelFunc
	done   chan error
	client *http.Client
	pool   *x509.CertPool
	config config.Config
}

// syncBuffer may be written and read at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// engineVariable makes servers keep their rows in PostgreSQL when it is postgres.
const engineVariable = "TEST_ENGINE"

func onPostgres() bool { return os.Getenv(engineVariable) == "postgres" }

// testConfig is of a server in a directory, which has its own database.
func testConfig(t testing.TB, dir string) config.Config {
	t.Helper()
	c := config.Default()
	c.Data, c.Listen, c.OpsListen = dir, "127.0.0.1:0", "127.0.0.1:0"
	if onPostgres() {
		c.Database.URL = postgrestest.Get(t).For(t, dir).URL
	}
	return c
}

// start runs a server until the test ends.
func start(t *testing.T, c config.Config, rooms func(Parts) (Rooms, error)) *running {
	t.Helper()
	return launch(t, Options{Config: c, Rooms: rooms})
}

// launch is start with more to say.
func launch(t *testing.T, o Options) *running {
	t.Helper()
	c := o.Config
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{out: &syncBuffer{}, logs: &syncBuffer{}, stop: stop, done: make(chan error, 1)}
	started := make(chan string, 1)
	o.Version, o.Out, o.Err, o.Command = "test", r.out, r.logs, "plectica"
	o.Started = func(origin string) { started <- origin }
	go func() { r.done <- Run(ctx, o) }()
	select {
	case r.origin = <-started:
	case err := <-r.done:
		stop()
		t.Fatalf("did not start: %v", err)
	}
	t.Cleanup(func() { r.end(t) })
	r.pool = x509.NewCertPool()
	pem, err := os.ReadFile(filepath.Join(c.Data, "ca.crt"))
	if err != nil || !r.pool.AppendCertsFromPEM(pem) {
		t.Fatalf("read the authority: %v", err)
	}
	r.config = c
	r.client = &http.Client{Jar: newJar(t), Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: r.pool}, ForceAttemptHTTP2: true,
	}}
	return r
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

// end stops the server, once, and returns how long that took.
func (r *running) end(t *testing.T) time.Duration {
	t.Helper()
	if r.stop == nil {
		return 0
	}
	began := time.Now()
	r.stop()
	r.stop = nil
	if err := <-r.done; err != nil {
		t.Errorf("run: %v\n%s", err, r.logs)
	}
	return time.Since(began)
}

func (r *running) do(t *testing.T, method, path, body string) (*http.Response, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.origin+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", r.origin)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	_ = json.Unmarshal(text, &out) // pages are no JSON
	if resp.Header.Get("Strict-Transport-Security") != "max-age=63072000; includeSubDomains" {
		t.Errorf("%s %s: no HSTS", method, path)
	}
	return resp, out
}

var firstLink = regexp.MustCompile(`/first#([A-Za-z0-9_-]{43})`)

func (r *running) first(t *testing.T) {
	t.Helper()
	m := firstLink.FindStringSubmatch(r.out.String())
	if m == nil {
		t.Fatalf("no link in %s", r.out)
	}
	resp, me := r.do(t, "POST", "/api/v1/first", `{"secret":"`+m[1]+`","email":"op@example.test","name":"Op","password":"`+good+`"}`)
	if resp.StatusCode != 200 || me["operator"] != true {
		t.Fatalf("first: %d %v", resp.StatusCode, me)
	}
	if strings.Contains(r.logs.String(), m[1]) {
		t.Error("the secret is in the log")
	}
}

func TestFirstDay(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	r := start(t, c, nil)
	resp, site := r.do(t, "GET", "/api/v1/site", "")
	if resp.ProtoMajor != 2 || resp.TLS.CurveID != tls.X25519MLKEM768 || resp.TLS.Version != tls.VersionTLS13 {
		t.Errorf("HTTP/%d, group %v, version %x", resp.ProtoMajor, resp.TLS.CurveID, resp.TLS.Version)
	}
	if site["first"] != true {
		t.Errorf("site %v", site)
	}
	if !strings.Contains(r.out.String(), "plectica trust --data "+c.Data) || !strings.Contains(r.out.String(), r.origin) {
		t.Errorf("said %s", r.out)
	}
	r.first(t)
	resp, m := r.do(t, "POST", "/api/v1/maps", `{"title":"Water"}`)
	if resp.StatusCode != 201 {
		t.Fatalf("map: %d %v", resp.StatusCode, m)
	}
	r.end(t)

	// The next start has no link, the same authority, and the sign-in still works.
	again := start(t, c, nil)
	if firstLink.MatchString(again.out.String()) {
		t.Error("a second first link")
	}
	// Another port is another origin, but cookies do not know ports.
	again.client.Jar = r.client.Jar
	if resp, maps := again.do(t, "GET", "/api/v1/maps", ""); resp.StatusCode != 200 || len(maps["maps"].([]any)) != 1 {
		t.Errorf("after a restart: %d %v", resp.StatusCode, maps)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	start(t, c, nil)
	err := Run(t.Context(), Options{Config: c, Out: io.Discard, Err: io.Discard})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "in use by process") {
		t.Errorf("a second server: %v", err)
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	r := start(t, testConfig(t, filepath.Join(t.TempDir(), "a")), nil)
	c := testConfig(t, filepath.Join(t.TempDir(), "b"))
	c.Listen = strings.TrimPrefix(strings.Replace(r.origin, "localhost", "127.0.0.1", 1), "https://")
	err := Run(t.Context(), Options{Config: c, Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), c.Listen) {
		t.Errorf("a taken port: %v", err)
	}
	// Nothing of the failed start stays: the directory can be used.
	c.Listen = "127.0.0.1:0"
	start(t, c, nil)
}

func TestResetReachesTheRunningServer(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	ended := make(chan []store.Ref, 10)
	r := start(t, c, func(Parts) (Rooms, error) {
		return Rooms{Recheck: func(refs []store.Ref) { ended <- refs }}, nil
	})
	r.first(t)
	if _, err := ResetLink(t.Context(), c, "nobody@example.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("for nobody: %v", err)
	}
	link, err := ResetLink(t.Context(), c, "op@example.test")
	if err != nil {
		t.Fatal(err)
	}
	<-ended // its sockets would be closed now
	if resp, _ := r.do(t, "GET", "/api/v1/me", ""); resp.StatusCode != 401 {
		t.Errorf("still signed in: %d", resp.StatusCode)
	}
	_, secret, _ := strings.Cut(link, "/reset#")
	resp, me := r.do(t, "POST", "/api/v1/reset", `{"secret":"`+secret+`","password":"some other plain words"}`)
	if resp.StatusCode != 200 || me["email"] != "op@example.test" {
		t.Errorf("reset: %d %v", resp.StatusCode, me)
	}
}

func TestRoomsAreWired(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	var drained, ran atomic.Bool
	changes := make(chan []store.Ref, 10)
	r := start(t, c, func(Parts) (Rooms, error) {
		return Rooms{
			Socket: func(w http.ResponseWriter, _ *http.Request, _ caller.Visitor, _ id.Map) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Errorf("hijack: %v", err)
					return
				}
				_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n")) // the client's error is asserted
				_ = conn.Close()                                                      // as above
			},
			CopyLog: func(context.Context, id.Map, id.Map, id.Account) error { return nil },
			Recheck: func(refs []store.Ref) { changes <- refs },
			Run:     func(ctx context.Context) { ran.Store(true); <-ctx.Done() },
			Drain:   func(context.Context) error { drained.Store(true); return nil },
		}, nil
	})
	r.first(t)
	_, made := r.do(t, "POST", "/api/v1/maps", `{"title":"Water"}`)
	text, _ := made["id"].(string)
	m, err := id.Parse[id.Map](text)
	if err != nil {
		t.Fatal(err)
	}
	// Sockets are HTTP/1.1: the connection itself is handed over.
	one := &http.Client{Jar: r.client.Jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.pool, NextProtos: []string{"http/1.1"}}}}
	for origin, want := range map[string]int{r.origin: 101, "https://evil.test": 403, "": 403} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.origin+"/maps/"+text+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		resp, err := one.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // only the status counts
		if resp.StatusCode != want {
			t.Errorf("origin %q: %d, want %d", origin, resp.StatusCode, want)
		}
	}
	if resp, _ := r.do(t, "DELETE", "/api/v1/maps/"+text, ""); resp.StatusCode != 204 {
		t.Errorf("delete: %d", resp.StatusCode)
	}
	if v := <-changes; len(v) != 1 || v[0] != store.OfMap(m) {
		t.Errorf("told of %v", v)
	}
	if took := r.end(t); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if !drained.Load() || !ran.Load() {
		t.Errorf("drained %v, ran %v", drained.Load(), ran.Load())
	}
}

func TestOrigins(t *testing.T) {
	c := config.Default()
	c.ExtraNames = []string{"desk.test", "10.9.8.7", "fd00::1"}
	c.Domains = []string{"maps.example.test"}
	n := names(c)
	n.Machine.DNS, n.Machine.IP = []string{"localhost"}, nil
	got := strings.Join(listOrigins(n, c.Domains, "8443"), " ")
	want := "https://maps.example.test https://maps.example.test:8443 https://localhost:8443 https://desk.test:8443 https://desk.test " +
		"https://10.9.8.7:8443 https://10.9.8.7 https://[fd00::1]:8443 https://[fd00::1]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := listOrigins(n, nil, "443")[0]; got != "https://localhost" {
		t.Errorf("on 443: %s", got)
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		err := Run(ctx, Options{
			Config: testConfig(b, filepath.Join(b.TempDir(), "data")), Out: io.Discard, Err: io.Discard,
			Started: func(string) { cancel() },
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
