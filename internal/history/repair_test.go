package history

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

// TestDamagedSnapshotIsMadeAnew: of the same moment, under the same name.
func TestDamagedSnapshotIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(600, time.Second)
	v.snap()
	flip(t, w.file(v.snapshots()[0]), 5000)
	v.wantMoments(600) // it is found, and the log has the same
	v.snap()
	s := v.snapshots()[0]
	if s.Damaged {
		t.Fatal("it is not made anew")
	}
	if _, err := w.service.fetch(t.Context(), s); err != nil {
		t.Errorf("what was made anew: %v", err)
	}
	if w.service.Stats().Damaged != 1 {
		t.Errorf("%+v", w.service.Stats())
	}
}

// TestLyingSnapshotIsNoBase: the log is let go only once what is kept in its place leads
// to the state it has.
func TestLyingSnapshotIsNoBase(t *testing.T) {
	w := newWorld(t)
	v, began := w.open(1), w.now
	v.change(2000, time.Second)
	m, err := w.service.At(t.Context(), v.ID, 1400)
	if err != nil {
		t.Fatal(err)
	}
	m.Seq = 1500 // it is whole, and a lie
	if err := w.service.keep(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	w.now = began.Add(1500*time.Second + DefaultPolicy().Log) // 1500 changes are old
	_ = w.service.Trim(t.Context(), v.ID)
	_ = w.service.Trim(t.Context(), v.ID)
	r, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, v.record())
	if err != nil || r.State().Hash() != v.State.Hash() {
		t.Fatalf("open: %v", err)
	}
	if base, err := w.store.Base(t.Context(), v.ID); err != nil || base.Seq < 1500 {
		t.Errorf("the log is not trimmed: %d, %v", base.Seq, err)
	}
}

// TestTrimGoesOn: what was interrupted is ended by the next look.
func TestTrimGoesOn(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(2000, time.Second)
	m, err := w.service.At(t.Context(), v.ID, 1500)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := m.pack()
	if err != nil {
		t.Fatal(err)
	}
	if done, err := w.store.Trim(t.Context(), v.ID, store.Base{Seq: 1500, At: m.At, Data: packed}, 100); done || err != nil {
		t.Fatal(done, err)
	}
	w.now = w.now.Add(DefaultPolicy().Log)
	if err := w.service.Trim(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	if rows, err := w.store.Strides(t.Context(), v.ID, 1501, 1); err != nil || len(rows) != 0 {
		t.Errorf("left: %v, %v", rows, err)
	}
	v.wantMoments(1500, 1501, 2000)
}

// TestDamagedSnapshotTakesNoPlace: thinning keeps a sound one of each hour.
func TestDamagedSnapshotTakesNoPlace(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	at := now.Add(-10 * 24 * time.Hour).Truncate(time.Hour)
	list := []store.Snapshot{
		{Seq: 9, At: now.UnixMilli()},
		{Seq: 5, At: at.Add(50 * time.Minute).UnixMilli(), Damaged: true},
		{Seq: 4, At: at.Add(40 * time.Minute).UnixMilli()},
		{Seq: 3, At: at.Add(30 * time.Minute).UnixMilli()},
	}
	var gone []uint64
	for _, v := range DefaultPolicy().surplus(list, nil, now) {
		gone = append(gone, v.Seq)
	}
	if len(gone) != 2 || gone[0] != 5 || gone[1] != 3 {
		t.Errorf("%v go", gone)
	}
}

// TestThinnedMeanwhileIsNoDamage: who finds a snapshot gone looks whether it should be.
func TestThinnedMeanwhileIsNoDamage(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(600, time.Second)
	v.snap()
	s := v.snapshots()[0]
	if err := w.service.drop(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.fetch(t.Context(), s); err == nil {
		t.Fatal("it is still there")
	}
	if w.service.Stats().Damaged != 0 {
		t.Error("a snapshot that was thinned is called damaged")
	}
}

// stuck is a store whose thinning never ends.
type stuck struct{ Store }

func (s stuck) Orphans(ctx context.Context, _ int) ([]store.Snapshot, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// busy is a store with a map that changes every second, for longer than one list tells.
type busy struct{ Store }

func (busy) Room(context.Context, id.Map) (store.Room, error) {
	return store.Room{Head: 1_000_000}, nil
}

func (busy) Strides(_ context.Context, _ id.Map, before uint64, limit int) ([]store.Stride, error) {
	var out []store.Stride
	for n := before - 1; n > 0 && len(out) < limit; n-- {
		out = append(out, store.Stride{Seq: n, At: int64(n) * 100})
	}
	return out, nil
}

// TestTimelineOfABusyMap: it goes on where one list ended, down to the first change.
func TestTimelineOfABusyMap(t *testing.T) {
	w := newWorld(t)
	s := Source{Store: busy{w.store}}
	next, last := uint64(1_000_001), uint64(0)
	for range 10 {
		l, err := s.Timeline(t.Context(), id.Map{1}, next, 50)
		if err != nil || len(l.Versions) == 0 || l.Versions[0].Seq != next-1 {
			t.Fatalf("before %d: %+v, %v", next, l, err)
		}
		next = l.Versions[len(l.Versions)-1].First
		if last = next; !l.More {
			break
		}
	}
	if last != 1 {
		t.Errorf("it ends at %d", last)
	}
}

// TestTidyingHoldsNoSnapshotUp, however long it takes.
func TestTidyingHoldsNoSnapshotUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		v := w.open(1)
		w.service = New(Config{Store: stuck{w.store}, Objects: w.objects, Policy: DefaultPolicy(), Now: time.Now, OnError: w.fault})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.service.Run(ctx); close(done) }()
		time.Sleep(walkEvery + time.Minute)
		v.change(10, time.Second)
		time.Sleep(time.Minute)
		if w.service.Age() != 0 {
			t.Errorf("a change waits for %v", w.service.Age())
		}
		stop()
		<-done
	})
}
