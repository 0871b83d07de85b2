package deliver

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

// required is what OCSF wants of each class beside what it wants of all: names joined by |
// are of which one must be there. From https://schema.ocsf.io/1.6.0/classes, whose source is
// github.com/ocsf/ocsf-schema, events/iam, events/application, events/network, events/findings.
// Privileges were wanted by versions before 1.9 alone.
var required = map[int][]string{
	baseEvent:        nil,
	detectionFinding: {"finding_info.uid", "finding_info.title"},
	accountChange:    {"user"},
	authentication:   {"user", "service.name|dst_endpoint"},
	entityManagement: {"entity.name|entity.uid"},
	userAccess:       {"user", "privileges"},
	groupManagement:  {"group.name|group.uid", "privileges|user"},
	httpActivity:     {"http_request|http_response", "src_endpoint|dst_endpoint"},
	webResources:     {"web_resources"},
	appLifecycle:     {"app.name|app.uid"},
	apiActivity:      {"actor.user|actor.session", "api.operation", "src_endpoint"},
}

// always is what it wants of every event, and of the objects in them: base_event, and
// objects/metadata, product, user, network_endpoint.
var always = []string{
	"activity_id", "category_uid", "class_uid", "time", "type_uid", "severity_id",
	"metadata.version", "metadata.product.name|metadata.product.uid", "metadata.product.vendor_name",
}

var wantedOf = map[string][]string{
	"user":         {"uid|name|account"},
	"actor.user":   {"uid|name|account"},
	"src_endpoint": {"ip|uid|name|hostname|svc_name"},
}

// at returns what an object has under a path.
func at(o map[string]any, path string) any {
	var v any = o
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func missingOf(o map[string]any, prefix string, wanted []string) (out []string) {
	for _, w := range wanted {
		if !slices.ContainsFunc(strings.Split(w, "|"), func(path string) bool { return at(o, prefix+path) != nil }) {
			out = append(out, prefix+w)
		}
	}
	return out
}

func lacks(t *testing.T, line []byte) []string {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(line, &o); err != nil {
		t.Fatal(err)
	}
	class := int(o["class_uid"].(float64))
	want, known := required[class]
	if !known {
		t.Fatalf("class %d is in no table", class)
	}
	out := append(missingOf(o, "", always), missingOf(o, "", want)...)
	for of, wanted := range wantedOf {
		if at(o, of) != nil {
			out = append(out, missingOf(o, of+".", wanted)...)
		}
	}
	if o["category_uid"] != float64(class/1000) || o["type_uid"] != float64(class)*100+o["activity_id"].(float64) {
		out = append(out, "numbers that fit")
	}
	return out
}

// TestRequiredAttributes: every act there is, of a record that has all and of one that has
// as good as nothing, has what OCSF wants of its class.
func TestRequiredAttributes(t *testing.T) {
	seen := map[int]bool{}
	for _, act := range append(audit.Acts(), "of.tomorrow") {
		class, activity := audit.Class(act)
		seen[class] = true
		for _, e := range []audit.Event{full(act), {Act: act}, {Act: act, By: audit.Who{Kind: audit.Server}, Result: audit.Failed}} {
			line := Encode(&e, origin)
			if lacking := lacks(t, line); lacking != nil {
				t.Errorf("%s (%d, %d) lacks %q:\n%s", act, class, activity, lacking, line)
			}
		}
	}
	for class := range required {
		e := full("some.act")
		if lacking := lacks(t, encodeAs(&e, origin, class, 1)); lacking != nil {
			t.Errorf("class %d lacks %q", class, lacking)
		}
		if !seen[class] && class != detectionFinding {
			t.Errorf("no act has class %d", class)
		}
	}
	if lacking := lacks(t, missing(1, 5, noon, origin).items[0].json); lacking != nil {
		t.Errorf("a gap lacks %q", lacking)
	}
}

// full is a record that has all that one can have.
func full(act audit.Act) audit.Event {
	e := audit.Event{
		Seq: 7, At: noon, Act: act, By: audit.Who{Kind: audit.Person, ID: id.Account{1}, Alias: "alias"}, On: audit.Of("map", id.Map{2}),
		Org: store.OrgID{3}, Result: audit.Refused, Code: "permission",
		From:    audit.From{Addr: netip.MustParseAddr("2001:db8::1"), Agent: "Mozilla/5.0 (X11)", Device: "0123456789abcdef"},
		Request: "r-1", Session: "fedcba9876543210",
	}
	e.Add("bytes", 12)
	e.Add("times", 3)
	e.Add("status", 403)
	return e
}

func TestEncode(t *testing.T) {
	account := full("map.rename")
	nobody := audit.Event{Seq: 1 << 60, Act: "signin", By: audit.Who{Kind: audit.Stranger, Alias: "s1"}, On: audit.Object{Sort: "email", ID: "hash"}, Result: audit.OK}
	server := audit.Event{Act: audit.ServerStart, By: audit.Who{Kind: audit.Server}, Result: audit.Failed}
	locked := audit.Event{Act: "people.lock", By: audit.Who{Kind: audit.Person, Alias: "gone"}, On: audit.Object{Sort: "account", ID: "acc"}, Result: audit.OK, From: audit.From{Agent: hostile}}
	for _, c := range []struct {
		name string
		e    audit.Event
		want string
	}{
		{"web resource", account, `{"activity_id":3,"actor":{"session":{"uid":"fedcba9876543210"},"user":{"org":{"uid":"0c000000000000000000000000"},"type":"account","type_id":1,"uid":"04000000000000000000000000","uid_alt":"alias"}},` +
			`"category_uid":6,"class_uid":6001,"count":3,"enrichments":[{"data":{"count":12},"name":"bytes","type":"count","value":"12"}],` +
			`"http_request":{"uid":"r-1","user_agent":"Mozilla/5.0 (X11)"},"http_response":{"code":403},` +
			`"metadata":{"event_code":"map.rename","log_name":"audit","product":{"name":"Plectica","vendor_name":"Plectica"},"sequence":7,"uid":"plectica.example.org/7","version":"1.6.0"},` +
			`"severity_id":2,"src_endpoint":{"ip":"2001:db8::1","uid":"0123456789abcdef"},"status_code":"permission","status_id":2,"time":1790000000000,"type_uid":600103,` +
			`"unmapped":{"operation":"map.rename"},"web_resources":[{"type":"map","uid":"08000000000000000000000000"}]}`},
		{"sign-in of nobody known", nobody, `{"activity_id":1,"actor":{"user":{"type":"stranger","type_id":0,"uid":"s1"}},"category_uid":3,"class_uid":3002,` +
			`"metadata":{"event_code":"signin","log_name":"audit","product":{"name":"Plectica","vendor_name":"Plectica"},"sequence":1152921504606846976,"uid":"plectica.example.org/1152921504606846976","version":"1.6.0"},` +
			`"service":{"name":"Plectica"},"severity_id":1,"src_endpoint":{"name":"unknown"},"status_id":1,"time":0,"type_uid":300201,"unmapped":{"operation":"signin"},"user":{"type":"email","type_id":0,"uid":"hash"}}`},
		{"the server", server, `{"activity_id":3,"actor":{"user":{"type":"server","type_id":3,"uid":"server"}},"app":{"name":"Plectica","vendor_name":"Plectica"},"category_uid":6,"class_uid":6002,` +
			`"metadata":{"event_code":"server.start","log_name":"audit","product":{"name":"Plectica","vendor_name":"Plectica"},"sequence":0,"uid":"plectica.example.org/0","version":"1.6.0"},` +
			`"severity_id":3,"src_endpoint":{"svc_name":"Plectica"},"status_id":2,"time":0,"type_uid":600203,"unmapped":{"operation":"server.start"}}`},
		{"an account, and a text that lies", locked, `{"activity_id":9,"actor":{"user":{"type":"account","type_id":1,"uid":"gone"}},"category_uid":3,"class_uid":3001,` +
			`"http_request":{"user_agent":"x\r\n\u003c13\u003e1 - - - - - - forged\u001b[31m \"]\\ \u202egnp.exe \u2066 \u0000 \u0085 \u2028 \ufffd 9 \u003c14\u003e1 \u00e9 \ud83d\ude00"},` +
			`"metadata":{"event_code":"people.lock","log_name":"audit","product":{"name":"Plectica","vendor_name":"Plectica"},"sequence":0,"uid":"plectica.example.org/0","version":"1.6.0"},` +
			`"severity_id":1,"src_endpoint":{"name":"unknown"},"status_id":1,"time":0,"type_uid":300109,"unmapped":{"operation":"people.lock"},"user":{"type":"account","type_id":1,"uid":"acc"}}`},
	} {
		if diff := cmp.Diff(c.want, string(Encode(&c.e, origin))); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestMessage(t *testing.T) {
	it := item{id: origin + "/1", act: "map.rename", by: `account:"a\b]c` + "\n\u202ex", result: audit.OK, at: noon, json: []byte(`{}`)}
	want := "<110>1 2026-09-21T14:13:20.000Z host plectica - map.rename " +
		`[plectica@32473 id="plectica.example.org/1" act="map.rename" by="account:\"a\\b\]c??x" result="ok"] ` + "\xef\xbb\xbf{}"
	if diff := cmp.Diff(want, string(appendMessage(nil, &it, "host"))); diff != "" {
		t.Error(diff)
	}
	if got, want := string(appendFrame(nil, &it, "host")), "164 "+want; got != want {
		t.Errorf("%q", got)
	}
	for result, want := range map[audit.Result]string{audit.OK: "<110>", audit.Refused: "<109>", audit.Failed: "<107>"} {
		if got := appendMessage(nil, &item{result: result}, ""); !bytes.HasPrefix(got, []byte(want+"1 1970-01-01T00:00:00.000Z - plectica - - [")) {
			t.Errorf("%s: %s", result, got)
		}
	}
	if got := appendMessage(nil, &missing(0, 1, noon, origin).items[0], ""); !bytes.HasPrefix(got, []byte("<107>")) {
		t.Errorf("a gap: %s", got)
	}
}

// maxMessage is what RFC 5425, section 4.3.1, wants receivers to take, in bytes.
const maxMessage = 8192

// TestLargestMessage: what is longest of all that the log takes is not too long.
func TestLargestMessage(t *testing.T) {
	e := full("site.recoverykey.saved")
	e.From.Agent = strings.Repeat("\U0001f600", 50) // as many bytes as the log keeps
	for _, n := range []string{"bytes", "maps", "people", "tokens", "waits", "pushes", "pings", "presence"} {
		e.Add(n, 1<<63)
	}
	it := itemOf(&e, strings.Repeat("o", 100))
	if got := len(appendMessage(nil, &it, strings.Repeat("h", 300))); got > maxMessage {
		t.Errorf("%d bytes", got)
	}
}

// FuzzSyslog: whatever a record's texts are, a strict reader finds exactly the messages that
// were sent, with exactly their values.
func FuzzSyslog(f *testing.F) {
	f.Add("host", "map.rename", "alias", "ok", hostile, int64(noon))
	f.Add("", "", "", "", "", int64(0))
	f.Add(`h"]\`, `a"]\`, `b"]\`, `r"]\`, `"]\`, int64(1))
	f.Add("1 <13>1 ", "] [x@1 y=\"", "a=\"b\" ", "\xef\xbb\xbf", "]\n12 <13>1 - - - - - -", int64(-1))
	f.Fuzz(func(t *testing.T, host, act, by, result, agent string, ms int64) {
		const year = 365 * 24 * 3600 * 1000
		e := audit.Event{
			Seq: 3, At: ms % (100 * year), Act: audit.Act(act), By: audit.Who{Kind: audit.Person, Alias: by}, Result: audit.Result(result),
			From: audit.From{Agent: agent}, Code: by, Request: agent, On: audit.Object{Sort: by, ID: agent},
		}
		it := itemOf(&e, origin)
		frames, err := parseFrames(appendFrame(appendFrame(nil, &it, host), &it, host))
		if err != nil || len(frames) != 2 || !bytes.Equal(frames[0], frames[1]) {
			t.Fatalf("%d frames, %v", len(frames), err)
		}
		m, err := parseMessage(frames[0])
		if err != nil {
			t.Fatalf("%v: %q", err, frames[0])
		}
		want := map[string]string{"id": origin + "/3", "act": seen(act), "by": seen("account:" + nameOf(e.By)), "result": seen(result)}
		if diff := cmp.Diff(want, m.params); diff != "" || m.sdName != "plectica@32473" || m.msg != string(it.json) || !m.at.Equal(time.UnixMilli(e.At)) {
			t.Fatalf("%s\n%+v", diff, m)
		}
		var back struct {
			Request struct {
				Agent string `json:"user_agent"`
			} `json:"http_request"`
		}
		if err := json.Unmarshal([]byte(m.msg), &back); err != nil || back.Request.Agent != strings.ToValidUTF8(agent, "") && !strings.Contains(back.Request.Agent, "\ufffd") {
			t.Fatalf("%v: %q", err, m.msg)
		}
	})
}

// seen is a text as the structured data has it.
func seen(s string) string {
	out := []rune(strings.ToValidUTF8(s, "?"))
	for i, r := range out {
		if !unicode.IsPrint(r) {
			out[i] = '?'
		}
	}
	return string(out[:min(len(out), maxParam)])
}

func BenchmarkEncode(b *testing.B) {
	e := full("map.rename")
	for b.Loop() {
		Encode(&e, origin)
	}
}
