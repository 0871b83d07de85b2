package backup

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// site is a store with some maps, and places that can be made to fail.
type site struct {
	t      *testing.T
	store  *sqlstore.Store
	keys   *Keys
	places []*place
	s      *Service
	now    time.Time
	maps   []*historytest.Writer
}

// place is a directory that fails, hangs or takes long as it is told.
type place struct {
	blob.Bucket
	fail  error
	hangs bool
	locks bool
	until time.Time // of the last lock that was asked for
}

func (p *place) Locks() bool { return p.locks }

func (p *place) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if p.fail != nil {
		return blob.Info{}, p.fail
	}
	if p.hangs {
		<-ctx.Done()
		return blob.Info{}, ctx.Err()
	}
	if p.locks {
		p.until, o.LockUntil = o.LockUntil, time.Time{}
	}
	return p.Bucket.Create(ctx, key, r, o)
}

func newSite(t *testing.T, places int) *site {
	t.Helper()
	v := &site{t: t, now: time.Now()}
	var err error
	if v.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "plectica.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.store.Close() })
	if v.keys, err = OpenKeys(t.TempDir(), ""); err != nil {
		t.Fatal(err)
	}
	blobs, err := dir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	snapshots, err := dir.OpenBucket(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Source: archive.Source{View: v.store.View, Blobs: blobs, Snapshots: snapshots, App: "test"},
		Keys:   v.keys, Records: v.store, Keep: 35 * day, Now: func() time.Time { return v.now }, Brought: v.store.NoteShipped,
	}
	for n := range places {
		b, err := dir.OpenBucket(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		p := &place{Bucket: b}
		v.places = append(v.places, p)
		c.Places = append(c.Places, Place{Name: string('a' + rune(n)), Bucket: p})
	}
	v.s = New(c)
	for n := range byte(3) {
		w := historytest.Open(t, v.store, n, &v.now)
		w.Change(50, time.Millisecond)
		v.maps = append(v.maps, w)
	}
	return v
}

func (v *site) list(n int) []Receipt {
	v.t.Helper()
	list, err := List(v.t.Context(), v.s.c.Places[n])
	if err != nil {
		v.t.Fatal(err)
	}
	return list
}

// TestPlaces: an archive goes to every place; one that fails keeps it from no other, and is
// told of.
func TestPlaces(t *testing.T) {
	v := newSite(t, 3)
	v.places[1].fail = fault.New(fault.Busy, "it is down")
	v.places[2].locks = true
	made, err := v.s.Create(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if made.At("a") != "" || !strings.Contains(made.At("b"), "it is down") || made.At("c") != "" || made.MapCount != 3 || made.OpCount != 150 {
		t.Errorf("%+v", made)
	}
	if want := v.now.Add(35 * day); !v.places[2].until.Equal(want) {
		t.Errorf("locked until %v, want %v", v.places[2].until, want)
	}
	for n, want := range []int{1, 0, 1} {
		if got := len(v.list(n)); got != want {
			t.Errorf("place %d has %d archives", n, got)
		}
	}
	status, err := v.s.Status(t.Context())
	if err != nil || status.MadeOK || status.MadeAt != 0 || status.Made == nil {
		t.Errorf("a place lacks it, and yet: %+v, %v", status, err)
	}
	// Where every place fails there is none, and that is recorded too.
	v.places[0].fail, v.places[2].fail = fault.New(fault.Limit, "no more room"), fault.New(fault.Limit, "no more room")
	v.now = v.now.Add(time.Hour)
	if _, err := v.s.Create(t.Context(), 1); err == nil {
		t.Error("made without a place")
	}
	if status, err = v.s.Status(t.Context()); err != nil || !strings.Contains(status.Made.Error, "no more room") {
		t.Errorf("%+v, %v", status.Made, err)
	}
	// It recovers by itself.
	for _, p := range v.places {
		p.fail = nil
	}
	v.now = v.now.Add(time.Hour)
	if _, err := v.s.Create(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if status, err = v.s.Status(t.Context()); err != nil || !status.MadeOK || status.MadeAt != v.now.UnixMilli() {
		t.Errorf("%+v, %v", status, err)
	}
}

// TestDamageOnTheWay: what a place made of an archive is read back, and a receipt is written
// for what is whole alone.
func TestDamageOnTheWay(t *testing.T) {
	v := newSite(t, 1)
	v.s.c.Places[0].Bucket = &liar{v.places[0]}
	if _, err := v.s.Create(t.Context(), 1); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	if len(v.list(0)) != 0 {
		t.Error("it has a receipt")
	}
}

// liar changes a byte of what it is given.
type liar struct{ blob.Bucket }

func (l *liar) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return blob.Info{}, err
	}
	b[len(b)/2] ^= 1
	return l.Bucket.Create(ctx, key, strings.NewReader(string(b)), o)
}

// TestDue: once a day at its time, whatever the clock did.
func TestDue(t *testing.T) {
	at := 2*time.Hour + 30*time.Minute
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		now  time.Time
		last time.Time
		want bool
	}{
		"never":                           {noon, time.Time{}, true},
		"this morning":                    {noon, noon.Add(-9 * time.Hour), false},
		"yesterday":                       {noon, noon.Add(-20 * time.Hour), true},
		"before its time":                 {noon.Add(-10 * time.Hour), noon.Add(-33 * time.Hour), false},
		"just now":                        {noon, noon, false},
		"the clock was set back":          {noon.Add(-time.Hour), noon.Add(-30 * time.Minute), false},
		"at its time, done a day ago":     {time.Date(2026, 6, 1, 2, 30, 0, 0, time.UTC), time.Date(2026, 5, 31, 2, 30, 0, 0, time.UTC), true},
		"a minute before, done a day ago": {time.Date(2026, 6, 1, 2, 29, 0, 0, time.UTC), time.Date(2026, 5, 31, 2, 30, 0, 0, time.UTC), false},
	} {
		last := int64(0)
		if !c.last.IsZero() {
			last = c.last.UnixMilli()
		}
		if got := due(c.now, last, at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// collected is what segments hold.
type collected struct {
	rows   map[id.Map]int
	tables int
}

func (c *collected) Log(_ context.Context, m id.Map, _ string, rows []store.Row) error {
	if len(rows) == 0 || rows[0].Seq != uint64(c.rows[m])+1 {
		return fault.New(fault.Internal, "changes are missing")
	}
	c.rows[m] += len(rows)
	return nil
}

func (c *collected) Tables(context.Context, int64, int, []store.Rows) error { c.tables++; return nil }

// TestShipping: BK-7. Every change arrives once and in order, also after the place was down,
// after the sender was started again, and when the clock went back.
func TestShipping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newSite(t, 2)
		defer func() { _ = v.store.Close() }()
		p := v.s.Further()[0]
		if p.Name != "b" {
			t.Fatalf("further is %s", p.Name)
		}
		ship := v.s.NewShipper(p, v.store)
		if err := ship.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		step := func(want error) {
			t.Helper()
			time.Sleep(tablesRest * time.Minute)
			if err := ship.Ship(t.Context()); (err == nil) != (want == nil) {
				t.Fatalf("%v", err)
			}
		}
		step(nil)
		v.places[1].fail = fault.New(fault.Busy, "it is down")
		v.maps[0].Change(7, time.Millisecond)
		ship.Changed(v.maps[0].ID, 7)
		step(v.places[1].fail)
		if ship.Age() == 0 {
			t.Error("nothing waits")
		}
		v.places[1].fail = nil
		v.now = v.now.Add(-time.Hour)
		v.maps[1].Change(3, time.Millisecond)
		ship.Changed(v.maps[1].ID, 3)
		step(nil)
		if age := ship.Age(); age != 0 {
			t.Errorf("age %v", age)
		}
		v.maps[2].Change(9, time.Millisecond) // nobody told of it
		ship = v.s.NewShipper(p, v.store)
		if err := ship.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		step(nil)
		key, err := v.keys.Drill()
		if err != nil {
			t.Fatal(err)
		}
		got := &collected{rows: make(map[id.Map]int)}
		r, err := Replay(t.Context(), p, Private{key}, 0, got)
		if err != nil || r.Segments < 3 || got.tables == 0 || len(r.Damaged) > 0 {
			t.Errorf("%+v, %d times the tables, %v", r, got.tables, err)
		}
		want := map[id.Map]int{v.maps[0].ID: 57, v.maps[1].ID: 53, v.maps[2].ID: 59}
		if diff := cmp.Diff(want, got.rows); diff != "" {
			t.Error(diff)
		}
	})
}

// TestShippingFromAnArchive: what an archive brought to a place is not sent again.
func TestShippingFromAnArchive(t *testing.T) {
	v := newSite(t, 2)
	if _, err := v.s.Create(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	list, _, _, err := v.store.Unshipped(t.Context(), "b", id.Map{}, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
