package httpd

import (
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/api"
	"plectica/internal/audit"
	"plectica/internal/fault"
)

// records are all records there are, what was counted included.
func (b *bench) records(t *testing.T) []audit.Event {
	t.Helper()
	if err := b.log.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := b.store.AuditLines(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var out []audit.Event
	for i, line := range got.Lines {
		e, err := b.log.Open(t.Context(), uint64(i), line)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// TestEveryAddressIsRecorded: AU-1. The table of records has every address that is served,
// and no other.
func TestEveryAddressIsRecorded(t *testing.T) {
	b := newBench(t, nil)
	var c Config
	newBench(t, func(v *Config) { c = *v })
	c.Metrics = nil
	mux := newServer(c).routes()
	got := slices.Compact(slices.Sorted(slices.Values(mux.patterns)))
	if diff := cmp.Diff(audit.Patterns(), got); diff != "" {
		t.Errorf("recorded, served: %s", diff)
	}
	if len(audit.Unaudited()) != 0 {
		t.Error("some addresses are not recorded")
	}
	// And asking leaves a record of just that.
	for _, pattern := range mux.patterns {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			method, path = "GET", method
		}
		for _, name := range []string{"{id}", "{card}", "{account}", "{seq}"} {
			path = strings.ReplaceAll(path, name, strings.Repeat("0", 26))
		}
		path = strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(path)
		if pattern == "/" {
			path = "/nothing.js" // what no other pattern takes
		}
		before := len(b.records(t))
		b.addr = "198.51.100.9:1"
		b.ask(method, path, "", "", nil)
		act, _ := audit.Route(pattern)
		if after := b.records(t); len(after) != before+1 || after[before].Act != act || after[before].From.Addr.String() != "198.51.100.9" {
			t.Errorf("%s: %+v", pattern, after[before:])
		}
		b.now = b.now.Add(1e9) // or the rates would refuse some
	}
}

// TestWhoDidWhat: AU-1, AU-2. A record says who it was, on what, from where, by which
// sign-in, and what came of it.
func TestWhoDidWhat(t *testing.T) {
	b := newBench(t, nil)
	ada := b.signIn(t, "Ada")
	m := b.newMap(t, ada, "Water")
	b.api(t, "PATCH", "/maps/"+m, ada, `{"title":"Rivers"}`, 200)
	b.api(t, "GET", "/maps/"+m, "", "", 401)
	b.ask("POST", api.Prefix+"/signin", "", `{"email":"ada@example.test","password":"wrong"}`, nil)
	secret, err := b.accounts.NewReset(t.Context(), "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	b.ask("POST", api.Prefix+"/reset", "", `{"secret":"`+secret+`","password":"12345678901234567890"}`, nil)
	list := b.records(t)
	of := func(act audit.Act) (out []audit.Event) {
		for _, e := range list {
			if e.Act == act {
				out = append(out, e)
			}
		}
		return out
	}
	renamed := of("map.rename")
	if len(renamed) != 1 || renamed[0].By.Kind != audit.Person || renamed[0].On != (audit.Object{Sort: "map", ID: m}) || renamed[0].Result != audit.OK ||
		renamed[0].From.Addr.String() != "192.0.2.1" || renamed[0].Session == "" || renamed[0].Request == "" {
		t.Errorf("%+v", renamed)
	}
	in := of("signin")
	if len(in) < 2 || in[0].Result != audit.OK || in[0].By != renamed[0].By || in[0].Session != renamed[0].Session {
		t.Errorf("%+v", in)
	}
	wrong := in[len(in)-1]
	if wrong.Result != audit.Refused || wrong.Code != "auth" || wrong.By.Kind != audit.Stranger || wrong.On != in[0].On || wrong.On.Sort != "email" {
		t.Errorf("%+v", wrong)
	}
	if reset := of("account.reset"); len(reset) != 1 || reset[0].Result != audit.Refused || reset[0].On.Alias != renamed[0].By.Alias {
		t.Errorf("whose password was to be another is not recorded: %+v", reset)
	}
	read := of("map.read")
	if len(read) != 1 || read[0].Result != audit.Refused || read[0].N("status") != 401 || read[0].By.Kind != audit.Stranger {
		t.Errorf("%+v", read)
	}
	lines, err := b.store.AuditLines(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines.Lines {
		for _, secret := range []string{"ada@", "Ada", "Water", "Rivers", "192.0.2.1", "wrong", ada} {
			if strings.Contains(string(line), secret) {
				t.Errorf("%q is in %s", secret, line)
			}
		}
	}
}

// TestNothingUnrecorded: AU-3. What cannot be recorded is not done, not told, and said so.
func TestNothingUnrecorded(t *testing.T) {
	b := newBench(t, nil)
	ada := b.signIn(t, "Ada")
	m := b.newMap(t, ada, "Water")
	b.unwritten = fault.New(fault.Lost, "the disk is full")
	for _, path := range []string{"/maps", "/maps/" + m, "/account"} {
		w := b.ask("GET", api.Prefix+path, ada, "", nil)
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "Water") || !strings.Contains(w.Body.String(), "recorded") || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	entered := len(b.entered)
	w := b.ask("GET", "/maps/"+m+"/file", ada, "", nil)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("export: %d %v", w.Code, w.Header())
	}
	// What everybody may see is there all the same, and health is told.
	if w := b.ask("GET", "/assets/a-1f.js", "", "", nil); w.Code != http.StatusOK {
		t.Errorf("asset: %d", w.Code)
	}
	h := Ops(nil, nil, b.log)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if rec.Code != http.StatusOK {
		t.Errorf("health: %d", rec.Code)
	}
	b.unwritten = nil
	if len(b.entered) != entered {
		t.Error("somebody came in unrecorded")
	}
	assets := 0
	for _, e := range b.records(t) {
		if e.Act == "asset.read" || e.Act == audit.HealthRead {
			assets += int(e.N("times"))
		}
	}
	if assets != 2 {
		t.Errorf("%d requests were counted", assets)
	}
}

// TestChangeAndRecordAreOne: AU-3. A change whose record is refused is not made.
func TestChangeAndRecordAreOne(t *testing.T) {
	b := newBench(t, nil)
	ada := b.signIn(t, "Ada")
	m := b.newMap(t, ada, "Water")
	if _, err := b.store.AuditHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.breakHead(t)
	w := b.ask("PATCH", api.Prefix+"/maps/"+m, ada, `{"title":"Rivers"}`, nil)
	if w.Code < 500 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	b.mendHead(t)
	if got := b.api(t, "GET", "/maps/"+m, ada, "", 200); got["title"] != "Water" {
		t.Errorf("%v", got)
	}
}

// TestForgedWhereabouts: AU-2. Nobody says of themselves where they are.
func TestForgedWhereabouts(t *testing.T) {
	b := newBench(t, nil)
	b.ask("GET", api.Prefix+"/site", "", "", func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", "203.0.113.5")
		r.Header.Set("Forwarded", "for=203.0.113.6")
		r.Header.Set("X-Real-Ip", "203.0.113.7")
		r.Header.Set("User-Agent", "a\r\nb\x1b[31m\u202e"+strings.Repeat("x", 1<<20))
	})
	list := b.records(t)
	last := list[len(list)-1]
	if last.From.Addr.String() != "192.0.2.1" || len(last.From.Agent) > 200 || strings.ContainsAny(last.From.Agent, "\r\n\x1b\u202e") {
		t.Errorf("%+v", last.From)
	}
}

// TestPanicsAreRecorded: AU-1. A request that fails in our own hands is recorded as failed.
func TestPanicsAreRecorded(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Snapshot = nil
		c.Origins = func() []string { return []string{origin} }
	})
	ada := b.signIn(t, "Ada")
	m := b.newMap(t, ada, "Water")
	w := b.ask("GET", "/maps/"+m+"/snapshot/1/x", ada, "", nil)
	if w.Code != http.StatusServiceUnavailable {
		t.Fatalf("%d", w.Code)
	}
	list := b.records(t)
	if last := list[len(list)-1]; last.Act != "map.state.read" || last.Result != audit.Failed {
		t.Errorf("%+v", last)
	}
	var dead http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errors.New("ours")) })
	s := &server{Config: Config{Audit: b.log}, callers: newServer(Config{}).callers}
	func() {
		defer func() { _ = recover() }()
		mux := &table{ServeMux: http.NewServeMux()}
		s.pace = newPace(nil)
		s.audited(mux, dead).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	list = b.records(t)
	if last := list[len(list)-1]; last.Result != audit.Failed || last.N("status") != 500 {
		t.Errorf("%+v", last)
	}
}

// breakHead makes the audit log's head one that no log can have; mendHead is the way back.
func (b *bench) breakHead(t *testing.T) {
	b.setHead(t, `UPDATE audit_head SET size = size + 1000000007`)
}
func (b *bench) mendHead(t *testing.T) {
	b.setHead(t, `UPDATE audit_head SET size = size - 1000000007`)
}

func (b *bench) setHead(t *testing.T, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", b.file)
	if err == nil {
		_, err = db.ExecContext(t.Context(), text)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk: AU-3. On a full disk people can sign in, operators can make room, and nobody
// else uses up what is left; what everybody may see is there.
func TestFullDisk(t *testing.T) {
	full := false
	b := newBench(t, func(c *Config) { c.Full = func() bool { return full } })
	op, ada := b.signIn(t, "Op"), b.signIn(t, "Ada")
	m := b.newMap(t, op, "Water")
	full = true
	before := len(b.records(t))
	b.api(t, "POST", "/maps", ada, `{"title":"More"}`, 503)
	b.api(t, "GET", "/maps", ada, "", 503)
	b.api(t, "GET", "/maps", "", "", 503)
	b.api(t, "POST", "/signin", "", `{"email":"op@example.test","password":"`+good+`"}`, 200)
	b.api(t, "GET", "/me", ada, "", 200)
	b.api(t, "DELETE", "/maps/"+m, op, "", 204)
	if w := b.ask("GET", "/assets/a-1f.js", "", "", nil); w.Code != http.StatusOK {
		t.Errorf("asset: %d", w.Code)
	}
	if list := b.records(t); list[len(list)-1].Act != "map.list" && len(list) < before+4 {
		t.Errorf("%+v", list[before:])
	}
	full = false
	b.api(t, "GET", "/maps", ada, "", 200)
}

// TestSecondFactorIsRecorded: AU-2. Of a sign-in in two steps the record says whose it was, and
// by which sign-in; a wrong code lets nobody in.
func TestSecondFactorIsRecorded(t *testing.T) {
	b := newBench(t, nil)
	op := b.signedIn(t, "Op")
	secret, _ := op.addCodes(t)
	v := b.browser()
	v.do(t, "POST", "/signin", signInBody("op"), 202)
	v.do(t, "POST", "/signin/code", `{"code":"000000"}`, 422)
	v.do(t, "POST", "/signin/code", `{"code":"`+b.code(t, secret)+`"}`, 200)
	var second []audit.Event
	for _, e := range b.records(t) {
		if e.Act == "signin.second" {
			second = append(second, e)
		}
	}
	if len(second) != 2 || second[0].Result != audit.Refused || second[1].Result != audit.OK {
		t.Fatalf("%+v", second)
	}
	if in := second[1]; in.By.Kind != audit.Person || in.Session == "" || in.N("proven") == 0 || in.On != second[0].On {
		t.Errorf("%+v", in)
	}
}
