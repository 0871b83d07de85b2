package app

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"plectica/internal/audit"
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
