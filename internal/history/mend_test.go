package history

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

func (w *world) tidy() {
	w.t.Helper()
	if err := w.service.tidy(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantAiling(want Ailing) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.service.Ailing()); diff != "" {
		w.t.Errorf("what ails\n%s", diff)
	}
}

// TestDamageEnds: a damaged snapshot of any moment is made anew, and then ails no more. HI-2.
func TestDamageEnds(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	for range 3 {
		v.change(600, time.Second)
		v.snap()
	}
	middle := v.snapshots()[1]
	flip(t, w.file(middle), 5000)
	v.wantMoments(1300)
	w.wantAiling(Ailing{Snapshots: 1})
	w.restart()
	w.tidy() // known from before the restart
	w.wantAiling(Ailing{})
	if got := v.snapshots()[1]; got.Damaged || got.Seq != middle.Seq {
		t.Errorf("%+v", got)
	}
	if _, err := w.service.Read(t.Context(), v.snapshots()[1]); err != nil {
		t.Error(err)
	}
}

// TestDamageBeforeTheLog: what the log does not have ails until the place has it again as
// it was, or nobody wants it any more.
func TestDamageBeforeTheLog(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.isMap()
	v.change(2500, time.Second)
	for _, at := range []uint64{500, 600} {
		if err := w.service.Name(t.Context(), v.ID, at, "a version", id.Account{1}); err != nil {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(DefaultPolicy().Log - 500*time.Second)
	w.tidy()
	away := t.TempDir()
	list := v.snapshots()
	for _, s := range list[len(list)-2:] {
		if err := os.Rename(w.file(s), filepath.Join(away, filepath.Base(w.file(s)))); err != nil {
			t.Fatal(err)
		}
		if _, err := w.service.At(t.Context(), v.ID, s.Seq); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	}
	w.wantAiling(Ailing{Snapshots: 2})
	w.tidy()
	w.wantAiling(Ailing{Snapshots: 2})
	back := list[len(list)-1]
	if err := os.Rename(filepath.Join(away, filepath.Base(w.file(back))), w.file(back)); err != nil {
		t.Fatal(err)
	}
	w.tidy()
	w.wantAiling(Ailing{Snapshots: 1})
	v.wantMoments(back.Seq)
	if err := w.service.Unname(t.Context(), v.ID, 600); err != nil {
		t.Fatal(err)
	}
	w.tidy()
	w.tidy()
	w.wantAiling(Ailing{})
	if w.service.Stats().Damaged != 2 {
		t.Errorf("%+v", w.service.Stats())
	}
}

// failing is a store whose logs cannot be read for a while.
type failing struct {
	Store
	now atomic.Bool
}

func (s *failing) Read(ctx context.Context, m id.Map, after uint64, limit int) ([]store.Row, error) {
	if s.now.Load() {
		return nil, fault.New(fault.Internal, "rows are missing")
	}
	return s.Store.Read(ctx, m, after, limit)
}

// TestBrokenLogEnds: a log that folds again ails no more, nor does one whose map is gone.
func TestBrokenLogEnds(t *testing.T) {
	w := newWorld(t)
	s := &failing{Store: w.store}
	w.service.Store, w.service.c.Store = s, s
	v := w.open(1)
	v.isMap()
	v.change(10, time.Second)
	s.now.Store(true)
	for range 3 {
		if _, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, v.record()); !fault.Is(err, fault.Internal) {
			t.Fatal(err)
		}
		if err := w.service.snap(t.Context(), v.ID); !fault.Is(err, fault.Internal) {
			t.Fatal(err)
		}
	}
	if got := w.service.Stats().Broken; got != 1 {
		t.Errorf("%d", got)
	}
	w.tidy()
	w.wantAiling(Ailing{Logs: 1})
	s.now.Store(false)
	w.tidy()
	w.wantAiling(Ailing{})
	s.now.Store(true)
	_ = w.service.snap(t.Context(), v.ID)
	w.wantAiling(Ailing{Logs: 1})
	if err := w.store.DeleteMap(t.Context(), v.ID, 1); err != nil {
		t.Fatal(err)
	}
	for done := false; !done; {
		var err error
		if done, err = w.store.PurgeMap(t.Context(), v.ID, 2, 1000); err != nil {
			t.Fatal(err)
		}
	}
	w.tidy()
	w.wantAiling(Ailing{})
}
