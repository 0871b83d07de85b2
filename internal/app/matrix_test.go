package app

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

// outcome is how a request ended, as far as rights go.
type outcome string

const (
	done    outcome = "done"
	refused outcome = "refused" // they know of the map
	unknown outcome = "unknown" // they do not
)

// hall is a running server with maps of several kinds and people with every role.
type hall struct {
	*running
	t     *testing.T
	owner *http.Client            // of everything but the other organisation
	by    map[string]*http.Client // people by their role's name
	ids   map[string]string       // and their accounts
	keys  map[*http.Client]string // the tokens of programs
}

// call sends a request and returns its status and answer.
func (h *hall) call(c *http.Client, method, path, body string) (int, map[string]any) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.origin+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Origin", h.origin)
	req.Header.Set("Content-Type", "application/json")
	if key := h.keys[c]; key != "" {
		req.Header.Del("Origin")
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := c.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]any{}
	_ = json.Unmarshal(b, &out) // a file is no JSON
	return resp.StatusCode, out
}

// must is call that has to succeed.
func (h *hall) must(c *http.Client, method, path, body string) map[string]any {
	h.t.Helper()
	code, out := h.call(c, method, "/api/v1"+path, body)
	if code/100 != 2 {
		h.t.Fatalf("%s %s: %d %v", method, path, code, out)
	}
	return out
}

func (h *hall) fresh() *http.Client {
	return &http.Client{Jar: newJar(h.t), Transport: h.client.Transport}
}

func newHall(t *testing.T) *hall {
	t.Helper()
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.SignUp = "open"
	h := &hall{running: launch(t, Options{Config: c, Unlimited: true}), t: t, by: map[string]*http.Client{}, ids: map[string]string{}, keys: map[*http.Client]string{}}
	h.first(t)
	h.owner = h.client
	for _, name := range []string{"none", "view", "comment", "edit", "own", "stranger"} {
		who := h.fresh()
		h.must(who, "POST", "/signup", `{"email":"`+name+`@example.test","name":"`+name+`","password":"`+good+`"}`)
		me := h.must(who, "POST", "/signin", `{"email":"`+name+`@example.test","password":"`+good+`"}`)
		h.by[name], h.ids[name] = who, me["id"].(string)
	}
	return h
}

// org makes an organisation to which all people of the table belong.
func (h *hall) org(everyone string) string {
	h.t.Helper()
	o := h.must(h.owner, "POST", "/orgs", `{"name":"Org","everyone":"`+everyone+`"}`)["id"].(string)
	for _, name := range []string{"none", "view", "comment", "edit", "own"} {
		v := h.must(h.owner, "POST", "/orgs/"+o+"/invitations", `{"email":"`+name+`@example.test"}`)
		h.must(h.by[name], "POST", "/invitations/accept", `{"secret":"`+v["secret"].(string)+`"}`)
	}
	return o
}

// mapIn makes a map in a place with a card, a file and somebody's word.
func (h *hall) mapIn(kind, place string) *hallMap {
	h.t.Helper()
	body := `{"title":"Map"}`
	if place != "" {
		body = `{"title":"Map","home":{"kind":"` + kind + `","id":"` + place + `"}}`
	}
	m := &hallMap{id: h.must(h.owner, "POST", "/maps", body)["id"].(string), kind: kind, home: place}
	m.file = h.must(h.owner, "POST", "/maps/"+m.id+"/blobs", "some bytes")["hash"].(string)
	m.thread, m.word = robot.NewID[id.Object](), robot.NewID[id.Object]()
	if got := h.push(h.owner, m.id, newCard("kept")(nil)...); got != done {
		h.t.Fatalf("the owner's card: %v", got)
	}
	if got := h.push(h.owner, m.id, h.words(m)...); got != done {
		h.t.Fatalf("the owner's words: %v", got)
	}
	return m
}

// hallMap is a map of the table.
type hallMap struct {
	id, kind, home, file string
	thread, word         id.Object
}

func (h *hall) words(m *hallMap) []sysmap.Op {
	return []sysmap.Op{
		{Kind: sysmap.OpPut, Type: sysmap.Thread, ID: m.thread},
		{Kind: sysmap.OpPut, Type: sysmap.Message, ID: m.word, A: m.thread, Regs: []sysmap.Reg{{Field: sysmap.Said, Value: sysmap.TextValue("word")}}},
	}
}

// socket opens a map's socket, or says why not.
func (h *hall) socket(c *http.Client, m string) (*websocket.Conn, outcome) {
	h.t.Helper()
	u, err := url.Parse(h.origin)
	if err != nil {
		h.t.Fatal(err)
	}
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: h.pool}, Subprotocols: []string{wire.Subprotocol}, Jar: c.Jar}
	header := http.Header{"Origin": {h.origin}}
	if key := h.keys[c]; key != "" { // a program, which is no page
		header = http.Header{"Authorization": {"Bearer " + key}}
	}
	conn, resp, err := d.DialContext(h.t.Context(), "wss://"+u.Host+"/maps/"+m+"/socket", header)
	if err != nil {
		if resp == nil {
			h.t.Fatal(err)
		}
		return nil, outcomeOf(resp.StatusCode)
	}
	mapID, err := id.Parse[id.Map](m)
	if err != nil {
		h.t.Fatal(err)
	}
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: mapID, Client: robot.NewID[id.Client](), NextCSN: 1}
	if err := conn.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &hello)); err != nil {
		h.t.Fatal(err)
	}
	return conn, done
}

// push sends ops, forged if need be, and reads what the server makes of them.
func (h *hall) push(c *http.Client, m string, ops ...sysmap.Op) outcome {
	h.t.Helper()
	conn, got := h.socket(c, m)
	if got != done {
		return got
	}
	defer func() { _ = conn.Close() }() // the answer counts
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	author, base := uint64(0), uint64(0)
	for pushed := false; ; {
		_, b, err := conn.ReadMessage()
		if err != nil {
			h.t.Fatalf("no answer: %v", err)
		}
		for r := varint.NewReader(b); r.Len() > 0; {
			f, err := wire.Next(r)
			if err != nil {
				h.t.Fatal(err)
			}
			switch f := f.(type) {
			case *wire.Welcome:
				author, base = f.Author, f.Head
			case *wire.Nack:
				if f.Code != fault.Permission {
					h.t.Fatalf("refused as %v", f.Code)
				}
				return refused
			case *wire.Commit:
				for _, x := range f.Txns {
					if x.Author == author {
						return done
					}
				}
			}
		}
		if author != 0 && !pushed {
			pushed = true
			if err := conn.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &wire.Push{CSN: 1, BaseSeq: base, Ops: ops})); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

func outcomeOf(status int) outcome {
	switch {
	case status/100 == 2 || status == http.StatusSwitchingProtocols:
		return done
	case status == http.StatusForbidden:
		return refused
	case status == http.StatusNotFound || status == http.StatusUnauthorized:
		return unknown
	}
	return outcome(fmt.Sprint(status))
}

// attempt is one way to do an action.
type attempt struct {
	name string
	act  authz.Action
	do   func(h *hall, c *http.Client, m *hallMap) outcome
	undo func(h *hall, m *hallMap) // after it was done
}

// request is an attempt by HTTP; M and F in path and body stand for the map and its file.
func request(act authz.Action, method, path, body string, undo func(h *hall, m *hallMap)) attempt {
	return attempt{method + " " + path, act, func(h *hall, c *http.Client, m *hallMap) outcome {
		r := strings.NewReplacer("M", m.id, "F", m.file)
		code, _ := h.call(c, method, r.Replace(path), body)
		return outcomeOf(code)
	}, undo}
}

// attempts are all actions on maps by all transports.
func attempts() []attempt {
	const api = "/api/v1/maps/M"
	back := func(h *hall, m *hallMap) {
		if m.home != "" {
			h.must(h.owner, "PUT", "/maps/"+m.id+"/home", `{"home":{"kind":"`+m.kind+`","id":"`+m.home+`"}}`)
		}
	}
	return []attempt{
		request(authz.OpenMap, "GET", api, "", nil),
		request(authz.OpenMap, "GET", api+"/names", "", nil),
		request(authz.Duplicate, "POST", api+"/duplicate", "", nil),
		request(authz.ReadHistory, "GET", api+"/history", "", nil),
		request(authz.ReadHistory, "GET", api+"/versions", "", nil),
		request(authz.ReadHistory, "GET", api+"/objects/"+sysmap.SheetID.String()+"/authors", "", nil),
		request(authz.ReadHistory, "GET", "/maps/M/past/1", "", nil),
		request(authz.ReadHistory, "GET", "/maps/M/past/1/commits?to=2", "", nil),
		request(authz.ReadHistory, "GET", "/maps/M/past/1/picture", "", nil),
		request(authz.NameVersion, "PUT", api+"/versions/1", `{"name":"First"}`, func(h *hall, m *hallMap) { h.must(h.owner, "DELETE", "/maps/"+m.id+"/versions/1", "") }),
		request(authz.ListMembers, "GET", api+"/access", "", nil),
		request(authz.Rename, "PATCH", api, `{"title":"Map"}`, nil),
		request(authz.ManageMembers, "PUT", api+"/access", `{"email":"nobody-known@example.test","role":"none-such"}`, nil),
		request(authz.ManageMembers, "GET", api+"/links", "", nil),
		request(authz.ManageMembers, "POST", api+"/links", `{"role":"view"}`, nil),
		request(authz.ManageMembers, "POST", api+"/invitations", `{"email":"new@example.test","role":"view"}`, nil),
		request(authz.Export, "GET", "/maps/M/file", "", nil),
		request(authz.ReadFile, "GET", "/maps/M/blobs/F", "", nil),
		request(authz.AddFile, "POST", api+"/blobs", "more bytes", nil),
		request(authz.MoveMap, "PUT", api+"/home", `{}`, back),
		request(authz.DeleteMap, "DELETE", api, "", func(h *hall, m *hallMap) { h.must(h.owner, "POST", "/maps/"+m.id+"/restore", "") }),
		{"a push of a card", authz.EditMap, func(h *hall, c *http.Client, m *hallMap) outcome { return h.push(c, m.id, newCard("by them")(nil)...) }, nil},
		{"a push of words", authz.Discuss, func(h *hall, c *http.Client, m *hallMap) outcome {
			own := *m
			own.thread, own.word = robot.NewID[id.Object](), robot.NewID[id.Object]()
			return h.push(c, m.id, h.words(&own)...)
		}, nil},
		{"a push that takes others' words away", authz.Moderate, func(h *hall, c *http.Client, m *hallMap) outcome {
			return h.push(c, m.id, sysmap.Op{Kind: sysmap.OpDel, ID: m.word})
		}, func(h *hall, m *hallMap) {
			m.thread, m.word = robot.NewID[id.Object](), robot.NewID[id.Object]()
			h.push(h.owner, m.id, h.words(m)...)
		}},
	}
}

// try does everything with a map and compares it with the table.
func (h *hall) try(what string, c *http.Client, m *hallMap, may func(authz.Action) outcome) {
	h.t.Helper()
	for _, a := range attempts() {
		want := may(a.act)
		got := a.do(h, c, m)
		if got == done && a.undo != nil {
			a.undo(h, m)
		}
		// A role that does not exist is refused as such to whom may give roles.
		if a.act == authz.ManageMembers && want == done && got == "422" {
			got = done
		}
		if want == "" && (got == refused || got == unknown) {
			continue
		}
		if got != want {
			h.t.Errorf("%s: %s: %s, want %s", what, a.name, got, want)
		}
	}
}

// own is what somebody may do who has a role of their own.
func own(r authz.Role) func(authz.Action) outcome {
	return func(a authz.Action) outcome {
		switch {
		case r == authz.None:
			return unknown
		case authz.Allowed(r, a):
			return done
		}
		return refused
	}
}

// TestMatrix: AC-1. Every role, got in every way, by every action, transport and kind
// of map, is what the one table says.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand requests")
	}
	h := newHall(t)
	roles := []authz.Role{authz.None, authz.View, authz.Comment, authz.Edit, authz.Own}
	give := func(kind, place string, to func(r authz.Role) string) {
		for _, r := range roles[1:] {
			h.must(h.owner, "PUT", "/"+kind+"s/"+place+"/access", `{"subject":`+to(r)+`,"role":"`+r.String()+`"}`)
		}
	}
	account := func(r authz.Role) string { return `{"kind":"account","id":"` + h.ids[r.String()] + `"}` }
	all := func(way string, m *hallMap) {
		for _, r := range roles {
			h.try(way+", "+r.String(), h.by[r.String()], m, own(r))
		}
		h.try(way+", of another organisation", h.by["stranger"], m, own(authz.None))
	}
	t.Run("on the map", func(*testing.T) {
		m := h.mapIn("", "")
		give("map", m.id, account)
		all("on the map", m)
	})
	t.Run("on a folder around it", func(*testing.T) {
		f := h.must(h.owner, "POST", "/folders", `{"name":"Outer","home":{"kind":"org","id":"`+h.org("none")+`"}}`)["id"].(string)
		inner := h.must(h.owner, "POST", "/folders", `{"name":"Inner","home":{"kind":"folder","id":"`+f+`"}}`)["id"].(string)
		m := h.mapIn("folder", inner)
		give("folder", f, account)
		all("on a folder around it", m)
	})
	t.Run("on the organisation, by teams", func(*testing.T) {
		o := h.org("none")
		m := h.mapIn("org", o)
		teams := map[authz.Role]string{}
		for _, r := range roles[1:] {
			team := h.must(h.owner, "POST", "/orgs/"+o+"/teams", `{"name":"T"}`)["id"].(string)
			h.must(h.owner, "PUT", "/teams/"+team+"/people/"+h.ids[r.String()], "")
			teams[r] = `{"kind":"team","id":"` + team + `"}`
		}
		give("org", o, func(r authz.Role) string { return teams[r] })
		all("by teams", m)
	})
	for _, r := range roles[1:4] {
		t.Run("everybody "+r.String(), func(*testing.T) {
			m := h.mapIn("org", h.org(r.String()))
			h.try("everybody "+r.String(), h.by["none"], m, own(r))
			h.try("everybody "+r.String()+", a stranger", h.by["stranger"], m, own(authz.None))
		})
	}
	t.Run("by tokens", func(*testing.T) {
		m := h.mapIn("", "")
		give("map", m.id, account)
		h.tokens(roles, m)
	})
	t.Run("by links", func(*testing.T) { h.links(roles[1:4]) })
	t.Run("deleted and unknown", func(*testing.T) {
		gone := h.mapIn("", "")
		give("map", gone.id, account)
		h.must(h.owner, "DELETE", "/maps/"+gone.id, "")
		never := &hallMap{id: id.Format(robot.NewID[id.Map]()), file: gone.file}
		for _, r := range roles {
			h.try("deleted, "+r.String(), h.by[r.String()], gone, own(authz.None))
			h.try("never there, "+r.String(), h.by[r.String()], never, own(authz.None))
		}
		h.try("deleted, nobody", h.fresh(), gone, own(authz.None))
	})
}

// tokens tries what programs may do: no more than whom they act for, and no more than
// their scope opens.
func (h *hall) tokens(roles []authz.Role, m *hallMap) {
	for scope, most := range map[string]authz.Role{"read": authz.View, "write": authz.Edit, "admin": authz.Own} {
		for _, r := range roles {
			c := &http.Client{Jar: newJar(h.t), Transport: h.client.Transport}
			h.keys[c] = h.must(h.by[r.String()], "POST", "/account/tokens", `{"name":"t","scope":"`+scope+`","days":1}`)["token"].(string)
			h.try("a token to "+scope+", "+r.String(), c, m, func(a authz.Action) outcome {
				switch {
				case r == authz.None && scope != "read":
					return unknown
				case r == authz.None:
					return "" // refused as a token that only reads, or as somebody without a role
				case a == authz.Duplicate && scope == "read": // it makes a map
					return refused
				case authz.Allowed(min(r, most), a):
					return done
				}
				return refused
			})
		}
	}
}

// links tries what links give: to nobody who signed in, and to a stranger who did.
func (h *hall) links(roles []authz.Role) {
	m, other := h.mapIn("", ""), h.mapIn("", "")
	for _, r := range roles {
		secret := h.must(h.owner, "POST", "/maps/"+m.id+"/links", `{"role":"`+r.String()+`"}`)["secret"].(string)
		for _, signedIn := range []bool{false, true} {
			c := h.fresh()
			if signedIn {
				c = &http.Client{Jar: newJar(h.t), Transport: h.client.Transport}
				h.must(c, "POST", "/signin", `{"email":"stranger@example.test","password":"`+good+`"}`)
			}
			h.must(c, "POST", "/links/open", `{"secret":"`+secret+`"}`)
			h.try(fmt.Sprintf("a link to %v, signed in %v", r, signedIn), c, m, func(a authz.Action) outcome {
				switch {
				case authz.Allowed(r, a) && authz.ByLink(a) && (signedIn || a != authz.Duplicate):
					return done
				case !signedIn && needsAccount(a):
					return unknown // 401: they would have to sign in to be told
				}
				return refused
			})
			h.try("a link to another map", c, other, own(authz.None))
		}
	}
	h.try("no link", h.fresh(), m, own(authz.None))
}

// needsAccount reports whether the way to do an action is for people who signed in.
func needsAccount(a authz.Action) bool {
	switch a {
	case authz.Duplicate, authz.ListMembers, authz.Rename, authz.ManageMembers, authz.MoveMap, authz.DeleteMap:
		return true
	}
	return false
}
