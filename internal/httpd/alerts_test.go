package httpd

import (
	"testing"

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
		{ID: 7, At: 10, Kind: "mass-export", Data: []byte(`{"kind":"mass-export","at":10,"by":"` + alias + `","figures":[{"name":"maps","value":90,"usual":3}],"evidence":[4],"answers":["lock"],"severity":"critical"}`)},
		{ID: 1<<63 + 1, At: 20, Kind: "mass-sharing", Org: org, Data: []byte(`{"kind":"mass-sharing","at":20,"figures":[],"evidence":[],"answers":[]}`)},
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
	b.api(t, "POST", "/site/alerts/"+export["id"].(string)+"/answer", op, `{"answer":"end-sessions"}`, 204)
	b.api(t, "GET", "/me", ada, "", 401)
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
