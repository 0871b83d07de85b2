package app

import (
	"database/sql"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/operate"
	"plectica/internal/wire"
)

// recordsOf are the records of an act, as the operator is shown them, the first first.
func (p *party) recordsOf(t *testing.T, act audit.Act) (out []map[string]any) {
	t.Helper()
	res, found := p.do(t, "GET", "/api/v1/site/audit?act="+string(act), "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", res.StatusCode, found)
	}
	for _, r := range slices.Backward(found["records"].([]any)) {
		out = append(out, r.(map[string]any))
	}
	return out
}

// sum adds a count of records up.
func sum(list []map[string]any, name string) (n float64) {
	for _, r := range list {
		if c, ok := r["counts"].(map[string]any); ok {
			v, _ := c[name].(float64) // absent: none
			n += v
		}
	}
	return n
}

// TestSocketsAreRecorded: AU-1. Who came to a map by a socket, what they changed there with
// how much, what they were refused, and when they went.
func TestSocketsAreRecorded(t *testing.T) {
	if diff := slices.Compare(slices.Sorted(maps.Keys(audit.SocketOps())), []string{"Hello", "Ping", "Presence", "Push"}); diff != 0 {
		t.Errorf("the frames of clients are recorded: %v", audit.SocketOps())
	}
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "connected", owner.Settled)
	for range 5 {
		if err := owner.Do(0, newCard("rain")); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "saved", owner.Settled)
	if got := p.forge(t, p.viewer, wire.Append(nil, &wire.Push{CSN: 1, Ops: newCard("forged")(nil)})); got != "permission" {
		t.Fatalf("a forged push was answered with %q", got)
	}
	if err := p.dial(t, p.viewer).Close(); err != nil {
		t.Fatal(err)
	}
	m := "map:" + p.m.String()
	until(t, "told", func() bool {
		time.Sleep(100 * time.Millisecond) // how often it may be asked is bounded
		return len(p.recordsOf(t, audit.MapOpen)) >= 2 && len(p.recordsOf(t, audit.MapDeny)) == 1 && len(p.recordsOf(t, audit.MapClose)) >= 1
	})
	pushes := p.recordsOf(t, audit.MapPush)
	if sum(pushes, "changes") != 5 || sum(pushes, "made") != 5 || pushes[0]["on"] != m || pushes[0]["by"].(map[string]any)["name"] != "Op" || pushes[0]["addr"] != "127.0.0.1" {
		t.Errorf("%v", pushes)
	}
	if deny := p.recordsOf(t, audit.MapDeny)[0]; deny["code"] != "permission" || deny["by"].(map[string]any)["name"] != "Vera" || deny["result"] != "refused" || deny["on"] != m {
		t.Errorf("%v", deny)
	}
	connects := p.recordsOf(t, "map.connect")
	if len(connects) < 2 || connects[0]["session"] != pushes[0]["session"] {
		t.Errorf("%v", connects)
	}
}

// TestRecordsOutliveTheServer: AU-1, AU-3. What was done before a server ended is in the log
// of the next, with its end and the next one's beginning; the same configuration is no change,
// another one is.
func TestRecordsOutliveTheServer(t *testing.T) {
	p := newParty(t)
	was := p.config
	p.end(t)
	for i, want := range []int{1, 2} {
		was.LogLevel = []string{"info", "debug"}[i]
		again := start(t, was, nil)
		again.client.Jar = p.client.Jar
		q := &party{running: again}
		res, _ := q.do(t, "POST", "/api/v1/signin", `{"email":"op@example.test","password":"`+good+`"}`)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%d", res.StatusCode)
		}
		if n := len(q.recordsOf(t, audit.ConfigChange)); n != want {
			t.Errorf("%d changes of the configuration, want %d", n, want)
		}
		if starts, stops := q.recordsOf(t, audit.ServerStart), q.recordsOf(t, audit.ServerStop); len(starts) != i+2 || len(stops) != i+1 {
			t.Errorf("%d began, %d ended", len(starts), len(stops))
		}
		if len(q.recordsOf(t, "map.create")) != 1 {
			t.Error("what was done before is not there")
		}
		again.end(t)
	}
}

// TestErased: AU-8. Of an account that was deleted there is no trace in the audit log, in what
// the watch remembers, nor in any other table, whether by its id, name or address; and the log
// is sound.
func TestErased(t *testing.T) {
	if onPostgres() {
		t.Skip("it reads the tables of the file")
	}
	h := newHall(t)
	gone := h.by["own"]
	who, err := id.Parse[id.Account](h.ids["own"])
	if err != nil {
		t.Fatal(err)
	}
	m := h.must(gone, "POST", "/maps", `{"title":"Mine"}`)["id"].(string)
	if got := h.push(gone, m, newCard("kept")(nil)...); got != done {
		t.Fatalf("a card: %v", got)
	}
	h.must(h.owner, "POST", "/people/"+h.ids["own"]+"/lock", "")
	h.must(h.owner, "POST", "/people/"+h.ids["own"]+"/unlock", "")
	h.must(gone, "POST", "/signin", `{"email":"own@example.test","password":"`+good+`"}`)
	h.must(gone, "DELETE", "/account", `{"password":"`+good+`"}`)
	h.end(t)

	if v, err := operate.VerifyAudit(t.Context(), h.config, ""); err != nil || len(v.Bad) > 0 || v.Records == 0 {
		t.Errorf("%+v, %v", v, err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.config.Data, "plectica.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, table := range column(t, db, "SELECT name FROM sqlite_master WHERE type = 'table'") {
		if table == "op" || table == "notice" {
			continue // their maps are purged in time; what changed in who may do what is told and goes
		}
		rows := column(t, db, "SELECT * FROM "+table)
		for _, trace := range []string{string(who[:]), who.String(), "own@example.test"} {
			if i := slices.IndexFunc(rows, func(v string) bool { return strings.Contains(v, trace) }); i >= 0 {
				t.Errorf("%s has %q of it: %q", table, trace, rows[i][:min(len(rows[i]), 300)])
			}
		}
	}
}

// column has all values of a query, each as text.
func column(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new([]byte)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			out = append(out, string(*v.(*[]byte)))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNoticedAndAnswered: AU-9, AU-10. Many maps taken out in a row are noticed: the operator
// sees it with the figures, a record says so, the account is slowed down as the operator allowed,
// and its owner gets a letter.
func TestNoticedAndAnswered(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.Mail.Driver, c.SignUp = "log", "open"
	p := &postbox{running: start(t, c, nil)}
	p.first(t)
	p.next(t, "op@example.test", "Confirm")
	p.call(t, "PUT", "/site/watch", `{"sensitivity":1,"off":[],"automatic":["slow-down"]}`, 204)
	back := p.as(t)
	p.call(t, "POST", "/signup", `{"email":"ann@example.test","name":"Ann","password":"`+good+`"}`, 202)
	p.call(t, "POST", "/signin", `{"email":"ann@example.test","password":"`+good+`"}`, 200)
	proof := linkSecret(t, p.next(t, "ann@example.test", "Confirm"), "/verify")
	p.call(t, "POST", "/verify", `{"secret":"`+proof+`"}`, 204)
	slowed := func() bool {
		resp, _ := p.do(t, "GET", "/api/v1/me", "")
		return resp.StatusCode == http.StatusTooManyRequests
	}
	const maps = 40
	for range maps {
		m := p.call(t, "POST", "/maps", `{"title":"Water"}`, 201)["id"].(string)
		if resp, _ := p.do(t, "GET", "/maps/"+m+"/file", ""); resp.StatusCode != http.StatusOK {
			break // slowed down already
		}
	}
	until(t, "slowed down", slowed)
	p.next(t, "ann@example.test", "Many maps")
	back()
	alerts := p.call(t, "GET", "/site/alerts?open=true", "", 200)["alerts"].([]any)
	if len(alerts) != 1 {
		t.Fatalf("%v", alerts)
	}
	a := alerts[0].(map[string]any)
	if a["kind"] != "mass-export" || a["by"].(map[string]any)["name"] != "Ann" || a["figures"].([]any)[0].(map[string]any)["value"].(float64) < 6 {
		t.Errorf("%v", a)
	}
	if d := a["done"].([]any); len(d) == 0 || d[0].(map[string]any)["automatic"] != true || d[0].(map[string]any)["answer"] != "slow-down" {
		t.Errorf("%v", d)
	}
	said := p.call(t, "GET", "/site/audit?act=alert.raised", "", 200)["records"].([]any)
	if len(said) == 0 || said[0].(map[string]any)["on"] != "alert:"+a["id"].(string) {
		t.Errorf("%v", said)
	}
}

// TestNoPlaces: a file that is no database of places is told at once.
func TestNoPlaces(t *testing.T) {
	c := testConfig(t, filepath.Join(t.TempDir(), "data"))
	c.Watch.Places = filepath.Join(t.TempDir(), "city.mmdb")
	if err := os.WriteFile(c.Watch.Places, []byte("cities"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), Options{Config: c, Out: io.Discard, Err: io.Discard}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "places") {
		t.Errorf("%v", err)
	}
}
