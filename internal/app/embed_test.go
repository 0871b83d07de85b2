package app

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/id"
	"plectica/internal/robot"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
	"plectica/internal/wire"
)

const (
	wiki = "https://wiki.example.test"
	blog = "https://blog.example.test:8443"
)

// framing is a map of an organisation that lets pages show it, and a link to it.
type framing struct {
	*world
	org, m, file string
	secret       string // of a link to view it
	pass         store.Pass
}

func newFraming(t *testing.T) *framing {
	f := &framing{world: newWorld(t)}
	f.org = f.must(f.admin, "POST", "/orgs", `{"name":"Org","everyone":"none"}`)["id"].(string)
	f.allow(wiki, blog)
	f.m = f.must(f.admin, "POST", "/maps", `{"title":"Water","home":{"kind":"org","id":"`+f.org+`"}}`)["id"].(string)
	f.file = f.must(f.admin, "POST", "/maps/"+f.m+"/blobs", "words")["hash"].(string)
	f.secret, f.pass = f.linked(f.m, authz.View, "")
	return f
}

// allow sets whose pages may show the maps of the organisation.
func (f *framing) allow(origins ...string) {
	b, err := json.Marshal(append([]string{}, origins...))
	f.ok(err)
	f.must(f.admin, "PUT", "/orgs/"+f.org, `{"name":"Org","second":false,"links":"edit","guests":true,"networks":[],"embeds":`+string(b)+`}`)
}

// linked makes a link and returns its secret.
func (f *framing) linked(m string, r authz.Role, password string) (string, store.Pass) {
	text, h := secret()
	v := store.Pass{ID: robot.NewID[store.PassID](), Hash: h, Map: f.mapID(m), Role: r, By: f.admin.account, Created: f.now()}
	if password != "" {
		v.Password.Hash = password
	}
	f.ok(f.st.CreatePass(f.t.Context(), v, 1000))
	return text, v
}

// page asks for the page of a frame as a browser does.
func (f *framing) page(m, dest string) (*http.Response, string) {
	f.t.Helper()
	who := &pass{header: http.Header{"Sec-Fetch-Dest": {dest}}}
	client := *f.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := f.ask(&client, who, "GET", "/embed/"+m, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	b, err := io.ReadAll(resp.Body)
	f.ok(err)
	return resp, string(b)
}

// seal is what a page was loaded with.
func (f *framing) seal(m string) string {
	_, b := f.page(m, "iframe")
	_, rest, _ := strings.Cut(b, `<meta name="plectica-embed" content="`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// open lets a frame in.
func (f *framing) open(m, secret, seal string) (int, map[string]any) {
	f.t.Helper()
	return f.status(&pass{}, "POST", "/api/v1/embeds/open", `{"map":"`+m+`","secret":"`+secret+`","seal":"`+seal+`"}`)
}

// framed is a frame that was let in, and its first ticket.
func (f *framing) framed() (*pass, string) {
	f.t.Helper()
	code, v := f.open(f.m, f.secret, f.seal(f.m))
	if code != 200 || v["title"] != "Water" || v["life"] != 3600.0 {
		f.t.Fatalf("a frame: %d %v", code, v)
	}
	return &pass{header: http.Header{"Authorization": {"Embed " + v["key"].(string)}}}, v["ticket"].(string)
}

// socket opens a map's socket with a ticket, as a page does.
func (f *framing) socket(m, ticket string, cookies http.Header) (*websocket.Conn, int) {
	f.t.Helper()
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: f.pool}, Subprotocols: []string{wire.Subprotocol, caller.TicketProtocol + ticket}}
	h := cookies.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Origin", f.origin)
	c, resp, err := d.DialContext(f.t.Context(), "wss"+strings.TrimPrefix(f.origin, "https")+"/maps/"+m+"/socket", h)
	if resp == nil {
		f.t.Fatal(err)
	}
	if err != nil {
		return nil, resp.StatusCode
	}
	f.t.Cleanup(func() { _ = c.Close() }) // mostly the server has
	if c.Subprotocol() != wire.Subprotocol {
		f.t.Errorf("subprotocol %q", c.Subprotocol())
	}
	hello := wire.Hello{Proto: wire.Protocol, Schema: sysmap.Version, Map: f.mapID(m), Client: robot.NewID[id.Client](), NextCSN: 1}
	f.ok(c.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &hello)))
	return c, resp.StatusCode
}

// welcome reads the first frame.
func (f *framing) welcome(c *websocket.Conn) *wire.Welcome {
	f.t.Helper()
	_, b, err := c.ReadMessage()
	f.ok(err)
	v, err := wire.Next(varint.NewReader(b))
	f.ok(err)
	w, ok := v.(*wire.Welcome)
	if !ok {
		f.t.Fatalf("%+v", v)
	}
	return w
}

// TestEmbedPage: AC-6. Only the page for frames may be framed, and only by the origins
// that the map's organisation names; all else of it is as strict as everywhere.
func TestEmbedPage(t *testing.T) {
	f := newFraming(t)
	homeless := f.must(f.admin, "POST", "/maps", `{"title":"Mine"}`)["id"].(string)
	usual, _ := f.ask(f.client, &pass{}, "GET", "/open", nil)
	_ = usual.Body.Close() // its headers count
	const none = "frame-ancestors 'none'"
	if !strings.Contains(usual.Header.Get("Content-Security-Policy"), none) || usual.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("another page: %v", usual.Header)
	}
	for what, c := range map[string]struct{ m, ancestors string }{
		"an organisation's map": {f.m, "frame-ancestors " + wiki + " " + blog},
		"a map in none":         {homeless, none},
		"an unknown map":        {strings.Repeat("0", 26), none},
		"no map at all":         {"x", none},
	} {
		resp, body := f.page(c.m, "iframe")
		framed := c.ancestors != none
		want := strings.Replace(usual.Header.Get("Content-Security-Policy"), none, c.ancestors, 1)
		if got := resp.Header.Get("Content-Security-Policy"); resp.StatusCode != 200 || got != want {
			t.Errorf("%s: %d, policy %q, want %q", what, resp.StatusCode, got, want)
		}
		if _, there := resp.Header["X-Frame-Options"]; there == framed {
			t.Errorf("%s: X-Frame-Options %v", what, resp.Header["X-Frame-Options"])
		}
		if corp := resp.Header.Get("Cross-Origin-Resource-Policy"); (corp == "cross-origin") != framed {
			t.Errorf("%s: Cross-Origin-Resource-Policy %q", what, corp)
		}
		for _, name := range []string{"Strict-Transport-Security", "X-Content-Type-Options", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "Permissions-Policy"} {
			if resp.Header.Get(name) != usual.Header.Get(name) {
				t.Errorf("%s: %s is %q", what, name, resp.Header.Get(name))
			}
		}
		if resp.Header.Get("Cache-Control") != "no-store" || strings.Contains(body, `content=""`) == framed {
			t.Errorf("%s: %v %s", what, resp.Header, body)
		}
	}
	if resp, _ := f.page(f.m, "document"); resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "/open" {
		t.Errorf("by itself: %d %v", resp.StatusCode, resp.Header)
	}
	for _, dest := range []string{"object", "embed", "script", "image"} {
		if resp, _ := f.page(f.m, dest); resp.StatusCode != http.StatusForbidden {
			t.Errorf("as %s: %d", dest, resp.StatusCode)
		}
	}
}

// TestWhoIsLetIntoAFrame: AC-6. A link that lets people view this map, without a
// password, from a page that was loaded under the list that holds now.
func TestWhoIsLetIntoAFrame(t *testing.T) {
	f := newFraming(t)
	seal := f.seal(f.m)
	other := f.must(f.admin, "POST", "/maps", `{"title":"Other","home":{"kind":"org","id":"`+f.org+`"}}`)["id"].(string)
	homeless := f.must(f.admin, "POST", "/maps", `{"title":"Mine"}`)["id"].(string)
	ofOther, _ := f.linked(other, authz.View, "")
	ofHomeless, _ := f.linked(homeless, authz.View, "")
	edit, _ := f.linked(f.m, authz.Edit, "")
	comment, _ := f.linked(f.m, authz.Comment, "")
	locked, _ := f.linked(f.m, authz.View, "a hash")
	unknown, _ := secret()
	for what, c := range map[string]struct {
		m, secret, seal string
		want            int
	}{
		"a link to view":         {f.m, f.secret, seal, 200},
		"a link to edit":         {f.m, edit, seal, 404},
		"a link to comment":      {f.m, comment, seal, 404},
		"a link with a password": {f.m, locked, seal, 404},
		"a link to another map":  {f.m, ofOther, seal, 404},
		"an unknown link":        {f.m, unknown, seal, 404},
		"no link":                {f.m, "", seal, 404},
		"a map in none":          {homeless, ofHomeless, "", 404},
		"a page of before":       {f.m, f.secret, "AAAAAAAAAAAAAAAA", 409},
		"a page that was none":   {f.m, f.secret, "", 409},
		"no map":                 {"x", f.secret, seal, 404},
	} {
		if code, v := f.open(c.m, c.secret, c.seal); code != c.want {
			t.Errorf("%s: %d %v, want %d", what, code, v, c.want)
		}
	}
	f.allow()
	if code, v := f.open(f.m, f.secret, seal); code != 404 {
		t.Errorf("when no page may: %d %v", code, v)
	}
}

// TestFrameOnlyLooks: AC-6. A frame sees the map and its files and changes nothing,
// whoever's browser it is in: its key counts, and no cookie beside it.
func TestFrameOnlyLooks(t *testing.T) {
	f := newFraming(t)
	other := f.must(f.admin, "POST", "/maps", `{"title":"Other","home":{"kind":"org","id":"`+f.org+`"}}`)["id"].(string)
	who, ticket := f.framed()
	editor := f.visit(f.link(f.m, authz.Edit)) // the same browser opened a link to edit
	who.header.Set("Cookie", f.admin.header.Get("Cookie")+"; "+editor.header.Get("Cookie"))
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/api/v1/maps/" + f.m, "", 200},
		{"GET", "/maps/" + f.m + "/blobs/" + f.file, "", 200},
		{"GET", "/api/v1/maps/" + other, "", 404},
		{"POST", "/api/v1/maps/" + f.m + "/blobs", "bytes", 403},
		{"PATCH", "/api/v1/maps/" + f.m, `{"title":"x"}`, 401},
		{"GET", "/api/v1/maps/" + f.m + "/links", "", 401},
		{"GET", "/api/v1/maps/" + f.m + "/embeds", "", 403},
		{"PUT", "/api/v1/maps/" + f.m + "/visitor", `{"name":"x"}`, 401},
		{"GET", "/api/v1/me", "", 401},
		{"GET", "/api/v1/maps", "", 401},
	} {
		if code, v := f.status(who, c.method, c.path, c.body); code != c.want {
			t.Errorf("%s %s: %d %v, want %d", c.method, c.path, code, v, c.want)
		}
	}
	conn, _ := f.socket(f.m, ticket, http.Header{"Cookie": who.header["Cookie"]})
	w := f.welcome(conn)
	if w.Role != wire.RoleView {
		t.Errorf("role %d", w.Role)
	}
	f.ok(conn.WriteMessage(websocket.BinaryMessage, wire.Append(nil, &wire.Push{CSN: 1, BaseSeq: w.Head, Ops: newCard("x")(nil)})))
	for refused := false; !refused; {
		_, b, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		for r := varint.NewReader(b); r.Len() > 0; {
			v, err := wire.Next(r)
			f.ok(err)
			n, is := v.(*wire.Nack)
			refused = refused || is && n.CSN == 1
		}
	}
	if v := f.must(f.admin, "GET", "/maps/"+f.m+"/embeds", "")["origins"].([]any); len(v) != 2 || v[0] != wiki {
		t.Errorf("the owner is told of %v", v)
	}
}

// TestEmbedTickets: AC-6. A ticket opens one socket, of its map, within a minute; keys,
// tickets and cookies are not taken for one another.
func TestEmbedTickets(t *testing.T) {
	f := newFraming(t)
	other := f.must(f.admin, "POST", "/maps", `{"title":"Other","home":{"kind":"org","id":"`+f.org+`"}}`)["id"].(string)
	who, first := f.framed()
	key := strings.TrimPrefix(who.header.Get("Authorization"), "Embed ")
	fresh := func() string { return f.must(who, "POST", "/embeds/"+f.m+"/ticket", "")["ticket"].(string) }
	if _, code := f.socket(f.m, first, nil); code != http.StatusSwitchingProtocols {
		t.Fatalf("the first ticket: %d", code)
	}
	late, h := secret()
	seal := key[strings.Index(key, ".")+1:]
	visit, _, err := f.st.Visit(t.Context(), h)
	if err == nil {
		t.Fatalf("%+v", visit)
	}
	f.ok(f.st.CreateTicket(t.Context(), store.Ticket{Hash: h, Kind: store.ForEmbed, Data: append(make([]byte, id.Size), seal...), Expires: f.now() - 1}, 1000))
	reset, h := secret()
	f.ok(f.st.CreateTicket(t.Context(), store.Ticket{Hash: h, Kind: store.ForReset, Account: f.admin.account, Expires: f.now() + 60_000}, 1000))
	for what, c := range map[string]struct {
		m, ticket string
		want      int
	}{
		"used already":              {f.m, first, 401},
		"of another map":            {other, "", 404},
		"expired":                   {f.m, late, 401},
		"for something else":        {f.m, reset, 401},
		"a key":                     {f.m, key, 401},
		"a link":                    {f.m, f.secret, 401},
		"made up":                   {f.m, strings.Repeat("A", 43), 401},
		"nothing":                   {f.m, "", 401},
		"what no ticket looks like": {f.m, "x.y", 401},
	} {
		if _, code := f.socket(f.m, c.ticket, f.admin.header); c.m == f.m && code != c.want {
			t.Errorf("%s: %d, want %d", what, code, c.want)
		} else if c.m != f.m {
			if _, code := f.socket(c.m, fresh(), f.admin.header); code != c.want {
				t.Errorf("%s: %d, want %d", what, code, c.want)
			}
		}
	}
	replaced, now := fresh(), fresh()
	if _, code := f.socket(f.m, replaced, f.admin.header); code != 401 {
		t.Errorf("one that another has replaced: %d", code)
	}
	if _, code := f.socket(f.m, now, f.admin.header); code != http.StatusSwitchingProtocols {
		t.Errorf("a fresh one: %d", code)
	}
	text := key[:strings.Index(key, ".")]
	for what, header := range map[string]http.Header{
		"a ticket as a key":   {"Authorization": {"Embed " + fresh() + "." + seal}},
		"a link as a key":     {"Authorization": {"Embed " + f.secret + "." + seal}},
		"a key without pages": {"Authorization": {"Embed " + text}},
		"a key as a cookie":   {"Cookie": {caller.VisitCookie + f.m + "=" + text}},
		"a key as a token":    {"Authorization": {"Bearer " + key}},
		"a visit as a key":    {"Authorization": {"Embed " + strings.TrimPrefix(f.visit(f.pass).header.Get("Cookie"), caller.VisitCookie+f.m+"=") + "." + seal}},
	} {
		if code, _ := f.status(&pass{header: header}, "GET", "/api/v1/maps/"+f.m, ""); code != 401 {
			t.Errorf("%s: %d", what, code)
		}
	}
	for what, header := range map[string]http.Header{
		"another list of pages": {"Authorization": {"Embed " + text + ".AAAAAAAAAAAAAAAA"}},
		"an empty list":         {"Authorization": {"Embed " + text + "."}},
	} {
		if code, _ := f.status(&pass{header: header}, "GET", "/api/v1/maps/"+f.m, ""); code != 404 {
			t.Errorf("%s: %d", what, code)
		}
	}
	if code, _ := f.status(f.admin, "POST", "/api/v1/embeds/"+f.m+"/ticket", ""); code != 401 {
		t.Errorf("somebody signed in is no frame: %d", code)
	}
}

// TestFramesEnd: AC-6, AC-3. A frame ends within a second of the link, of its page's
// origin, of the map's place in the organisation and of the map.
func TestFramesEnd(t *testing.T) {
	for what, c := range map[string]struct {
		act  func(f *framing)
		code int
	}{
		"the link":    {func(f *framing) { f.must(f.admin, "DELETE", "/maps/"+f.m+"/links/"+id.Format(f.pass.ID), "") }, wire.CloseAuth},
		"the origin":  {func(f *framing) { f.allow(blog) }, wire.CloseForbidden},
		"all origins": {func(f *framing) { f.allow() }, wire.CloseForbidden},
		"the place":   {func(f *framing) { f.must(f.admin, "PUT", "/maps/"+f.m+"/home", `{}`) }, wire.CloseForbidden},
		"the map":     {func(f *framing) { f.must(f.admin, "DELETE", "/maps/"+f.m, "") }, wire.CloseForbidden},
		"links of all": {func(f *framing) {
			f.must(f.admin, "PUT", "/orgs/"+f.org, `{"name":"Org","second":false,"links":"none","guests":true,"networks":[],"embeds":["`+wiki+`","`+blog+`"]}`)
		}, wire.CloseForbidden},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFraming(t)
			who, ticket := f.framed()
			conn, _ := f.socket(f.m, ticket, nil)
			f.welcome(conn)
			c.act(f)
			began := time.Now()
			if got := closeCode(conn); got != c.code || time.Since(began) > bar {
				t.Errorf("closed with %d after %v", got, time.Since(began))
			}
			if code, _ := f.status(who, "GET", "/maps/"+f.m+"/blobs/"+f.file, ""); code != 401 && code != 404 {
				t.Errorf("a file afterwards: %d", code)
			}
		})
	}
}
