package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/operate"
	"plectica/internal/replica"
	"plectica/internal/robot"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// party is a running server with a map, its owner and a viewer.
type party struct {
	*running
	m      id.Map
	owner  *person
	viewer *person
}

// person is a signed-in account.
type person struct {
	account id.Account
	server  *robot.Server
	client  *http.Client
}

func newParty(t *testing.T) *party {
	t.Helper()
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.SignUp = "open"
	p := &party{running: start(t, c, nil)}
	p.first(t)
	_, made := p.do(t, "POST", "/api/v1/maps", `{"title":"Water"}`)
	m, err := id.Parse[id.Map](made["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	p.m = m
	p.owner = p.person(t)
	own := p.client
	p.client = &http.Client{Jar: newJar(t), Transport: own.Transport}
	creds := `{"email":"vera@example.test","name":"Vera","password":"quite another plain phrase"}`
	p.do(t, "POST", "/api/v1/signup", creds)
	p.do(t, "POST", "/api/v1/signin", creds[:strings.Index(creds, `"name"`)]+creds[strings.Index(creds, `"password"`):])
	p.viewer = p.person(t)
	p.client = own
	p.do(t, "PUT", "/api/v1/maps/"+m.String()+"/access", `{"email":"vera@example.test","role":"view"}`)
	return p
}

// person returns who the current client is signed in as.
func (p *party) person(t *testing.T) *person {
	t.Helper()
	_, me := p.do(t, "GET", "/api/v1/me", "")
	text, _ := me["id"].(string)
	a, err := id.Parse[id.Account](text)
	if err != nil {
		t.Fatalf("not signed in: %v", me)
	}
	u, err := url.Parse(p.origin)
	if err != nil {
		t.Fatal(err)
	}
	cookies := slices.DeleteFunc(p.client.Jar.Cookies(u), func(c *http.Cookie) bool { return c.Name != caller.Cookie })
	return &person{a, &robot.Server{Base: p.origin, Cookie: cookies[0].Name + "=" + cookies[0].Value, TLS: &tls.Config{RootCAs: p.pool}}, p.client}
}

// robot connects a person's client to the map.
func (p *party) robot(t *testing.T, who *person) *robot.Robot {
	t.Helper()
	r := robot.New(robot.Config{
		Account: who.account, Map: p.m,
		Dial:  func(ctx context.Context) (robot.Socket, error) { return who.server.Dial(ctx, p.m) },
		Fetch: who.server.Fetch,
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	go r.Run(ctx)
	return r
}

// until waits for something that happens soon.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func newCard(title string) func(*sysmap.Map) []sysmap.Op {
	return func(*sysmap.Map) []sysmap.Op {
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: robot.NewID[id.Object](), Title: title,
			Place: sysmap.Place{Order: sysmap.Between("", "", 1)}}}
	}
}

func living(r *robot.Robot) (n int) {
	r.Replica(func(x *replica.Replica) { n = x.View().Living() })
	return n
}

// TestTwoPeopleOneMap: over real sockets, what the owner does the viewer sees;
// the viewer's own client refuses, and the server refuses a forged one.
func TestTwoPeopleOneMap(t *testing.T) {
	p := newParty(t)
	owner, viewer := p.robot(t, p.owner), p.robot(t, p.viewer)
	until(t, "both connected", func() bool { return owner.Settled() && viewer.Settled() })
	if err := owner.Do(0, newCard("rain")); err != nil {
		t.Fatal(err)
	}
	until(t, "the viewer sees the card", func() bool { return living(viewer) == 1 })
	if err := viewer.Do(0, newCard("no")); fault.KindOf(err) != fault.Permission {
		t.Errorf("the viewer's replica: %v", err)
	}
	if got := p.forge(t, p.viewer, wire.Append(nil, &wire.Push{CSN: 1, Ops: newCard("forged")(nil)})); got != "permission" {
		t.Errorf("a forged push was answered with %q", got)
	}
	if n := living(owner); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}

// TestSignOutClosesTheSocket: RL-2, within a second.
func TestSignOutClosesTheSocket(t *testing.T) {
	p := newParty(t)
	c := p.dial(t, p.viewer)
	began := time.Now()
	req, err := http.NewRequestWithContext(t.Context(), "POST", p.origin+"/api/v1/signout", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", p.origin)
	resp, err := p.viewer.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // only that it was done counts
	if code := closeCode(c); code != wire.CloseAuth || time.Since(began) > time.Second {
		t.Errorf("closed with %d after %v", code, time.Since(began))
	}
}

// TestBadSockets: bad input ends its own connection, with a code, and nobody
// else's.
func TestBadSockets(t *testing.T) {
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "the owner is connected", owner.Settled)
	push := wire.Append(nil, &wire.Push{CSN: 1, Ops: newCard("x")(nil)})
	for _, c := range []struct {
		name string
		kind int
		msg  []byte
		want string
	}{
		{"truncated", websocket.BinaryMessage, push[:len(push)-3], "close 1002"},
		{"noise", websocket.BinaryMessage, bytes.Repeat([]byte{0xff}, 64), "close 1002"},
		{"text", websocket.TextMessage, []byte("hello"), "close 1002"},
		{"oversized", websocket.BinaryMessage, make([]byte, wire.MaxMessage+1), "close 1009"},
		{"a bomb", websocket.BinaryMessage, make([]byte, 8<<20), "close"},
		{"a gap in numbers", websocket.BinaryMessage, wire.Append(nil, &wire.Push{CSN: 9, Ops: newCard("x")(nil)}), "close 1002"},
		{"a server's frame", websocket.BinaryMessage, wire.Append(nil, &wire.Role{Role: 3}), "close 1002"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := p.dial(t, p.owner)
			if c.name == "a bomb" {
				conn.EnableWriteCompression(true)
			} else {
				conn.EnableWriteCompression(false)
			}
			if err := conn.WriteMessage(c.kind, c.msg); err != nil {
				t.Logf("cut while sending: %v", err)
			}
			if got := fmt.Sprintf("close %d", closeCode(conn)); !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if err := owner.Do(0, newCard("still here")); err != nil {
		t.Fatal(err)
	}
	until(t, "the owner goes on", owner.Settled)
}

// dial opens a raw socket and greets.
func (p *party) dial(t *testing.T, who *person) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{TLSClientConfig: who.server.TLS, Subprotocols: []string{wire.Subprotocol}, EnableCompression: true}
	h := http.Header{"Cookie": {who.server.Cookie}, "Origin": {p.origin}}
	c, _, err := d.DialContext(t.Context(), "wss"+strings.TrimPrefix(p.origin, "https")+"/maps/"+p.m.String()+"/socket", h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // mostly closed already
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: p.m, Client: robot.NewID[id.Client](), NextCSN: 1}
	if err := c.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &hello)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadMessage(); err != nil { // the welcome
		t.Fatal(err)
	}
	return c
}

// forge sends a frame and returns the kind of the refusal.
func (p *party) forge(t *testing.T, who *person, msg []byte) string {
	t.Helper()
	c := p.dial(t, who)
	if err := c.WriteMessage(websocket.BinaryMessage, msg); err != nil {
		t.Fatal(err)
	}
	for {
		_, b, err := c.ReadMessage()
		if err != nil {
			return err.Error()
		}
		for r := varint.NewReader(b); r.Len() > 0; {
			f, err := wire.Next(r)
			if err != nil {
				return err.Error()
			}
			if n, ok := f.(*wire.Nack); ok {
				return n.Code.String()
			}
		}
	}
}

// closeCode reads until the server closes.
func closeCode(c *websocket.Conn) int {
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok {
				return e.Code
			}
			return -1
		}
	}
}

// TestVerifyBesideTheServer: the check finds nothing wrong while people edit.
func TestVerifyBesideTheServer(t *testing.T) {
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "connected", owner.Settled)
	for range 20 {
		if err := owner.Do(0, newCard("x")); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "saved", owner.Settled)
	got, err := operate.Verify(t.Context(), p.config, nil)
	if err != nil || got.Maps != 1 || got.Rows == 0 || len(got.Bad) > 0 {
		t.Errorf("verify = %+v, %v", got, err)
	}
}

// TestDuplicateHasItsOwnLife: a copy starts with what lives in the original.
func TestDuplicateHasItsOwnLife(t *testing.T) {
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "connected", owner.Settled)
	if err := owner.Do(0, newCard("x")); err != nil {
		t.Fatal(err)
	}
	until(t, "saved", owner.Settled)
	_, made := p.do(t, "POST", "/api/v1/maps/"+p.m.String()+"/duplicate", `{}`)
	text, _ := made["id"].(string)
	m, err := id.Parse[id.Map](text)
	if err != nil {
		t.Fatalf("duplicate: %v", made)
	}
	p.m = m
	second := p.robot(t, p.owner)
	until(t, "the copy is there", func() bool { return living(second) == 1 })
}

// raw asks and returns the answer as it came.
func (p *party) raw(t *testing.T, c *http.Client, method, path, body string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.origin+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", p.origin)
	r.Header.Set("Content-Type", "application/json")
	w, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(b), w.Header
}

// TestFileComesBackAsTheSameMap: what was exported and imported is exported again,
// byte for byte; who may only look may take it along, strangers may not.
func TestFileComesBackAsTheSameMap(t *testing.T) {
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "connected", owner.Settled)
	for range 20 {
		if err := owner.Do(0, newCard("a <b> & \"c\"")); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "saved", owner.Settled)
	path := "/maps/" + p.m.String() + "/file"
	code, first, header := p.raw(t, p.viewer.client, "GET", path, "")
	if code != 200 || header.Get("Content-Disposition") != "attachment; filename=Water.plectica.json" {
		t.Fatalf("%d, %v", code, header)
	}
	code, made, _ := p.raw(t, p.owner.client, "POST", "/api/v1/maps/import", first)
	if code != 201 {
		t.Fatalf("import: %d %s", code, made)
	}
	var info struct{ ID, Title, Role string }
	if err := json.Unmarshal([]byte(made), &info); err != nil || info.Title != "Water" || info.Role != "own" {
		t.Fatalf("%v %v", info, err)
	}
	_, second, _ := p.raw(t, p.owner.client, "GET", "/maps/"+info.ID+"/file", "")
	if first != second {
		t.Errorf("the map came back as another:\n%s\n%s", first, second)
	}
	if code, _, _ := p.raw(t, p.viewer.client, "GET", "/maps/"+info.ID+"/file", ""); code != 404 {
		t.Errorf("a stranger got the file: %d", code)
	}
	for name, body := range map[string]string{"html": "<script>x()</script>", "a ring": `{"format":"plectica-map","version":1,"title":"t","cards":[
		{"id":"` + p.m.String() + `","in":"` + p.m.String() + `","order":"V"}]}`, "no title": `{"format":"plectica-map","version":1}`} {
		if code, answer, _ := p.raw(t, p.owner.client, "POST", "/api/v1/maps/import", body); code < 400 || code >= 500 {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
	if code, _, _ := p.raw(t, &http.Client{Transport: p.client.Transport}, "POST", "/api/v1/maps/import", first); code != 401 {
		t.Errorf("nobody imported: %d", code)
	}
}

// TestStopKeepsWhatWasSaved: an orderly stop while people type takes at most five
// seconds, and every edit that was called saved is in the log.
func TestStopKeepsWhatWasSaved(t *testing.T) {
	p := newParty(t)
	var mu sync.Mutex
	acks := make(map[store.OpID]uint64)
	typing, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	defer stop()
	for range 4 {
		r := robot.New(robot.Config{
			Account: p.owner.account, Map: p.m,
			Dial:  func(ctx context.Context) (robot.Socket, error) { return p.owner.server.Dial(ctx, p.m) },
			Fetch: p.owner.server.Fetch,
			OnAck: func(a robot.Ack) {
				mu.Lock()
				defer mu.Unlock()
				acks[store.NewOpID(a.Client, a.CSN)] = a.Seq
			},
		})
		go r.Run(typing)
		go func() {
			for typing.Err() == nil {
				_ = r.Do(0, newCard("typed")) // a full queue while the server is gone is an answer
				time.Sleep(3 * time.Millisecond)
			}
		}()
	}
	saved := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acks)
	}
	until(t, "a hundred edits are saved", func() bool { return saved() >= 100 })
	if took := p.end(t); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	stop()
	found := make(map[store.OpID]uint64)
	if _, err := operate.Verify(t.Context(), p.config, func(_ id.Map, row store.Row) { found[row.OpID] = row.Seq }); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for k, seq := range acks {
		if found[k] != seq {
			t.Errorf("edit %d of %d saved ones is not in the log", k.CSN(), len(acks))
		}
	}
}
