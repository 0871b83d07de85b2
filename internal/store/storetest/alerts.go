package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Alerts checks what is kept of what was noticed. open returns an empty store.
func Alerts(t *testing.T, open func(t *testing.T) store.Alerts) {
	t.Run("alerts", func(t *testing.T) { alerts(t, open(t)) })
	t.Run("mutes", func(t *testing.T) { mutes(t, open(t)) })
	t.Run("deeds", func(t *testing.T) { deeds(t, open(t)) })
	t.Run("tellings", func(t *testing.T) { tellings(t, open(t)) })
}

func alerts(t *testing.T, s store.Alerts) {
	raise := func(a store.Alert, want bool) {
		t.Helper()
		if news, err := s.RaiseAlert(t.Context(), a); err != nil || news != want {
			t.Errorf("%d: %v, %v", a.ID, news, err)
		}
	}
	big := uint64(1<<63 + 7)
	one := store.Alert{ID: 1, At: 10, Kind: "stuffing", Data: []byte(`{"a":1}`)}
	two := store.Alert{ID: big, At: 20, Kind: "mass-export", Org: store.OrgID{3}, Data: []byte(`{}`)}
	raise(one, true)
	raise(two, true)
	raise(one, false) // as after a restart
	must(t, s.CloseAlert(t.Context(), big, id.Account{5}, 99))
	raise(two, false)
	if got, err := s.Alert(t.Context(), big); err != nil || got.Closed != 99 || got.By != (id.Account{5}) || got.Org != two.Org {
		t.Errorf("%+v, %v", got, err)
	}
	list := func(q store.AlertQuery) (out []uint64) {
		t.Helper()
		q.Limit = 9
		got, err := s.Alerts(t.Context(), q)
		must(t, err)
		for _, a := range got {
			out = append(out, a.ID)
		}
		return out
	}
	for name, c := range map[string]struct {
		q    store.AlertQuery
		want []uint64
	}{
		"all":    {store.AlertQuery{}, []uint64{big, 1}},
		"open":   {store.AlertQuery{Open: true}, []uint64{1}},
		"org":    {store.AlertQuery{Org: store.OrgID{3}}, []uint64{big}},
		"before": {store.AlertQuery{Before: 20}, []uint64{1}},
	} {
		if diff := cmp.Diff(c.want, list(c.q)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	worse := two
	worse.At, worse.Data = 30, []byte(`{"worse":1}`)
	raise(worse, true)
	if got, err := s.Alert(t.Context(), big); err != nil || got.Closed != 0 || string(got.Data) != `{"worse":1}` {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.CloseAlert(t.Context(), 77, id.Account{}, 1); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := s.Alert(t.Context(), 77); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := s.RaiseAlert(t.Context(), store.Alert{ID: 9, Data: make([]byte, store.MaxAlertBytes+1)}); !fault.Is(err, fault.Limit) {
		t.Error(err)
	}
	must(t, s.DropAlerts(t.Context(), 25, 9))
	if diff := cmp.Diff([]uint64{big}, list(store.AlertQuery{})); diff != "" {
		t.Error(diff)
	}
}

func mutes(t *testing.T, s store.Alerts) {
	a := store.Mute{Kind: "new-place", Until: 100, By: id.Account{1}}
	b := store.Mute{Kind: "new-place", Subject: "x1", Org: store.OrgID{2}, Until: 50}
	must(t, s.SetMute(t.Context(), a, 1))
	must(t, s.SetMute(t.Context(), b, 1))
	got, err := s.Mutes(t.Context(), 10)
	if diff := cmp.Diff([]store.Mute{a, b}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := s.Mutes(t.Context(), 50); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	b.Until = 200
	must(t, s.SetMute(t.Context(), b, 1))
	must(t, s.DropMute(t.Context(), a))
	must(t, s.DropMute(t.Context(), a))
	if got, err := s.Mutes(t.Context(), 150); err != nil || len(got) != 1 || got[0] != b {
		t.Errorf("%v, %v", got, err)
	}
	for i := range store.MaxMutes - 1 {
		must(t, s.SetMute(t.Context(), store.Mute{Kind: fmt.Sprint(i), Until: 300}, 1))
	}
	must(t, s.SetMute(t.Context(), store.Mute{Kind: "7", Until: 300, By: id.Account{4}}, 1)) // no more than before
	if err := s.SetMute(t.Context(), store.Mute{Kind: "more", Until: 300}, 1); !fault.Is(err, fault.Limit) {
		t.Error(err)
	}
	must(t, s.SetMute(t.Context(), store.Mute{Kind: "more", Until: 500}, 400)) // the others are over
}

func deeds(t *testing.T, s store.Alerts) {
	for v := range 3 {
		_, err := s.RaiseAlert(t.Context(), store.Alert{ID: uint64(v), At: int64(10 * v), Kind: "stuffing", Data: []byte(`{}`)})
		must(t, err)
	}
	a := store.Deed{Alert: 1, At: 11, Answer: "lock", By: id.Account{7}}
	b := store.Deed{Alert: 2, At: 5, Answer: "step-up", Automatic: true}
	must(t, s.AddDeed(t.Context(), b))
	must(t, s.AddDeed(t.Context(), a))
	must(t, s.AddDeed(t.Context(), a)) // the same
	want := func(alerts []uint64, want ...store.Deed) {
		t.Helper()
		got, err := s.Deeds(t.Context(), alerts)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	want([]uint64{0, 1, 2, 9}, a, b)
	want([]uint64{2}, b)
	want(nil)
	if err := s.AddDeed(t.Context(), store.Deed{Alert: 9}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	for i := range store.MaxDeeds {
		must(t, s.AddDeed(t.Context(), store.Deed{Alert: 0, At: int64(i)}))
	}
	if err := s.AddDeed(t.Context(), store.Deed{Alert: 0, At: 1e6}); !fault.Is(err, fault.Limit) {
		t.Error(err)
	}
	must(t, s.DropAlerts(t.Context(), 15, 9))
	want([]uint64{0, 1, 2}, b)
}

func tellings(t *testing.T, s store.Alerts) {
	site, org := store.Telling{Data: []byte("1")}, store.Telling{Org: store.OrgID{4}, Data: []byte("2")}
	for _, v := range []store.Telling{{Data: []byte("0")}, org, site} {
		must(t, s.SetTelling(t.Context(), v))
	}
	got, err := s.Tellings(t.Context())
	if diff := cmp.Diff([]store.Telling{site, org}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	must(t, s.SetTelling(t.Context(), store.Telling{Org: org.Org}))
	must(t, s.SetTelling(t.Context(), store.Telling{Org: org.Org}))
	if got, err := s.Tellings(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if err := s.SetTelling(t.Context(), store.Telling{Data: make([]byte, store.MaxTelling+1)}); !fault.Is(err, fault.Limit) {
		t.Error(err)
	}
}
