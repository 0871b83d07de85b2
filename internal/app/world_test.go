package app

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/factor"
	"plectica/internal/id"
	"plectica/internal/robot"
	"plectica/internal/store"
	"plectica/internal/store/sqlstore"
)

// world is a running server with a store that the test reaches too: people, sign-ins,
// links and tokens of a test cost no hash of a password.
type world struct {
	*running
	t     *testing.T
	st    *sqlstore.Store
	admin *pass // the operator's sign-in
	n     atomic.Int64
}

// pass is by what somebody comes.
type pass struct {
	account id.Account
	email   string
	ref     store.Ref
	header  http.Header
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.Proxy.Trusted = []string{"127.0.0.1"}
	w.running = launch(t, Options{
		Config: c, Unlimited: true,
		Rooms: func(p Parts) (Rooms, error) {
			w.st = p.Log.(*sqlstore.Store)
			return liveRooms(p), nil
		},
	})
	w.client.Timeout = 20 * time.Second
	w.client.Jar = nil
	a := w.account(true)
	w.admin = w.signIn(a)
	return w
}

func (w *world) now() int64 { return time.Now().UnixMilli() }

// secret is a secret's text and what is stored of it.
func secret() (string, store.Hash) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:]), sha256.Sum256(b[:])
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

func (w *world) account(operator bool) store.Account {
	w.t.Helper()
	a := store.Account{ID: robot.NewID[id.Account](), Operator: operator, Created: w.now(), Verified: w.now()}
	n := w.n.Add(1)
	a.Name, a.Email = fmt.Sprintf("Person %d", n), fmt.Sprintf("p%d@example.test", n)
	w.ok(w.st.CreateAccount(w.t.Context(), store.NewAccount{Account: a, Now: w.now()}))
	return a
}

func (w *world) signIn(a store.Account) *pass {
	w.t.Helper()
	text, h := secret()
	v := store.Session{Hash: h, ID: robot.NewID[store.SessionID](), Account: a.ID, Created: w.now(), Seen: w.now(), Proven: store.ByPassword, Proved: w.now()}
	w.ok(w.st.CreateSession(w.t.Context(), v))
	return &pass{a.ID, a.Email, store.OfSession(v.ID), http.Header{"Cookie": {caller.Cookie + "=" + text}}}
}

func (w *world) token(a store.Account) *pass {
	w.t.Helper()
	text, h, hint := factor.NewToken()
	v := store.Token{ID: robot.NewID[store.TokenID](), Hash: h, Account: a.ID, Name: "t", Hint: hint, Scopes: "write", Created: w.now(), Expires: w.now() + time.Hour.Milliseconds()}
	w.ok(w.st.CreateToken(w.t.Context(), v, 1000))
	// From a network of its own: how often a network may show a token that does not work
	// is bounded, and this one is to be withdrawn.
	n := w.n.Add(1)
	from := netip.AddrFrom4([4]byte{198, 18 + byte(n>>8), byte(n), 1})
	return &pass{a.ID, a.Email, store.Ref{Sort: store.SortToken, ID: v.ID}, http.Header{
		"Authorization": {"Bearer " + text}, "X-Forwarded-For": {from.String()},
	}}
}

// link makes a link to a map, and visit comes by it.
func (w *world) link(m string, r authz.Role) store.Pass {
	w.t.Helper()
	_, h := secret()
	v := store.Pass{ID: robot.NewID[store.PassID](), Hash: h, Map: w.mapID(m), Role: r, By: w.admin.account, Created: w.now()}
	w.ok(w.st.CreatePass(w.t.Context(), v, 1000))
	return v
}

func (w *world) visit(p store.Pass) *pass {
	w.t.Helper()
	text, h := secret()
	v := store.Visit{Hash: h, ID: robot.NewID[store.VisitID](), Pass: p.ID, Created: w.now(), Seen: w.now()}
	w.ok(w.st.CreateVisit(w.t.Context(), v))
	return &pass{id.Account(v.ID), "", store.Ref{Sort: store.SortVisit, ID: v.ID}, http.Header{"Cookie": {caller.VisitCookie + p.Map.String() + "=" + text}}}
}

func (w *world) mapID(m string) id.Map {
	v, err := id.Parse[id.Map](m)
	w.ok(err)
	return v
}

// ask sends a request; the body of what comes back is the caller's to close.
func (w *world) ask(c *http.Client, who *pass, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.origin+path, body)
	if err != nil {
		return nil, err
	}
	for k, v := range who.header {
		r.Header[k] = v
	}
	r.Header.Set("Origin", w.origin)
	r.Header.Set("Content-Type", "application/json")
	return c.Do(r)
}

// status sends a request and returns what it was answered with.
func (w *world) status(who *pass, method, path, body string) (int, map[string]any) {
	w.t.Helper()
	resp, err := w.ask(w.client, who, method, path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Error(err)
		return 0, nil
	}
	defer func() { _ = resp.Body.Close() }() // only read
	b, err := io.ReadAll(resp.Body)
	w.ok(err)
	out := map[string]any{}
	_ = json.Unmarshal(b, &out) // a file is no JSON
	return resp.StatusCode, out
}

// must is status that has to succeed.
func (w *world) must(who *pass, method, path, body string) map[string]any {
	w.t.Helper()
	code, out := w.status(who, method, "/api/v1"+path, body)
	if code/100 != 2 {
		w.t.Errorf("%s %s: %d %v", method, path, code, out)
	}
	return out
}

// give gives somebody a role in a thing.
func (w *world) give(thing string, a id.Account, r authz.Role) {
	w.t.Helper()
	w.must(w.admin, "PUT", thing+"/access", `{"subject":{"kind":"account","id":"`+a.String()+`"},"role":"`+r.String()+`"}`)
}
