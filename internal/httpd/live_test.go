package httpd

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"plectica/internal/api"
	"plectica/internal/caller"
	"plectica/internal/proof"
)

// TestAuditOverHTTP: AU-7. Operators see what everybody did, owners of an organisation what
// was done in it, people what they did themselves, and nobody else anything.
func TestAuditOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	op, ada, bob := b.signIn(t, "Op"), b.signIn(t, "Ada"), b.signIn(t, "Bob")
	m := b.newMap(t, ada, "Water")
	o := b.api(t, "POST", "/orgs", ada, `{"name":"Works"}`, 201)["id"].(string)
	b.api(t, "PUT", "/maps/"+m+"/home", ada, `{"home":{"kind":"org","id":"`+o+`"}}`, 200)
	b.api(t, "GET", "/maps/"+m, bob, "", 404)

	for cookie, want := range map[string]int{op: 200, ada: 403, "": 401} {
		for _, path := range []string{"/site/audit", "/site/audit/timeline?since=1&until=100000", "/site/audit/proof?record=0"} {
			b.api(t, "GET", path, cookie, "", want)
		}
	}
	records := func(cookie, path string) []map[string]any {
		var out []map[string]any
		for _, v := range b.api(t, "GET", path, cookie, "", 200)["records"].([]any) {
			out = append(out, v.(map[string]any))
		}
		return out
	}
	all := records(op, "/site/audit?act=map.create")
	if len(all) != 1 || all[0]["by"].(map[string]any)["name"] != "Ada" || all[0]["addr"] != "192.0.2.1" || all[0]["result"] != "ok" {
		t.Errorf("%v", all)
	}
	refused := records(op, "/site/audit?result=refused&on=map:"+m)
	if len(refused) != 1 || refused[0]["by"].(map[string]any)["name"] != "Bob" || refused[0]["code"] != "not_found" {
		t.Errorf("%v", refused)
	}
	if got := records(op, "/site/audit?result=bad&on=map:"+m); len(got) != 1 || got[0]["seq"] != refused[0]["seq"] {
		t.Errorf("what went wrong is %v", got)
	}
	acts := map[string]bool{}
	for _, r := range records(op, "/site/audit?act=map.create,org.") {
		acts[r["act"].(string)] = true
	}
	if want := map[string]bool{"map.create": true, "org.create": true}; !maps.Equal(acts, want) {
		t.Errorf("several acts are %v", acts)
	}
	for _, r := range records(ada, "/account/audit") {
		if by := r["by"].(map[string]any); by["name"] != "Ada" {
			t.Errorf("Ada is shown %v", r)
		}
	}
	for _, r := range records(ada, "/account/audit?by=account:"+all[0]["by"].(map[string]any)["alias"].(string)) {
		if by := r["by"].(map[string]any); by["name"] != "Ada" {
			t.Errorf("Ada is shown %v", r)
		}
	}
	b.api(t, "GET", "/orgs/"+o+"/audit", bob, "", 404)
	if got := records(ada, "/orgs/"+o+"/audit?act=org.,map.&limit=1"); len(got) != 1 {
		t.Errorf("of one record there are %d", len(got))
	}
	if got := records(ada, "/orgs/"+o+"/audit?act=signin"); len(got) != 0 {
		t.Errorf("of none there are %v", got)
	}
	for _, r := range records(ada, "/orgs/"+o+"/audit") {
		if r["org"] != o {
			t.Errorf("of another organisation: %v", r)
		}
	}
	theirs := records(ada, "/orgs/"+o+"/audit")
	if len(theirs) == 0 {
		t.Fatal("nothing was done in the organisation")
	}
	seq := number(uint64(theirs[0]["seq"].(float64)))
	when := "/orgs/" + o + "/audit/timeline?parts=2&since=1&until=" + number(uint64(b.now.UnixMilli()+1))
	for cookie, want := range map[string]int{bob: 404, ada: 200, "": 401} {
		b.api(t, "GET", "/orgs/"+o+"/audit/proof?record="+seq, cookie, "", want)
		b.api(t, "GET", when, cookie, "", want)
	}
	b.api(t, "GET", "/orgs/"+o+"/audit/proof?record=0", ada, "", 404) // it is no business of theirs
	if parts := b.api(t, "GET", when, ada, "", 200)["parts"].([]any); len(parts) != 2 || parts[1].(map[string]any)["records"].(float64) < float64(len(theirs)) {
		t.Errorf("%v of %d", parts, len(theirs))
	}

	// And whatever is shown can be proven to somebody who trusts nobody here.
	p := b.api(t, "GET", "/site/audit/proof?record=3", op, "", 200)
	key, err := proof.ParseKey(p["key"].(string))
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.Open([]byte(p["checkpoint"].(string)), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.Included(proof.RecordHash([]byte(p["record"].(string))), 3, c.Size, c.Root, decode(t, p["path"])); err != nil {
		t.Error(err)
	}
	later := b.api(t, "GET", "/audit/checkpoint", bob, "", 200)
	d, err := proof.Open([]byte(later["checkpoint"].(string)), key)
	if err != nil || d.Size <= c.Size {
		t.Fatalf("%v, %v", d, err)
	}
	path := b.api(t, "GET", "/audit/consistency?from="+number(c.Size)+"&to="+number(d.Size), bob, "", 200)
	if err := proof.Consistent(c.Size, c.Root, d.Size, d.Root, decode(t, path["path"])); err != nil {
		t.Error(err)
	}
	b.api(t, "GET", "/audit/consistency?from=9&to=100000", bob, "", 422)
}

func number(n uint64) string { b, _ := json.Marshal(n); return string(b) }

func decode(t *testing.T, list any) (out []proof.Hash) {
	t.Helper()
	for _, v := range list.([]any) {
		h, err := base64.StdEncoding.DecodeString(v.(string))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, proof.Hash(h))
	}
	return out
}

// TestLive: AU-7. Operators see records as they come, and go on where they were; nobody else
// sees any.
func TestLive(t *testing.T) {
	b := newBench(t, nil)
	op, ada := b.signIn(t, "Op"), b.signIn(t, "Ada")
	server := httptest.NewServer(b)
	defer server.Close()
	open := func(cookie, last string) (*http.Response, context.CancelFunc) {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Prefix+"/site/audit/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: cookie})
		if last != "" {
			r.Header.Set("Last-Event-Id", last)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return res, func() { _ = res.Body.Close(); stop() }
	}
	res, done := open(ada, "")
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("%d", res.StatusCode)
	}
	done()
	res, done = open(op, "")
	defer done()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return text
			}
		}
		t.Fatal("the stream ended")
		return ""
	}
	b.newMap(t, ada, "Water")
	for {
		var r struct {
			Act string
			By  struct{ Name string }
			Seq uint64
		}
		if err := json.Unmarshal([]byte(next()), &r); err != nil {
			t.Fatal(err)
		}
		if r.Act == "map.create" {
			if r.By.Name != "Ada" {
				t.Errorf("%+v", r)
			}
			again, close := open(op, number(r.Seq-1))
			defer close()
			more := bufio.NewScanner(again.Body)
			for more.Scan() {
				if more.Text() == "id: "+number(r.Seq) {
					return
				}
			}
			t.Fatal("it does not go on where it was")
		}
	}
}

// TestLiveEndsWithTheRight: AU-7. Who is no operator any more sees nothing of what comes then.
func TestLiveEndsWithTheRight(t *testing.T) {
	b := newBench(t, nil)
	op, ada := b.signIn(t, "Op"), b.signIn(t, "Ada")
	who := "/people/" + b.idOf(t, "ada") + "/operator"
	b.api(t, "PUT", who, op, `{"on":true}`, 204)
	server := httptest.NewServer(b)
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Prefix+"/site/audit/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: ada})
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", res, err)
	}
	defer func() { _ = res.Body.Close() }() // only read
	b.api(t, "PUT", who, op, `{"on":false}`, 204)
	b.newMap(t, op, "Water")
	all, err := io.ReadAll(res.Body)
	if err != nil || strings.Contains(string(all), "map.create") {
		t.Errorf("%v: %s", err, all)
	}
}

// dated tells when nothing limits any more how long an answer may wait that was begun.
type dated struct {
	*httptest.ResponseRecorder
	begun bool
	free  chan struct{}
}

func (d *dated) SetReadDeadline(time.Time) error { return nil }

func (d *dated) SetWriteDeadline(by time.Time) error {
	if d.begun && by.IsZero() {
		d.begun = false
		close(d.free)
	}
	return nil
}

func (d *dated) Flush() { d.begun = true }

// TestLiveIdles: a stream that has nothing to tell for long does not end by the patience with
// what it told before.
func TestLiveIdles(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	ctx, stop := context.WithTimeout(t.Context(), livePatience)
	defer stop()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, api.Prefix+"/site/audit/live", nil)
	r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: op})
	w := &dated{ResponseRecorder: httptest.NewRecorder(), free: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.ServeHTTP(w, r)
	}()
	select {
	case <-w.free:
		stop()
	case <-ctx.Done():
		t.Error("the deadline of what was told stays")
	}
	<-done
}

// TestOrgLive: AU-7. Owners of an organisation see what is done in it as it is done, and nothing
// else; who owns it no longer sees nothing more.
func TestOrgLive(t *testing.T) {
	b := newBench(t, nil)
	b.signIn(t, "Op")
	ada, bob := b.signIn(t, "Ada"), b.signIn(t, "Bob")
	o := b.api(t, "POST", "/orgs", ada, `{"name":"Works"}`, 201)["id"].(string)
	server := httptest.NewServer(b)
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	open := func(cookie string) *http.Response {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Prefix+"/orgs/"+o+"/audit/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: caller.Cookie, Value: cookie})
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	if res := open(bob); res.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger: %d", res.StatusCode)
	}
	res := open(ada)
	defer func() { _ = res.Body.Close() }()
	b.newMap(t, ada, "Her own")
	b.newMap(t, bob, "His")
	b.api(t, "POST", "/maps", ada, `{"title":"Plan","home":{"kind":"org","id":"`+o+`"}}`, 201)
	lines := bufio.NewScanner(res.Body)
	made := false
	for !made && lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var r struct{ Act, Org string }
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.Org != o {
			t.Fatalf("%s, %v", text, err)
		}
		made = r.Act == "map.create"
	}
	if !made {
		t.Fatal("the map is not told of")
	}
	b.api(t, "DELETE", "/maps/"+b.api(t, "GET", "/maps", ada, "", 200)["maps"].([]any)[0].(map[string]any)["id"].(string), ada, "", 204)
	b.api(t, "POST", "/signout", ada, "", 204)
	b.api(t, "GET", "/me", ada, "", 401)
	for lines.Scan() {

		if strings.Contains(lines.Text(), `"signout"`) {
			t.Error("something is told after the sign-in ended")
		}
	}
}
