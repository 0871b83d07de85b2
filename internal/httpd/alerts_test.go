package httpd

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

// TestAlertsOverHTTP: AU-9. Operators see what was noticed and why, end the sign-ins of whom it
// is about, close and mute; owners see what concerns their organisation; nobody else anything.
func TestAlertsOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	op, ada, bob := b.signIn(t, "Op"), b.signIn(t, "Ada"), b.signIn(t, "Bob")
	o := b.api(t, "POST", "/orgs", bob, `{"name":"Works"}`, 201)["id"].(string)
	org, err := id.Parse[store.OrgID](o)
	if err != nil {
		t.Fatal(err)
	}
	b.newMap(t, ada, "Water")
	by := b.api(t, "GET", "/site/audit?act=map.create", op, "", 200)["records"].([]any)[0].(map[string]any)["by"].(map[string]any)
	alias := "account:" + by["alias"].(string)
	for i, a := range []store.Alert{
		{ID: 7, At: 10, Kind: "mass-export", Data: []byte(`{"kind":"mass-export","score":3,"at":10,"by":"` + alias + `","figures":[{"name":"maps","value":90,"usual":3}],"evidence":[4],"answers":["lock"],"severity":"critical"}`)},
		{ID: 1<<63 + 1, At: 20, Kind: "mass-sharing", Org: org, Data: []byte(`{"kind":"mass-sharing","score":1,"at":20,"figures":[],"evidence":[],"answers":[]}`)},
	} {
		if news, err := b.store.RaiseAlert(t.Context(), a); err != nil || !news {
			t.Fatalf("%d: %v, %v", i, news, err)
		}
	}
	for cookie, want := range map[string]int{ada: 403, "": 401} {
		b.api(t, "GET", "/site/alerts", cookie, "", want)
		b.api(t, "GET", "/site/mutes", cookie, "", want)
		b.api(t, "POST", "/site/alerts/7/close", cookie, "", want)
		b.api(t, "POST", "/site/alerts/7/answer", cookie, `{"answer":"lock"}`, want)
		b.api(t, "PUT", "/site/mutes", cookie, `{"kind":"stuffing","until":0}`, want)
	}
	list := func(path, cookie string) []any {
		return b.api(t, "GET", path, cookie, "", 200)["alerts"].([]any)
	}
	if got := list("/orgs/"+o+"/alerts", bob); len(got) != 1 || got[0].(map[string]any)["kind"] != "mass-sharing" {
		t.Errorf("%v", got)
	}
	b.api(t, "GET", "/orgs/"+o+"/alerts", ada, "", 404)
	all := list("/site/alerts", op)
	if len(all) != 2 {
		t.Fatalf("%v", all)
	}
	export := all[1].(map[string]any)
	if export["by"].(map[string]any)["name"] != "Ada" || export["severity"] != "critical" || export["figures"].([]any)[0].(map[string]any)["value"] != 90.0 {
		t.Errorf("%v", export)
	}
	b.api(t, "GET", "/me", ada, "", 200)
	b.api(t, "POST", "/site/alerts/"+export["id"].(string)+"/answer", op, `{"answer":"end-sessions"}`, 200)
	b.api(t, "GET", "/me", ada, "", 401)
	open := list("/site/alerts?open=true", op)
	if done := open[1].(map[string]any)["done"].([]any); len(done) != 1 || done[0].(map[string]any)["answer"] != "end-sessions" || done[0].(map[string]any)["by"] != "Op" {
		t.Errorf("%v", open)
	}
	b.api(t, "POST", "/site/alerts/"+export["id"].(string)+"/close", op, "", 204)
	if open := list("/site/alerts?open=true", op); len(open) != 1 {
		t.Errorf("%v", open)
	}
	b.api(t, "POST", "/site/alerts/"+export["id"].(string)+"/reopen", op, "", 204)
	b.api(t, "POST", "/site/alerts/"+export["id"].(string)+"/answer", op, `{"answer":"undo-change"}`, 422)
	b.api(t, "POST", "/site/alerts/8000000000000001/answer", op, `{"answer":"lock"}`, 422)
	b.api(t, "POST", "/site/alerts/8000000000000001/close", op, "", 204)
	b.api(t, "POST", "/site/alerts/99/close", op, "", 404)
	b.api(t, "POST", "/site/alerts/x/close", op, "", 404)
	until := b.now.AddDate(0, 0, 7).UnixMilli()
	b.api(t, "PUT", "/site/mutes", op, `{"kind":"new-device","until":`+number(uint64(until))+`}`, 204)
	b.api(t, "PUT", "/site/mutes", op, `{"kind":"nothing","until":`+number(uint64(until))+`}`, 422)
	if m := b.api(t, "GET", "/site/mutes", op, "", 200)["mutes"].([]any); len(m) != 1 {
		t.Errorf("%v", m)
	}
	b.api(t, "PUT", "/site/mutes", op, `{"kind":"new-device","until":0}`, 204)
	if m := b.api(t, "GET", "/site/mutes", op, "", 200)["mutes"].([]any); len(m) != 0 {
		t.Errorf("%v", m)
	}
}

// alarmed raises an alert about what somebody did, as the watch would.
func (b *bench) alarmed(t *testing.T, v uint64, kind, act, cookie string, org store.OrgID, answers string) {
	t.Helper()
	who := b.api(t, "GET", "/me", cookie, "", 200)["id"].(string)
	var last audit.Event
	for _, e := range b.records(t) {
		if string(e.Act) == act && e.By.Kind == audit.Person && id.Format(id.Account(e.By.ID)) == who {
			last = e
		}
	}
	if last.Act == "" {
		t.Fatalf("nobody did %s", act)
	}
	data := fmt.Sprintf(`{"kind":%q,"score":2,"since":%d,"by":"account:%s","figures":[],"evidence":[%d],"answers":[%s],"severity":"warning"}`, kind, last.At, last.By.Alias, last.Seq, answers)
	if _, err := b.store.RaiseAlert(t.Context(), store.Alert{ID: v, At: last.At, Kind: kind, Org: org, Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
}

// TestAnswers: AU-10. What was noticed is answered: maps come back, links end, power is taken
// back, who is too fast is slowed down; what has to be put back by hand is named.
func TestAnswers(t *testing.T) {
	b := newBench(t, nil)
	op, ada := b.signIn(t, "Op"), b.signIn(t, "Ada")
	answer := func(alert, do string, want int) (done float64, left []any) {
		t.Helper()
		got := b.api(t, "POST", "/site/alerts/"+alert+"/answer", op, `{"answer":"`+do+`"}`, want)
		if want != 200 {
			return 0, nil
		}
		return got["done"].(float64), got["left"].([]any)
	}
	var maps []string
	for _, title := range []string{"Water", "Wood"} {
		m := b.newMap(t, ada, title)
		b.api(t, "DELETE", "/maps/"+m, ada, "", 204)
		b.api(t, "GET", "/maps/"+m, ada, "", 404)
		maps = append(maps, m)
	}
	b.alarmed(t, 1, "mass-deletion", "map.delete", ada, store.OrgID{}, `"undo-change","lock"`)
	if done, left := answer("1", "undo-change", 200); done != 2 || len(left) != 0 {
		t.Errorf("%v, %v", done, left)
	}
	for _, m := range maps {
		b.api(t, "GET", "/maps/"+m, ada, "", 200)
	}
	answer("1", "revoke-link", 422) // it is no answer to that

	b.api(t, "POST", "/maps/"+maps[0]+"/links", ada, `{"role":"view","name":""}`, 201)
	b.alarmed(t, 2, "mass-sharing", "map.link.make", ada, store.OrgID{}, `"revoke-link"`)
	if done, _ := answer("2", "revoke-link", 200); done != 1 {
		t.Errorf("%v links ended", done)
	}
	if l := b.api(t, "GET", "/maps/"+maps[0]+"/links", ada, "", 200)["links"].([]any); len(l) != 0 {
		t.Errorf("%v", l)
	}

	b.api(t, "PUT", "/people/"+b.api(t, "GET", "/me", ada, "", 200)["id"].(string)+"/operator", op, `{"on":true}`, 204)
	b.api(t, "PUT", "/site/signup", op, `{"policy":"open"}`, 204)
	b.alarmed(t, 3, "privilege-rise", "people.operator", op, store.OrgID{}, `"undo-change"`)
	if done, _ := answer("3", "undo-change", 200); done != 1 {
		t.Errorf("%v lost their power", done)
	}
	b.api(t, "GET", "/site/alerts", ada, "", 403)
	b.alarmed(t, 4, "settings-weaken", "site.signup.change", op, store.OrgID{}, `"undo-change"`)
	if _, left := answer("4", "undo-change", 200); len(left) != 1 {
		t.Errorf("%v", left)
	}

	b.alarmed(t, 6, "new-place", "map.create", ada, store.OrgID{}, `"step-up"`)
	if done, _ := answer("6", "step-up", 200); done != 1 {
		t.Error("nobody was put in doubt")
	}
	b.api(t, "GET", "/maps", ada, "", 401)
	ada = cookieOf(t, b.ask("POST", "/api/v1/signin", "", `{"email":"ada@example.test","password":"`+good+`"}`, nil)) // there is no mail
	b.alarmed(t, 5, "mass-export", "map.create", ada, store.OrgID{}, `"slow-down"`)
	if done, _ := answer("5", "slow-down", 200); done != 1 {
		t.Error("nobody was slowed down")
	}
	slowed := 0
	for range 50 {
		if r := b.ask("GET", "/api/v1/maps", ada, "", nil); r.Code == 429 {
			slowed++
		}
		b.api(t, "GET", "/maps", op, "", 200)
	}
	if slowed < 20 {
		t.Errorf("%d of 50 were too many", slowed)
	}
	b.api(t, "POST", "/site/alerts/5/answer", ada, `{"answer":"lock"}`, 429)
	var what, besides []string
	for _, e := range b.records(t) {
		if e.Act == "map.undelete" || e.Act == "map.link.end" || e.Act == "people.operator" && e.N("operator") == 0 {
			besides = append(besides, string(e.Act))
		}
		if e.Act == audit.AlertAnswer && e.Result == audit.OK {
			what = append(what, fmt.Sprint(e.On.Sort, ":", e.On.ID, " ", e.To.Sort, " ", e.Counts))
		}
	}
	if diff := cmp.Diff([]string{
		"alert:1 account [{done 2} {undo-change 1}]", "alert:2 account [{done 1} {revoke-link 1}]", "alert:3 account [{done 1} {undo-change 1}]",
		"alert:4 account [{done 0} {undo-change 1}]", "alert:6 account [{step-up 1}]", "alert:5 account [{slow-down 1}]",
	}, what); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"map.undelete", "map.undelete", "map.link.end", "people.operator"}, besides); diff != "" {
		t.Errorf("what was done is not recorded: %s", diff)
	}
}

// TestOwnersAnswer: AU-10. Owners of an organisation close and answer what concerns it, as far
// as they may; and say what they want to be told.
func TestOwnersAnswer(t *testing.T) {
	b := newBench(t, nil)
	op, bob, eve := b.signIn(t, "Op"), b.signIn(t, "Bob"), b.signIn(t, "Eve")
	o := b.api(t, "POST", "/orgs", bob, `{"name":"Works"}`, 201)["id"].(string)
	org, err := id.Parse[store.OrgID](o)
	if err != nil {
		t.Fatal(err)
	}
	in := b.api(t, "POST", "/maps", bob, `{"title":"Plan","home":{"kind":"org","id":"`+o+`"}}`, 201)["id"].(string)
	b.api(t, "DELETE", "/maps/"+in, bob, "", 204)
	own := b.newMap(t, bob, "Own")
	b.api(t, "DELETE", "/maps/"+own, bob, "", 204)
	b.alarmed(t, 1, "mass-deletion", "map.delete", bob, org, `"undo-change","lock"`)
	b.alarmed(t, 2, "mass-deletion", "map.delete", bob, store.OrgID{}, `"undo-change"`)
	at := "/orgs/" + o + "/alerts"
	if a := b.api(t, "GET", at, bob, "", 200)["alerts"].([]any); len(a) != 1 || len(a[0].(map[string]any)["answers"].([]any)) != 1 {
		t.Errorf("%v", a)
	}
	b.alarmed(t, 3, "new-device", "signin", eve, org, "")
	for _, path := range []string{"/3/close", "/3/reopen"} {
		b.api(t, "POST", at+path, eve, "", 404)
		b.api(t, "POST", at+path, bob, "", 204)
	}
	b.api(t, "POST", at+"/1/close", bob, "", 403) // it is about himself
	b.api(t, "POST", at+"/2/close", bob, "", 404) // it is not theirs
	b.api(t, "POST", at+"/1/answer", eve, `{"answer":"undo-change"}`, 404)
	b.api(t, "POST", at+"/1/answer", bob, `{"answer":"lock"}`, 403)
	if got := b.api(t, "POST", at+"/1/answer", bob, `{"answer":"undo-change"}`, 200); got["done"] != 1.0 {
		t.Errorf("%v", got)
	}
	b.api(t, "GET", "/maps/"+in, bob, "", 200)
	b.api(t, "GET", "/maps/"+own, bob, "", 404) // none of the organisation's

	watch := "/orgs/" + o + "/watch"
	if got := b.api(t, "GET", watch, bob, "", 200); got["sensitivity"] != 1.0 || len(got["kinds"].([]any)) != 16 {
		t.Errorf("%v", got)
	}
	b.api(t, "GET", watch, eve, "", 404)
	b.api(t, "PUT", watch, eve, `{"sensitivity":2,"off":[]}`, 404)
	b.api(t, "PUT", watch, bob, `{"sensitivity":2,"off":["new-device"]}`, 204)
	b.api(t, "PUT", watch, bob, `{"sensitivity":2,"off":["nothing"]}`, 422)
	b.api(t, "PUT", watch, bob, `{"sensitivity":9,"off":[]}`, 422)
	b.api(t, "PUT", watch, bob, `{"sensitivity":1,"off":[],"automatic":["step-up"]}`, 422)
	if got := b.api(t, "GET", watch, bob, "", 200); got["sensitivity"] != 2.0 || got["off"].([]any)[0] != "new-device" {
		t.Errorf("%v", got)
	}
	if a := b.api(t, "GET", at, bob, "", 200)["alerts"].([]any); len(a) != 1 || a[0].(map[string]any)["kind"] != "mass-deletion" {
		t.Errorf("what is switched off is told, or something else is not: %v", a)
	}
	if a := b.api(t, "GET", "/site/alerts", op, "", 200)["alerts"].([]any); len(a) != 3 {
		t.Errorf("what an organisation does not want to hear of is kept from the operator: %v", a)
	}
	b.api(t, "PUT", "/site/watch", bob, `{"sensitivity":1,"off":[]}`, 403)
	b.api(t, "PUT", "/site/watch", op, `{"sensitivity":1,"off":[],"automatic":["lock"]}`, 422)
	b.api(t, "PUT", "/site/watch", op, `{"sensitivity":1,"off":[],"automatic":["slow-down"]}`, 204)
	if got := b.api(t, "GET", "/site/watch", op, "", 200); got["automatic"].([]any)[0] != "slow-down" {
		t.Errorf("%v", got)
	}
	b.api(t, "GET", "/site/deliveries", bob, "", 403)
	if got := b.api(t, "GET", "/site/deliveries", op, "", 200)["deliveries"].([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
