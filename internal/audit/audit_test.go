package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
)

// bench is a log on a real store.
type bench struct {
	*Log
	st  *sqlstore.Store
	now time.Time
	err error // of what is appended from now on
}

// seeded gives the same bytes each time.
type seeded struct{ *rand.PCG }

// Read implements io.Reader.
func (r seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.Uint64())
	}
	return len(p), nil
}

func newBench(t testing.TB) *bench {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	storetest.Somebody(t, st, bob, ann, id.Account{8})
	b := &bench{st: st, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	b.Log = New(Config{
		Store: st, Now: func() time.Time { return b.now }, Random: seeded{rand.NewPCG(1, 2)},
		Append: func(ctx context.Context, v store.Batch) error {
			if b.err != nil {
				return b.err
			}
			return errors.Join(st.Append(ctx, []store.Batch{v})...)
		},
	})
	return b
}

// events are all records there are, opened.
func (b *bench) events(t testing.TB) (out []Event) {
	t.Helper()
	got, err := b.st.AuditLines(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range got.Lines {
		e, err := b.Open(t.Context(), uint64(i), line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, e)
	}
	return out
}

var (
	ann  = id.Account{1, 2, 3}
	bob  = id.Account{4} // runs the site
	home = From{netip.MustParseAddr("192.0.2.7"), "Firefox", "abc"}
)

// full is an event that has everything.
func full() *Event {
	return &Event{
		At: 1763900000000, Act: "map.delete", By: Who{Kind: Person, ID: ann}, On: Of("map", id.Map{9}), To: OfAccount(id.Account{8}), Org: store.OrgID{7},
		Result: Refused, Code: "permission", From: home, Request: "00ff", Session: "aabb", Counts: []Count{{"status", 403}},
	}
}

// TestRoundTrip: what is written is what is read by whoever holds the keys, and nobody else
// finds anybody in it.
func TestRoundTrip(t *testing.T) {
	b := newBench(t)
	e := full()
	must(t, b.Write(t.Context(), e))
	want := *e
	got := b.events(t)
	want.By.Alias, want.To.Alias = got[0].By.Alias, got[0].To.Alias
	if diff := cmp.Diff([]Event{want}, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	lines, err := b.st.AuditLines(t.Context(), 0, 1)
	must(t, err)
	for _, secret := range []string{ann.String(), "192.0.2.7", "Firefox", "abc"} {
		if bytes.Contains(lines.Lines[0], []byte(secret)) {
			t.Errorf("%q is in %s", secret, lines.Lines[0])
		}
	}
}

// TestCanonical: a record is the one text that its values have: keys in order, no spaces.
func TestCanonical(t *testing.T) {
	b := newBench(t)
	for _, e := range []*Event{full(), {Act: ServerStart, By: Who{Kind: Server}}, {Act: MapClose, By: Who{Kind: Visitor, ID: ann}, Counts: []Count{{"a", 1}, {"b", 1<<64 - 1}}}} {
		n, err := b.Note(t.Context(), e)
		must(t, err)
		var v any
		d := json.NewDecoder(bytes.NewReader(n.Lines[0]))
		d.UseNumber()
		must(t, d.Decode(&v))
		want, err := json.Marshal(v)
		must(t, err)
		if diff := cmp.Diff(string(want), string(n.Lines[0])); diff != "" {
			t.Error(diff)
		}
	}
}

// FuzzNothingIsInjected: whatever somebody sends, a record is one line of plain characters,
// and says what it would have said.
func FuzzNothingIsInjected(f *testing.F) {
	f.Add("Mozilla\r\n{\"act\":\"signin\"}", "a@b\x1b[2J", "map.read", "permission")
	f.Add(strings.Repeat("A", 1<<20), "\u202eevil@\u2066example.org", "\"},{", "\x00")
	b := newBench(f)
	f.Fuzz(func(t *testing.T, agent, email, session, code string) {
		e := &Event{Act: "signin", By: Who{Kind: Stranger}, On: OfEmail(email), From: From{Agent: agent, Addr: home.Addr}, Session: session, Code: code, Request: email}
		n, err := b.Note(context.Background(), e)
		must(t, err)
		if bad := store.CheckNote(n); bad != nil && len(session)+len(code)+len(email) < 2000 {
			t.Fatal(bad)
		}
		w, err := parseLine(n.Lines[0])
		must(t, err)
		if s, err := Skim(n.Lines[0]); err != nil || s != (Skimmed{w.At, w.Act, w.By, w.On, w.To, w.Org, w.Session, w.Result}) {
			t.Errorf("%+v, %v: %s", s, err, n.Lines[0])
		}
		if w.Act != "signin" || w.Result != OK || !strings.HasPrefix(w.By, "stranger:") || !strings.HasPrefix(w.On, "email:") {
			t.Errorf("%s", n.Lines[0])
		}
		got, err := b.Open(context.Background(), 0, n.Lines[0])
		must(t, err)
		for _, r := range got.From.Agent {
			if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("the agent has %U", r)
			}
		}
	})
}

// TestForgotten: AU-8. Once a key is destroyed nothing tells whom a record was about, and the
// records are what they were.
func TestForgotten(t *testing.T) {
	b := newBench(t)
	must(t, b.Write(t.Context(), full(), &Event{Act: "people.lock", By: Who{Kind: Person, ID: bob}, On: OfAccount(ann), From: home}))
	before, err := b.st.AuditLines(t.Context(), 0, 9)
	must(t, err)
	must(t, b.st.DeleteAccount(t.Context(), ann, 7))
	must(t, b.Forget(t.Context(), ann))
	after, err := b.st.AuditLines(t.Context(), 0, 9)
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	got := b.events(t)
	if got[0].By.ID != (id.Account{}) || got[0].From != (From{}) || got[1].On.ID == ann.String() {
		t.Errorf("%+v", got)
	}
	if got[1].By.ID != bob || got[1].From != home {
		t.Errorf("another one is forgotten too: %+v", got[1])
	}
	// What is told of them afterwards is about nobody, each time another.
	must(t, b.Write(t.Context(), full()))
	must(t, b.Write(t.Context(), full()))
	got = b.events(t)
	if again := got[2]; !id.IsZero(again.By.ID) || again.From != (From{}) || again.By.Alias == got[0].By.Alias || again.By.Alias == got[3].By.Alias {
		t.Errorf("%+v", again)
	}
	if _, err := b.st.SubjectKey(t.Context(), store.SubjectOf(ann)); !fault.Is(err, fault.NotFound) {
		t.Errorf("there is a key again: %v", err)
	}
}

// TestFasterElsewhere: what would be sealed with another key than the one that is kept is not
// written; the next is sealed with that one.
func TestFasterElsewhere(t *testing.T) {
	b := newBench(t)
	n, err := b.Note(t.Context(), full())
	must(t, err)
	other := New(b.c)
	must(t, other.Write(t.Context(), full()))
	if err := b.Append(t.Context(), store.Batch{Note: n}); err == nil {
		t.Error("a record was written that nobody can read")
	}
	must(t, b.Write(t.Context(), full()))
	got := b.events(t)
	if len(got) != 2 || got[0].By != got[1].By || got[1].By.ID != ann {
		t.Errorf("%+v", got)
	}
}

// TestStrangers: a stranger is the same one all day and another one the next, and after a
// month nobody knows from where they came.
func TestStrangers(t *testing.T) {
	b := newBench(t)
	one := func() {
		must(t, b.Write(t.Context(), &Event{Act: "signin", By: Who{Kind: Stranger}, On: OfEmail("Ann@example.org"), From: home}))
	}
	one()
	b.now = b.now.Add(time.Hour)
	must(t, b.Write(t.Context(), &Event{Act: "signin", By: Who{Kind: Stranger}, On: OfEmail("ann@example.org"), From: home}))
	b.now = b.now.Add(24 * time.Hour)
	one()
	got := b.events(t)
	if got[0].By != got[1].By || got[0].On != got[1].On || got[1].By == got[2].By || got[1].On == got[2].On {
		t.Errorf("%+v", got)
	}
	b.now = b.now.Add(keptDays - time.Hour)
	must(t, b.ForgetStrangers(t.Context(), b.now))
	b.Log = New(b.Log.c)
	got = b.events(t)
	if got[0].From != (From{}) || got[2].From != home {
		t.Errorf("%+v", got)
	}
}

// TestVisitors: AU-8. After a month nobody knows from where a visitor came; one who comes again
// is called something else.
func TestVisitors(t *testing.T) {
	b := newBench(t)
	visit := &Event{Act: "map.open", By: Who{Kind: Visitor, ID: [16]byte{9}}, From: home}
	must(t, b.Write(t.Context(), visit))
	b.now = b.now.Add(keptDays + time.Hour)
	must(t, b.ForgetStrangers(t.Context(), b.now))
	visit.At = 0
	must(t, b.Write(t.Context(), visit))
	got := b.events(t)
	if got[0].From != (From{}) || !id.IsZero(got[0].By.ID) || got[1].From != home || got[0].By.Alias == got[1].By.Alias {
		t.Errorf("%+v", got)
	}
}

// TestEntry: a request is recorded once, with what it changes or before it is answered, and
// again if it ends otherwise.
func TestEntry(t *testing.T) {
	who := func(context.Context) (Who, string) { return Who{Kind: Person, ID: ann}, "s1" }
	type step func(t *testing.T, b *bench, ctx context.Context, en *Entry)
	change := func(t *testing.T, b *bench, ctx context.Context, _ *Entry) { must(t, b.st.SetSetting(ctx, "a", "b")) }
	answer := func(status int) step {
		return func(t *testing.T, _ *bench, ctx context.Context, en *Entry) { must(t, en.Finish(ctx, status)) }
	}
	for name, c := range map[string]struct {
		steps []step
		want  []Result
	}{
		"only read":             {[]step{answer(200)}, []Result{OK}},
		"refused":               {[]step{answer(403)}, []Result{Refused}},
		"changed":               {[]step{change, change, answer(200)}, []Result{OK}},
		"changed, then refused": {[]step{change, answer(409)}, []Result{OK, Refused}},
		"changed, then failed":  {[]step{change, answer(500)}, []Result{OK, Failed}},
		"changed after it":      {[]step{answer(200), change}, []Result{OK}},
		"only apart": {[]step{func(t *testing.T, b *bench, ctx context.Context, _ *Entry) {
			must(t, b.st.SetSetting(Apart(ctx), "a", "b"))
			if got := b.events(t); len(got) != 0 {
				t.Errorf("%+v", got)
			}
		}, answer(200)}, []Result{OK}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ctx, en := b.Begin(t.Context(), Event{Act: "map.rename", From: home, Request: "r"}, who)
			In(ctx).On(Of("map", id.Map{5}))
			In(ctx).Count("things", 2)
			for _, s := range c.steps {
				s(t, b, ctx, en)
			}
			var got []Result
			for _, e := range b.events(t) {
				got = append(got, e.Result)
				if e.By.ID != ann || e.Session != "s1" || e.Request != "r" || e.N("things") != 2 || e.On.Sort != "map" {
					t.Errorf("%+v", e)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFailClosed: what cannot be recorded is neither changed nor answered.
func TestFailClosed(t *testing.T) {
	b := newBench(t)
	b.err = fault.New(fault.Lost, "the disk is full")
	ctx, en := b.Begin(t.Context(), Event{Act: "map.read", From: home}, nil)
	if err := en.Finish(ctx, 200); !fault.Is(err, fault.Busy) {
		t.Errorf("answered: %v", err)
	}
	b.err = nil
	must(t, en.Finish(ctx, 200))
	if got := b.events(t); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	ctx, _ = b.Begin(t.Context(), Event{Act: "no such act"}, nil)
	if err := b.st.SetSetting(ctx, "a", "b"); err == nil {
		t.Error("changed, and not recorded")
	}
	if v, err := b.st.Setting(t.Context(), "a"); err != nil || v != "" {
		t.Errorf("%q, %v", v, err)
	}
}

// TestFlood: of a flood of refusals each is in the log, but not each by itself.
func TestFlood(t *testing.T) {
	b := newBench(t)
	for i := range 1000 {
		from := home
		from.Agent = strings.Repeat("x", i%7)
		ctx, en := b.Begin(t.Context(), Event{Act: "signin", From: from}, func(context.Context) (Who, string) { return Who{Kind: Stranger}, "" })
		must(t, en.Finish(ctx, 401))
	}
	if got := len(b.events(t)); got != floodBurst {
		t.Errorf("%d records before", got)
	}
	must(t, b.Flush(t.Context()))
	got := b.events(t)
	if len(got) != floodBurst+1 || got[floodBurst].N("times") != 1000-floodBurst || got[floodBurst].From.Addr != home.Addr {
		t.Errorf("%d records, the last %+v", len(got), got[len(got)-1])
	}
}

// TestTallyIsBounded: whatever is counted, nothing of it is lost, also while nothing can be
// written.
func TestTallyIsBounded(t *testing.T) {
	b := newBench(t)
	const n = 3 * mostTallied
	for i := range n {
		b.Tally(&Event{Act: "asset.read", By: Who{Kind: Stranger}, From: From{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})}})
	}
	if len(b.tallied) > mostTallied+1 {
		t.Errorf("%d are counted at once", len(b.tallied))
	}
	b.err = fault.New(fault.Lost, "full")
	if b.Flush(t.Context()) == nil {
		t.Error("flushed")
	}
	b.err = nil
	b.Tally(&Event{Act: "asset.read", By: Who{Kind: Stranger}, From: From{Addr: netip.AddrFrom4([4]byte{10, 0, 0, 0})}})
	must(t, b.Flush(t.Context()))
	sum := uint64(0)
	for _, e := range b.events(t) {
		sum += e.N("times")
	}
	if sum != n+1 {
		t.Errorf("%d of %d", sum, n+1)
	}
}

// TestActsAreOneTable: an act means the same wherever it is in the tables, and every one has
// a meaning elsewhere.
func TestActsAreOneTable(t *testing.T) {
	seen := map[Act]meaning{}
	patterns := map[string]bool{}
	for _, r := range routes {
		if was, ok := seen[r.act]; ok && was != r.meaning {
			t.Errorf("%s means two things", r.act)
		}
		seen[r.act] = r.meaning
		if patterns[r.pattern] {
			t.Errorf("%s is there twice", r.pattern)
		}
		patterns[r.pattern] = true
	}
	for _, m := range others() {
		if _, ok := seen[m.act]; ok {
			t.Errorf("%s is an address too", m.act)
		}
	}
	for _, act := range Acts() {
		if class, do := Class(act); class == 0 || do == 0 || strings.Trim(string(act), "abcdefghijklmnopqrstuvwxyz.") != "" {
			t.Errorf("%q: %d, %d", act, class, do)
		}
	}
	for _, act := range SocketOps() {
		if !slices.Contains(Acts(), act) {
			t.Errorf("no act %s", act)
		}
	}
	if len(Unaudited()) != 0 {
		t.Error("something is not recorded")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkNote(b *testing.B) {
	l := newBench(b)
	e := full()
	for b.Loop() {
		if _, err := l.Note(context.Background(), e); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzSkim: what is no record is not read as one, and nothing makes it panic.
func FuzzSkim(f *testing.F) {
	b := newBench(f)
	n, err := b.Note(context.Background(), full())
	must(f, err)
	f.Add(n.Lines[0])
	f.Add([]byte(`{"act":"a","res":"ok"}`))
	f.Add([]byte(`{"act":{}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := Skim(line)
		if err == nil && (s.Act == "" || s.Result == "") {
			t.Errorf("%q is a record", line)
		}
	})
}
