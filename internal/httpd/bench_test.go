package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/account"
	"plectica/internal/account/accounttest"
	"plectica/internal/api"
	"plectica/internal/attach"
	"plectica/internal/audit"
	"plectica/internal/blob/dir"
	"plectica/internal/caller"
	"plectica/internal/id"
	"plectica/internal/keyfile"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/mail"
	"plectica/internal/org"
	"plectica/internal/remedy"
	"plectica/internal/share"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/sysmap"
	"plectica/internal/throttle"
)

const (
	origin = "https://localhost:8443"
	good   = "a few plain words"
)

// bench is the edge on real services, without a network.
type bench struct {
	http.Handler
	accounts *account.Service
	now      time.Time
	logs     bytes.Buffer
	entered  []caller.Visitor
	filled   [][]sysmap.Op // what maps were made of
	addr     string
	blobs    string // the directory of contents
	store    *sqlstore.Store
	log      *audit.Log
	ledger   *ledger.Ledger
	file     string // the database
	post     post
	// unwritten is the error of everything that is to be recorded from now on, unless it
	// goes with a change.
	unwritten error
}

// post takes the site's mail, once it is on.
type post struct {
	on   bool
	sent []mail.Letter
}

// Enabled implements account.Mail.
func (p *post) Enabled() bool { return p.on }

// Send implements account.Mail.
func (p *post) Send(_ context.Context, _ mail.Language, _ string, l mail.Letter) error {
	p.sent = append(p.sent, l)
	return nil
}

func newBench(t testing.TB, change func(c *Config)) *bench {
	t.Helper()
	file := filepath.Join(t.TempDir(), "db")
	st, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{store: st, file: file, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC), addr: "192.0.2.1:5000"}
	clock := func() time.Time { return b.now }
	b.accounts, err = account.New(t.Context(), account.Config{
		Store: st, PepperFile: filepath.Join(t.TempDir(), "pepper"), SignUp: account.Open, Now: clock,
		Mail:    &b.post,
		Bcrypt:  account.Bcrypt(accounttest.Bcrypt()),
		Origins: func() []string { return []string{origin} },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.blobs = filepath.Join(t.TempDir(), "blobs")
	contents, err := dir.Open(b.blobs)
	if err != nil {
		t.Fatal(err)
	}
	enter := func(w http.ResponseWriter, _ *http.Request, who caller.Visitor, _ id.Map) {
		b.entered = append(b.entered, who)
		w.WriteHeader(http.StatusNoContent)
	}
	c := Config{
		Accounts: b.accounts,
		Orgs:     org.New(org.Config{Store: st, Now: clock}),
		Share: share.New(share.Config{
			Store: st, Passwords: b.accounts, MapsPerAccount: 10, MembersPerMap: 10, Now: clock,
			CopyLog: func(context.Context, id.Map, id.Map, id.Account) error { return nil },
			Fill: func(_ context.Context, _ id.Map, _ id.Account, ops []sysmap.Op) error {
				b.filled = append(b.filled, ops)
				return nil
			},
		}),
		Audit: audit.New(audit.Config{Store: st, Now: clock, Append: func(ctx context.Context, v store.Batch) error {
			if b.unwritten != nil {
				return b.unwritten
			}
			return errors.Join(st.Append(ctx, []store.Batch{v})...)
		}, Written: func() { b.ledger.Written() }}),
		Static:  static(),
		Origins: func() []string { return []string{origin, "https://127.0.0.1:8443", "https://maps.example.test"} },
		Version: "test",
		Now:     clock,
		Log:     slog.New(slog.NewJSONHandler(&b.logs, nil)),
		Metrics: prometheus.NewRegistry(),
		Socket:  enter, Snapshot: enter,
		Files: attach.New(attach.Config{Store: st, Blobs: contents, FileBytes: 1 << 20, MapBytes: 3 << 20, Now: clock}),
	}
	if change != nil {
		change(&c)
	}
	b.log = c.Audit
	key := make([]byte, keyfile.Bytes)
	b.ledger = ledger.New(ledger.Config{Store: st, Log: c.Audit, Keys: keyfile.New(1, map[int][]byte{1: key}), Now: clock})
	c.Ledger = b.ledger
	c.Lookout = lookout.New(lookout.Config{Log: b.ledger, Store: st, Now: clock})
	c.Brake = throttle.NewBrake()
	c.Remedy = remedy.New(remedy.Config{Log: b.ledger, Alerts: c.Lookout, Accounts: b.accounts, Share: c.Share, Brake: c.Brake, Audit: c.Audit, Now: clock})
	b.Handler = New(c)
	return b
}

func static() fs.FS {
	return fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html>page")},
		"placeholder.html":     {Data: []byte("placeholder")},
		"core.wasm":            {Data: []byte("\x00asm")},
		"sw.js":                {Data: []byte("worker")},
		"assets/a-1f.js":       {Data: []byte("plain")},
		"assets/a-1f.js.br":    {Data: []byte("brotli")},
		"assets/a-1f.js.gz":    {Data: []byte("gzip")},
		"assets/font.woff2":    {Data: []byte("font")},
		"manifest.webmanifest": {Data: []byte("{}")},
	}
}

// ask sends a request as a page of ours would, unless change says otherwise.
func (b *bench) ask(method, target, cookie, body string, change func(r *http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, origin+target, strings.NewReader(body))
	r.RemoteAddr = b.addr
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: cookie})
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func (b *bench) api(t testing.TB, method, path, cookie, body string, want int) map[string]any {
	t.Helper()
	w := b.ask(method, api.Prefix+path, cookie, body, nil)
	if w.Code != want {
		t.Errorf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Errorf("%s %s: %v in %q", method, path, err, w.Body)
		}
	}
	return out
}

// signIn makes an account if need be and returns a cookie's value.
func (b *bench) signIn(t testing.TB, name string) string {
	t.Helper()
	if site, err := b.accounts.Site(t.Context()); err != nil {
		t.Fatal(err)
	} else if site.First {
		secret, err := b.accounts.NewFirst(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.api(t, "POST", "/first", "", `{"secret":"`+secret+`","email":"op@example.test","name":"Op","password":"`+good+`"}`, 200)
	}
	email := strings.ToLower(name) + "@example.test"
	if name != "Op" {
		b.api(t, "POST", "/signup", "", `{"email":"`+email+`","name":"`+name+`","password":"`+good+`"}`, 202)
	}
	w := b.ask("POST", api.Prefix+"/signin", "", `{"email":"`+email+`","password":"`+good+`"}`, nil)
	if w.Code != 200 {
		t.Fatalf("sign-in: %d %s", w.Code, w.Body)
	}
	return cookieOf(t, w)
}

func cookieOf(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	var token string
	for _, c := range w.Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-plectica") || !c.Secure || !c.HttpOnly || c.SameSite < http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %v", c)
		}
		if c.Name == caller.Cookie {
			token = c.Value
		}
	}
	if token == "" {
		t.Fatal("no sign-in's cookie")
	}
	return token
}

func (b *bench) newMap(t testing.TB, cookie, title string) string {
	t.Helper()
	v, ok := b.api(t, "POST", "/maps", cookie, `{"title":"`+title+`"}`, 201)["id"].(string)
	if !ok {
		t.Fatal("no map")
	}
	return v
}
