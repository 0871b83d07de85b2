package remedy

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"plectica/internal/account"
	"plectica/internal/account/accounttest"
	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/keyfile"
	"plectica/internal/ledger"
	"plectica/internal/lookout"
	"plectica/internal/share"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
	"plectica/internal/throttle"
	"plectica/internal/watch"
)

var (
	op  = id.Account{1}
	ann = id.Account{2}
)

type bench struct {
	*Service
	st     *sqlstore.Store
	now    time.Time
	ledger *ledger.Ledger
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "db"))
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	b := &bench{st: st, now: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	log := audit.New(audit.Config{Store: st, Now: clock, Append: func(ctx context.Context, v store.Batch) error {
		return errors.Join(st.Append(ctx, []store.Batch{v})...)
	}})
	b.ledger = ledger.New(ledger.Config{Store: st, Log: log, Keys: keyfile.New(1, map[int][]byte{1: make([]byte, keyfile.Bytes)}), Now: clock})
	accounts, err := account.New(t.Context(), account.Config{Store: st, PepperFile: filepath.Join(dir, "pepper"), Now: clock, Bcrypt: account.Bcrypt(accounttest.Bcrypt())})
	must(t, err)
	storetest.Somebody(t, st, op, ann)
	b.Service = New(Config{
		Log: b.ledger, Alerts: lookout.New(lookout.Config{Log: b.ledger, Store: st, Now: clock}), Accounts: accounts,
		Share: share.New(share.Config{Store: st, Passwords: accounts, Now: clock}), Brake: throttle.NewBrake(), Audit: log, Now: clock,
	})
	return b
}

// alert is an alert about what somebody did last, who may be nobody in particular.
func (b *bench) alert(t *testing.T, v uint64, about audit.Who) *lookout.Alert {
	t.Helper()
	n, err := b.ledger.Head(t.Context())
	must(t, err)
	list, err := b.ledger.Read(t.Context(), n-1, 1)
	must(t, err)
	a := &lookout.Alert{ID: v, Kind: watch.NewPlace, Severity: watch.Warning, Evidence: []uint64{n - 1}, Answers: []watch.Answer{watch.SlowDown, watch.StepUp}}
	if about.Kind != audit.Stranger {
		a.By = string(list[0].By.Kind) + ":" + list[0].By.Alias
	}
	_, err = b.st.RaiseAlert(t.Context(), store.Alert{ID: v, At: 1, Kind: string(a.Kind), Data: []byte(`{}`)})
	must(t, err)
	return a
}

func (b *bench) did(t *testing.T, who audit.Who, addr string) {
	t.Helper()
	must(t, b.c.Audit.Write(t.Context(), &audit.Event{Act: "map.open", By: who, From: audit.From{Addr: netip.MustParseAddr(addr)}}))
}

func (b *bench) session(t *testing.T, a id.Account) func() bool {
	t.Helper()
	v := store.Session{Hash: store.Hash{a[0], 7}, ID: store.SessionID{a[0], 7}, Account: a, Created: 1, Seen: b.now.UnixMilli(), Proved: 1}
	must(t, b.st.CreateSession(t.Context(), v))
	return func() bool {
		_, _, err := b.st.SessionByID(t.Context(), v.ID)
		return err == nil
	}
}

// TestByItself: AU-10. The server asks an account for more, and slows it or a network down, and
// says that it did.
func TestByItself(t *testing.T) {
	b := newBench(t)
	person, stranger := audit.Who{Kind: audit.Person, ID: ann}, audit.Who{Kind: audit.Stranger}
	in, other := b.session(t, ann), b.session(t, op)
	b.did(t, person, "192.0.2.1")
	must(t, b.ByItself(t.Context(), *b.alert(t, 1, person), []watch.Answer{watch.StepUp, watch.SlowDown}))
	if in() || !other() {
		t.Error("the account is signed in still, or another is not any more")
	}
	if !b.c.Brake.Slowed(b.now, throttle.OfAccount(ann)) || b.c.Brake.Slowed(b.now, throttle.OfNetwork(netip.MustParseAddr("192.0.2.1"))) {
		t.Error("the account is not slowed down, or all of its network is")
	}
	b.did(t, stranger, "198.51.100.7")
	must(t, b.ByItself(t.Context(), *b.alert(t, 2, stranger), []watch.Answer{watch.SlowDown}))
	if !b.c.Brake.Slowed(b.now, throttle.OfNetwork(netip.MustParseAddr("198.51.100.99"))) {
		t.Error("the network is not slowed down")
	}
	deeds, err := b.st.Deeds(t.Context(), []uint64{1, 2})
	must(t, err)
	if len(deeds) != 3 || !deeds[0].Automatic || !id.IsZero(deeds[0].By) {
		t.Errorf("%+v", deeds)
	}
	n, err := b.ledger.Head(t.Context())
	must(t, err)
	list, err := b.ledger.Read(t.Context(), 0, int(n))
	must(t, err)
	recorded := 0
	for _, e := range list {
		if e.Act == audit.AlertAnswer && e.By.Kind == audit.Server && e.On.Sort == "alert" {
			recorded++
		}
	}
	if recorded != 3 {
		t.Errorf("%d answers are recorded", recorded)
	}
}

// TestNobodyToAnswer: of an account that is gone, or where there is none, an answer says so and
// does nothing.
func TestNobodyToAnswer(t *testing.T) {
	b := newBench(t)
	person := audit.Who{Kind: audit.Person, ID: ann}
	b.did(t, person, "192.0.2.1")
	a := b.alert(t, 1, person)
	must(t, b.st.DeleteAccount(t.Context(), ann, 5))
	must(t, b.c.Audit.Forget(t.Context(), ann))
	if err := b.ByItself(t.Context(), *a, []watch.Answer{watch.StepUp}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	b.did(t, audit.Who{Kind: audit.Stranger}, "198.51.100.7")
	if err := b.ByItself(t.Context(), *b.alert(t, 2, audit.Who{Kind: audit.Stranger}), []watch.Answer{watch.StepUp}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if deeds, err := b.st.Deeds(t.Context(), []uint64{1, 2}); err != nil || len(deeds) != 0 {
		t.Errorf("%v, %v", deeds, err)
	}
}
