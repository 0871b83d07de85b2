package history

import (
	"context"
	"os"
	"testing"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

// rotten is a store in which the beginning of a log is damaged.
type rotten struct {
	Store
	seq uint64
}

func (s *rotten) Base(ctx context.Context, m id.Map) (store.Base, error) {
	b, err := s.Store.Base(ctx, m)
	if err == nil && b.Seq == s.seq {
		b.Data[len(b.Data)/2] ^= 1
	}
	return b, err
}

// based is a map whose log begins at about 1500 of 2500 changes, and has snapshots at 1700,
// 2100 and 2500. Rot damages that beginning.
func (w *world) based() (v *writer, rot func() uint64) {
	w.t.Helper()
	v = w.open(1)
	v.change(1700, 4*time.Minute) // a snapshot for each day
	v.snap()
	for range 2 {
		v.change(400, 4*time.Minute)
		v.snap()
	}
	w.now = w.now.Add(DefaultPolicy().Log - 4000*time.Minute)
	w.tidy()
	base, err := w.store.Base(w.t.Context(), v.ID)
	if err != nil || base.Seq < 1490 || base.Seq > 1510 {
		w.t.Fatalf("base %d, %v", base.Seq, err)
	}
	return v, func() uint64 {
		w.restart()
		s := &rotten{w.store, base.Seq}
		w.service.Store, w.service.c.Store = s, s
		return base.Seq
	}
}

// wantOpen opens the map, and compares.
func (v *writer) wantOpen() {
	v.t.Helper()
	r, err := v.service.Open(v.t.Context(), seq.Config{Map: v.ID}, v.record())
	if err != nil || r.State().Hash() != v.State.Hash() {
		v.t.Errorf("open: %v", err)
	}
}

// TestDamagedBaseIsPassedOver: a map whose log has a damaged beginning opens from a sound
// snapshot after that, and from there on its moments are seen; the log begins there then,
// and nothing of it goes before its time. HI-8.
func TestDamagedBaseIsPassedOver(t *testing.T) {
	w := newWorld(t)
	v, rot := w.based()
	base := rot()
	v.wantOpen()
	v.wantMoments(1700, 1701, 2099, 2100, 2500)
	if _, err := w.service.At(t.Context(), v.ID, base+1); !fault.Is(err, fault.Internal) {
		t.Errorf("what nobody can know: %v", err)
	}
	w.wantAiling(Ailing{Logs: 1})
	if len(w.errs) == 0 || w.service.Stats().Broken != 1 {
		t.Errorf("it is not told: %v, %+v", w.errs, w.service.Stats())
	}
	w.tidy()
	w.wantAiling(Ailing{})
	now, err := w.store.Base(t.Context(), v.ID)
	if err != nil || now.Seq != 1700 {
		t.Errorf("the log begins at %d, %v", now.Seq, err)
	}
	left := func() int {
		t.Helper()
		rows, err := w.store.Strides(t.Context(), v.ID, 1701, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	if got := left(); got != 1700-int(base) {
		t.Errorf("%d changes are left of %d", got, 1700-base)
	}
	for _, s := range v.snapshots() {
		if err := os.Remove(w.file(s)); err != nil {
			t.Fatal(err)
		}
	}
	v.wantOpen()
	v.wantMoments(1700, 1701, 2500)
	w.now = w.now.Add(1600 * time.Minute)
	w.tidy()
	if got := left(); got != 0 {
		t.Errorf("%d changes are left when their time is over", got)
	}
}

// TestDamagedBaseOfAShortLog: where no snapshot would be read otherwise.
func TestDamagedBaseOfAShortLog(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(2000, time.Minute)
	w.now = w.now.Add(DefaultPolicy().Log - 100*time.Minute)
	w.tidy()
	v.change(50, time.Minute)
	v.snap()
	v.change(5, time.Minute)
	base, err := w.store.Base(t.Context(), v.ID)
	if err != nil || base.Seq < 1600 {
		t.Fatal(base.Seq, err)
	}
	w.restart()
	s := &rotten{w.store, base.Seq}
	w.service.Store, w.service.c.Store = s, s
	v.wantOpen()
	w.wantAiling(Ailing{Logs: 1})
	w.tidy()
	w.wantAiling(Ailing{})
	v.wantOpen()
}

// TestLyingSnapshotMendsNoBase: what the log begins with instead leads to the state it has.
func TestLyingSnapshotMendsNoBase(t *testing.T) {
	w := newWorld(t)
	v, rot := w.based()
	m, err := w.service.Source.At(t.Context(), v.ID, 1590)
	if err != nil {
		t.Fatal(err)
	}
	m.Seq = 1600 // it is whole, and a lie
	if err := w.service.keep(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	base := rot()
	if _, err := w.service.At(t.Context(), v.ID, base+1); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	w.tidy()
	w.wantAiling(Ailing{})
	if now, err := w.store.Base(t.Context(), v.ID); err != nil || now.Seq != 1700 {
		t.Errorf("the log begins at %d, %v", now.Seq, err)
	}
	v.wantOpen()
}

// TestDamagedBaseWithNothingElse: it is told of for as long as it lasts, and nothing is
// made up.
func TestDamagedBaseWithNothingElse(t *testing.T) {
	w := newWorld(t)
	v, rot := w.based()
	base := rot()
	for _, s := range v.snapshots() {
		if err := w.store.DropSnapshot(t.Context(), v.ID, s.Seq); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, v.record()); !fault.Is(err, fault.Internal) {
		t.Errorf("open: %v", err)
	}
	w.tidy()
	if got := w.service.Ailing().Logs; got != 1 {
		t.Errorf("%d logs ail", got)
	}
	if now, err := w.store.Base(t.Context(), v.ID); err != nil || now.Seq != base {
		t.Errorf("the log begins at %d, %v", now.Seq, err)
	}
	w.service.Store, w.service.c.Store = w.store, w.store // it was the disk
	w.tidy()
	w.wantAiling(Ailing{})
	v.wantOpen()
}
