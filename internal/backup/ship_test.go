package backup

import (
	"context"
	"database/sql"
	"io"
	"testing"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/store"
)

// arrived notes up to where a place has maps' logs, and whether all in order.
type arrived struct {
	t      *testing.T
	heads  map[id.Map]uint64
	tables int
}

func (a *arrived) Log(_ context.Context, m id.Map, _ string, rows []store.Row) error {
	for _, r := range rows {
		if r.Seq > a.heads[m]+1 {
			a.t.Errorf("change %d of map %v after %d", r.Seq, m, a.heads[m])
		}
		a.heads[m] = max(a.heads[m], r.Seq)
	}
	return nil
}

func (a *arrived) Tables(context.Context, int64, int, []store.Rows) error { a.tables++; return nil }

// arrived reads what the second place has.
func (w *world) arrived() *arrived {
	w.t.Helper()
	key, err := w.service.c.Keys.Drill()
	if err != nil {
		w.t.Fatal(err)
	}
	a := &arrived{t: w.t, heads: make(map[id.Map]uint64)}
	if _, err := Replay(w.t.Context(), w.service.c.Places[1], Private{key}, 0, a); err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) shipper() *Shipper { return w.service.NewShipper(w.service.c.Places[1], w.store) }

// TestPlaceDownAtTheBeginning: a server that begins while the place is down, and by a clock
// that was set back, sends what comes after what is there.
func TestPlaceDownAtTheBeginning(t *testing.T) {
	w := newWorld(t, 2)
	if err := w.shipper().Ship(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(-time.Hour)
	w.writer.Change(5, time.Millisecond)
	s := w.shipper()
	w.places[1].fail = errDown
	if err := s.Ship(t.Context()); !fault.Is(err, fault.Busy) {
		t.Fatal(err)
	}
	w.places[1].fail = nil
	if err := s.Ship(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.arrived().heads[w.writer.ID]; got != 15 {
		t.Errorf("the place has %d changes", got)
	}
}

// TestBrokenLogKeepsNobodyWaiting: the other maps' changes are sent, and that one's age is
// told.
func TestBrokenLogKeepsNobodyWaiting(t *testing.T) {
	w := newWorld(t, 2)
	other := historytest.Open(t, w.store, 2, &w.now)
	other.Change(3, time.Millisecond)
	db, err := sql.Open("sqlite", "file:"+w.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM op WHERE map_id = $1 AND seq = 5", w.writer.ID[:]); err != nil {
		t.Fatal(err)
	}
	s := w.shipper()
	if err := s.Ship(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := w.arrived(); a.heads[other.ID] != 3 || a.heads[w.writer.ID] != 0 || a.tables != 1 {
		t.Errorf("%+v", a)
	}
	if len(w.errs) != 1 || s.Age() == 0 {
		t.Errorf("%v, %v", w.errs, s.Age())
	}
}

// slow is a place at which something happens while an object comes.
type slow struct {
	*bucket
	during func()
}

func (b slow) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	b.during()
	return b.bucket.Create(ctx, key, r, o)
}

// TestAgeOfWhatIsOnItsWay: what is being sent is not there yet.
func TestAgeOfWhatIsOnItsWay(t *testing.T) {
	w := newWorld(t, 2)
	var s *Shipper
	var age []time.Duration
	w.service.c.Places[1].Bucket = slow{w.places[1], func() { age = append(age, s.Age()) }}
	s = w.shipper()
	if err := s.Ship(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(age) != 2 || age[0] == 0 || age[1] == 0 || s.Age() != 0 { // changes, then tables
		t.Errorf("%v, %v", age, s.Age())
	}
}

// TestTablesThatDoNotGo keep no change from going.
func TestTablesThatDoNotGo(t *testing.T) {
	w := newWorld(t, 2)
	s := w.shipper()
	s.view = func(context.Context, func(store.View) error) error { return errDown }
	if err := s.Ship(t.Context()); !fault.Is(err, fault.Busy) {
		t.Fatal(err)
	}
	if got := w.arrived().heads[w.writer.ID]; got != 10 {
		t.Errorf("the place has %d changes", got)
	}
}
