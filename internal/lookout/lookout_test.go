package lookout

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/keyfile"
	"plectica/internal/ledger"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
	"plectica/internal/watch"
)

// bench is a log that is watched.
type bench struct {
	t      *testing.T
	st     *sqlstore.Store
	log    *audit.Log
	ledger *ledger.Ledger
	look   *Service
	now    time.Time
	told   []Alert
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{t: t, st: st, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	b.log = audit.New(audit.Config{Store: st, Now: clock, Append: func(ctx context.Context, v store.Batch) error {
		return errors.Join(st.Append(ctx, []store.Batch{v})...)
	}})
	b.ledger = ledger.New(ledger.Config{Store: st, Log: b.log, Keys: keyfile.New(1, map[int][]byte{1: make([]byte, keyfile.Bytes)}), Now: clock})
	b.restart()
	return b
}

// restart begins anew with what is on disk.
func (b *bench) restart() {
	b.t.Helper()
	b.look = New(Config{
		Log: b.ledger, Store: b.st, Now: func() time.Time { return b.now },
		Tell:    func(_ context.Context, a Alert) error { b.told = append(b.told, a); return nil },
		OnError: func(err error) { b.t.Error(err) },
	})
	b.must(b.look.begin(b.t.Context()))
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) write(e ...*audit.Event) {
	b.t.Helper()
	b.must(b.log.Write(b.t.Context(), e...))
}

// all looks at all there is.
func (b *bench) all() {
	b.t.Helper()
	for {
		n, err := b.look.Look(b.t.Context())
		b.must(err)
		if n == 0 {
			return
		}
	}
}

// stuff tries many accounts from one address.
func (b *bench) stuff(tries int) { b.stuffFrom("198.51.100.7", tries) }

func (b *bench) stuffFrom(addr string, tries int) {
	from := audit.From{Addr: netip.MustParseAddr(addr), Agent: "curl"}
	for i := range tries {
		b.now = b.now.Add(time.Second)
		b.write(&audit.Event{Act: "signin", On: audit.OfEmail(fmt.Sprintf("p%d@example.org", i)), From: from, Result: audit.Refused, Code: "auth"})
	}
}

func (b *bench) kinds() (out []watch.Kind) {
	b.t.Helper()
	list, err := b.look.Alerts(b.t.Context(), store.AlertQuery{Limit: 100})
	b.must(err)
	for _, a := range list {
		out = append(out, a.Kind)
	}
	return out
}

// TestNoticed: AU-9. What is noticed is kept with why, and told once.
func TestNoticed(t *testing.T) {
	b := newBench(t)
	b.stuff(200)
	b.all()
	list, err := b.look.Alerts(t.Context(), store.AlertQuery{Limit: 9})
	b.must(err)
	if len(list) != 1 || list[0].Kind != watch.Stuffing || len(list[0].Figures) == 0 || len(list[0].Evidence) == 0 || len(list[0].Answers) == 0 || list[0].Score < 1 {
		t.Fatalf("%+v", list)
	}
	if len(b.told) == 0 || b.told[0].ID != list[0].ID {
		t.Errorf("told: %+v", b.told)
	}
	a := id.Account{9}
	b.must(b.look.Close(t.Context(), list[0].ID, a))
	if got, err := b.look.Alert(t.Context(), list[0].ID); err != nil || got.Closed == 0 || got.ClosedBy != a {
		t.Errorf("%+v, %v", got, err)
	}
	if open, err := b.look.Alerts(t.Context(), store.AlertQuery{Open: true, Limit: 9}); err != nil || len(open) != 0 {
		t.Errorf("%v, %v", open, err)
	}
	b.must(b.look.Reopen(t.Context(), list[0].ID))
}

// TestRestarts: AU-9. Killed after any record, it notices what it would have noticed, and
// tells nothing twice.
func TestRestarts(t *testing.T) {
	calm := newBench(t)
	calm.stuff(120)
	calm.all()
	want := len(calm.told)
	if want == 0 {
		t.Fatal("nothing was noticed")
	}
	for kill := 1; kill < 120; kill += 17 {
		b := newBench(t)
		b.stuff(kill)
		b.all()
		if kill%2 == 0 {
			b.must(b.look.keep(t.Context()))
		}
		b.restart()
		for i := kill; i < 120; i++ {
			b.now = b.now.Add(time.Second)
			b.write(&audit.Event{
				Act: "signin", On: audit.OfEmail(fmt.Sprintf("p%d@example.org", i)), Result: audit.Refused, Code: "auth",
				From: audit.From{Addr: netip.MustParseAddr("198.51.100.7"), Agent: "curl"},
			})
		}
		b.all()
		b.restart()
		b.all()
		if len(b.told) != want || !slices.Equal(b.kinds(), calm.kinds()) {
			t.Errorf("killed after %d: %d told, want %d; %v", kill, len(b.told), want, b.kinds())
		}
	}
}

// TestMuted: AU-9. What is muted is kept and not told, for as long as it was said.
func TestMuted(t *testing.T) {
	b := newBench(t)
	mute := store.Mute{Kind: string(watch.Stuffing), Until: b.now.Add(time.Hour).UnixMilli()}
	for _, bad := range []store.Mute{{Kind: "stuffing"}, {Kind: "stuffing", Until: b.now.Add(1000 * time.Hour * 24).UnixMilli()}, {Kind: "no such", Until: mute.Until}} {
		if err := b.look.Mute(t.Context(), bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	b.must(b.look.Mute(t.Context(), mute))
	b.stuff(200)
	b.all()
	if len(b.told) != 0 || len(b.kinds()) != 1 {
		t.Errorf("%v, %v", b.told, b.kinds())
	}
	b.now = b.now.Add(2 * time.Hour)
	b.stuffFrom("203.0.113.9", 200)
	b.all()
	if len(b.told) == 0 {
		t.Error("it is muted for ever")
	}
}

// TestNamesNobody: AU-8. An alert has whom it is about by their alias alone.
func TestNamesNobody(t *testing.T) {
	b := newBench(t)
	ann := id.Account{1, 2, 3}
	storetest.Somebody(t, b.st, id.Account{9}, ann)
	from := audit.From{Addr: netip.MustParseAddr("192.0.2.1"), Agent: "Firefox"}
	for day := range 20 {
		for range 20 {
			b.now = b.now.Add(time.Minute)
			b.write(&audit.Event{Act: "map.open", By: audit.Who{Kind: audit.Person, ID: ann}, On: audit.Of("map", id.Map{1}), From: from})
		}
		b.now = b.now.Add(24*time.Hour - 20*time.Minute)
		_ = day
	}
	for i := range 120 {
		b.now = b.now.Add(time.Second)
		b.write(&audit.Event{Act: "map.export", By: audit.Who{Kind: audit.Person, ID: ann}, On: audit.Of("map", id.Map{byte(i), 1}), From: from})
	}
	b.all()
	list, err := b.st.Alerts(t.Context(), store.AlertQuery{Limit: 9})
	b.must(err)
	if len(list) == 0 {
		t.Fatal("nothing was noticed")
	}
	for _, a := range list {
		if got, err := read(a); err != nil || got.By == "" {
			t.Errorf("%+v, %v", got, err)
		}
		for _, secret := range []string{ann.String(), "192.0.2.1", "Firefox"} {
			if strings.Contains(string(a.Data), secret) {
				t.Errorf("%q is in %s", secret, a.Data)
			}
		}
	}
}

// TestEarlierLog: AU-9. A log that was brought back to an earlier state is gone through from
// its beginning, and what is gone is passed over.
func TestEarlierLog(t *testing.T) {
	b := newBench(t)
	b.stuff(200)
	b.all()
	b.must(b.look.keep(t.Context()))
	other := newBench(t)
	other.stuff(5)
	state, err := b.st.Memory(t.Context(), memory)
	b.must(err)
	other.must(other.st.Remember(t.Context(), memory, state))
	other.restart()
	other.all()
	if got := other.look.watch.Next(); got != 5 {
		t.Errorf("at record %d", got)
	}
}

// failing is a store that cannot keep alerts for a while.
type failing struct {
	Store
	fails bool
}

// RaiseAlert implements store.Alerts.
func (f *failing) RaiseAlert(ctx context.Context, a store.Alert) (bool, error) {
	if f.fails {
		return false, errors.New("the disk is full")
	}
	return f.Store.RaiseAlert(ctx, a)
}

// TestNothingIsLost: AU-9. What cannot be kept at once is kept later.
func TestNothingIsLost(t *testing.T) {
	b := newBench(t)
	f := &failing{b.st, true}
	b.look.c.Store = f
	b.stuff(200)
	for range 10 {
		if n, err := b.look.Look(t.Context()); err == nil {
			t.Fatalf("%d records were looked at", n)
		}
	}
	f.fails = false
	b.all()
	if len(b.kinds()) != 1 || len(b.told) == 0 {
		t.Errorf("%v, %d told", b.kinds(), len(b.told))
	}
}

// TestNothingTwice: AU-9. What was told before a kill is not told again after it, though the
// watch noticed a silence in between that nobody hears again.
func TestNothingTwice(t *testing.T) {
	b := newBench(t)
	b.write(&audit.Event{Act: "map.read"})
	b.must(b.ledger.Tend(t.Context()))
	b.now = b.now.Add(59 * time.Minute)
	b.write(&audit.Event{Act: "map.read"})
	b.all()
	b.must(b.look.keep(t.Context()))
	b.now = b.now.Add(2 * time.Minute)
	b.all()
	b.stuff(120)
	b.all()
	told, kinds := len(b.told), b.kinds()
	b.restart()
	b.all()
	if len(b.told) != told || !slices.Equal(b.kinds(), kinds) {
		t.Errorf("%d told, then %d; %v, then %v", told, len(b.told), kinds, b.kinds())
	}
}
