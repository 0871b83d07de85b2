package history

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

// TestSnapshotAndTail: a map that opens from a snapshot and the tail of its log is the
// one that opens from all of it, with all that its room remembers. HI-1.
func TestSnapshotAndTail(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	for range 4 {
		v.change(400, time.Second)
		v.snap()
	}
	v.change(37, time.Second)
	rec := v.record()
	whole, err := Replay(t.Context(), w.store, seq.Config{Map: v.ID}, rec)
	if err != nil {
		t.Fatal(err)
	}
	from, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, rec)
	if err != nil {
		t.Fatal(err)
	}
	if whole.State().Hash() != from.State().Hash() || whole.Head() != from.Head() || whole.Oldest() != from.Oldest() {
		t.Error("another state, head or tail")
	}
	if diff := cmp.Diff(whole.Clients(0), from.Clients(0)); diff != "" {
		t.Errorf("clients\n%s", diff)
	}
	ws, wt := whole.Kept()
	fs, ft := from.Kept()
	if ws != fs || wt != ft {
		t.Errorf("kept %d edits and %d transactions, want %d and %d", fs, ft, ws, wt)
	}
	if len(v.snapshots()) != 4 {
		t.Errorf("%d snapshots", len(v.snapshots()))
	}
}

// TestEveryMoment: the state after each change is the one there was. HI-3.
func TestEveryMoment(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	for range 5 {
		v.change(151, time.Second)
		v.snap()
	}
	v.change(20, time.Second)
	for n := uint64(1); n <= uint64(len(v.Seen)); n += 7 {
		v.wantMoments(n)
	}
	v.wantMoments(1, 150, 151, 152, 755, uint64(len(v.Seen)))
	for _, n := range []uint64{0, uint64(len(v.Seen)) + 1} {
		if _, err := w.service.At(t.Context(), v.ID, n); !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d: %v", n, err)
		}
	}
}

// TestDamagedSnapshotIsPassedOver: HI-2. Each byte of it, and all of it gone.
func TestDamagedSnapshotIsPassedOver(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, file string)
	}{
		{"first byte", func(t *testing.T, f string) { flip(t, f, 0) }},
		{"a byte in the middle", func(t *testing.T, f string) { flip(t, f, 5000) }},
		{"cut", func(t *testing.T, f string) {
			if err := os.Truncate(f, 100); err != nil {
				t.Fatal(err)
			}
		}},
		{"gone", func(t *testing.T, f string) {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			v := w.open(1)
			v.change(600, time.Second)
			v.snap()
			v.change(600, time.Second)
			v.snap()
			v.change(30, time.Second)
			newest := v.snapshots()[0]
			c.harm(t, w.file(newest))
			if _, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, v.record()); err != nil {
				t.Fatal(err)
			}
			v.wantMoments(1230)
			if len(w.errs) != 1 || w.service.Stats().Damaged != 1 || !v.snapshots()[0].Damaged {
				t.Errorf("%v, %+v", w.errs, w.service.Stats())
			}
			v.snap() // another one is made
			if s := v.snapshots(); s[0].Seq != 1230 || s[0].Damaged {
				t.Errorf("after: %+v", s[0])
			}
		})
	}
}

// TestLyingSnapshotIsFound: one that is whole, and of another state than the log leads to.
func TestLyingSnapshotIsFound(t *testing.T) {
	w := newWorld(t)
	v, other := w.open(1), w.open(2)
	v.change(600, time.Second)
	other.change(600, time.Second)
	m, err := w.service.At(t.Context(), other.ID, 600)
	if err != nil {
		t.Fatal(err)
	}
	m.Map = v.ID
	if err := w.service.keep(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	v.change(10, time.Second)
	if r, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, v.record()); err != nil || r.State().Hash() != v.State.Hash() {
		t.Fatalf("open: %v", err)
	}
	v.snap()
	list := v.snapshots()
	if len(list) != 2 || list[0].Damaged || !list[1].Damaged {
		t.Errorf("%+v", list)
	}
	v.wantMoments(600, 610)
}

// TestDamagedLogIsFound: a log that does not fold to its hash gets no snapshot.
func TestDamagedLogIsFound(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(10, time.Second)
	rows, err := w.store.Read(t.Context(), v.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	lie := store.Batch{Map: v.ID, Epoch: v.record().Epoch, Head: 10, Rows: []store.Row{rows[0]}, Hash: [16]byte{1}}
	lie.Rows[0].Seq, lie.Rows[0].OpID = 11, store.NewOpID(id.Client{9}, 1)
	if err := w.store.Append(t.Context(), []store.Batch{lie})[0]; err != nil {
		t.Fatal(err)
	}
	if err := w.service.snap(t.Context(), v.ID); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	if w.service.Stats().Broken != 1 || len(v.snapshots()) != 0 {
		t.Errorf("%+v", w.service.Stats())
	}
}

// TestTrimmedLog: what is older than the policy keeps goes, and the map opens, shows what
// is left, and keeps its named versions. HI-5.
func TestTrimmedLog(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	for range 6 {
		v.change(500, time.Minute)
		v.snap()
	}
	w.now = w.now.Add(DefaultPolicy().Log - 1250*time.Minute)
	if err := w.store.CreateMap(t.Context(), store.Map{ID: v.ID, Title: "m"}, id.Account{1}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.SetVersion(t.Context(), v.ID, store.Version{Seq: 777, Name: "kept"}); err != nil {
		t.Fatal(err)
	}
	if err := w.service.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	base, err := w.store.Base(t.Context(), v.ID)
	if err != nil || base.Seq < 1700 || base.Seq > 1800 {
		t.Fatalf("base %d, %v", base.Seq, err)
	}
	v.wantMoments(base.Seq, base.Seq+1, 2000, 3000, 777)
	for _, s := range v.snapshots() {
		v.wantMoments(s.Seq)
	}
	for _, n := range []uint64{1, 499, 776, base.Seq - 1} {
		if _, err := w.service.At(t.Context(), v.ID, n); !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d: %v", n, err)
		}
	}
	for _, s := range v.snapshots() { // and without any snapshot
		if err := os.Remove(w.file(s)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.service.Open(t.Context(), seq.Config{Map: v.ID}, v.record())
	if err != nil || r.State().Hash() != v.State.Hash() {
		t.Fatalf("open: %v", err)
	}
	if len(r.Clients(0)) != 3 {
		t.Errorf("%d clients", len(r.Clients(0)))
	}
	v.change(5, time.Second)
	v.wantMoments(3005)
}

// TestThinning: HI-4.
func TestThinning(t *testing.T) {
	p := DefaultPolicy()
	now := time.UnixMilli(1_800_000_000_000)
	day := 24 * time.Hour
	at := func(seq uint64, age time.Duration) store.Snapshot {
		return store.Snapshot{Seq: seq, At: now.Add(-age).UnixMilli()}
	}
	hour := now.Truncate(time.Hour)
	sinceHour, sinceDay := now.Sub(hour), now.Sub(now.Truncate(day))
	list := []store.Snapshot{
		at(100, -time.Hour), // the clock was set back
		at(99, 0), at(98, time.Minute), at(97, 6*day),
		at(90, 10*day+sinceHour+10*time.Minute), at(89, 10*day+sinceHour+20*time.Minute), at(88, 10*day+sinceHour+70*time.Minute),
		at(80, 40*day+sinceDay+time.Hour), at(79, 40*day+sinceDay+2*time.Hour), at(78, 40*day+sinceDay+3*time.Hour), at(77, 42*day+sinceDay),
		at(70, 400*day), at(69, 401*day),
	}
	var got []uint64
	for _, v := range p.surplus(list, map[uint64]string{79: "named", 69: "named"}, now) {
		got = append(got, v.Seq)
	}
	if diff := cmp.Diff([]uint64{89, 78, 70}, got); diff != "" {
		t.Error(diff)
	}
	// However much was changed in an hour, what is kept is never far apart.
	busy := []store.Snapshot{at(90_000, 0)}
	for n := uint64(80_000); n > 0; n -= 5000 {
		busy = append(busy, at(n, 10*day+sinceHour+time.Minute))
	}
	keep := map[uint64]bool{90_000: true}
	for _, v := range busy {
		keep[v.Seq] = true
	}
	for _, v := range p.surplus(busy, nil, now) {
		delete(keep, v.Seq)
	}
	if len(keep) < 5 || len(keep) > 10 {
		t.Errorf("%d of %d are kept", len(keep), len(busy))
	}
	if out := p.surplus([]store.Snapshot{at(1, 900*day)}, nil, now); len(out) != 0 {
		t.Errorf("the newest goes: %v", out)
	}
}

// TestTidyTakesObjectsAlong: thinned snapshots, those of maps that are gone, and objects
// that nobody knows.
func TestTidyTakesObjectsAlong(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	for range 3 {
		v.change(10, time.Second)
		v.snap()
	}
	gone := w.open(2)
	gone.change(10, time.Second)
	gone.snap()
	if err := w.store.CreateMap(t.Context(), store.Map{ID: gone.ID}, id.Account{1}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.DeleteMap(t.Context(), gone.ID, 1); err != nil {
		t.Fatal(err)
	}
	for done := false; !done; {
		var err error
		if done, err = w.store.PurgeMap(t.Context(), gone.ID, 2, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.objects.Create(t.Context(), folder(v.ID)+"5-"+strings.Repeat("0", 64)+".zst", strings.NewReader("left"), blobOptions()); err != nil {
		t.Fatal(err)
	}
	w.now = time.Now().Add(800 * 24 * time.Hour)
	if err := w.service.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := w.objects.List(t.Context(), "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Key != object(v.ID, 30, v.snapshots()[0].Hash) {
		t.Errorf("%v", list)
	}
}

// TestSnapshotsAreMadeInTime: at 200 changes or within a minute, and not within ten
// seconds of the one before. HI-1.
func TestSnapshotsAreMadeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Now: time.Now})
		a, b := id.Map{1}, id.Map{2}
		s.Changed(a, 1)
		s.Changed(b, 150)
		if got := s.due(); len(got) != 0 {
			t.Errorf("at once: %v", got)
		}
		s.Changed(b, 50)
		if diff := cmp.Diff([]id.Map{b}, s.due()); diff != "" {
			t.Error(diff)
		}
		s.Changed(b, 500) // while it is made
		s.settle(t.Context(), b, nil)
		if got := s.due(); len(got) != 0 {
			t.Errorf("right after: %v", got)
		}
		time.Sleep(gap)
		if diff := cmp.Diff([]id.Map{b}, s.due()); diff != "" {
			t.Error(diff)
		}
		s.settle(t.Context(), b, nil)
		time.Sleep(lateAfter - gap)
		if diff := cmp.Diff([]id.Map{a}, s.due()); diff != "" {
			t.Error(diff)
		}
		if age := s.Age(); age != lateAfter {
			t.Errorf("age %v", age)
		}
		s.settle(t.Context(), a, nil)
		if age, worst := s.Age(), s.Worst(); age != 0 || worst != lateAfter || s.TakeWorst() != worst || s.Worst() != 0 {
			t.Errorf("after: age %v, worst %v", age, worst)
		}
	})
}

// TestPlaceFails: nothing is lost while the place of objects fails, it is not asked all
// the time, and all is made up for once it is back.
func TestPlaceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer func() { _ = w.store.Close() }()
		w.objects.fail = fault.New(fault.Busy, "the place is down")
		var all []*writer
		for n := range byte(20) {
			v := w.open(n)
			v.change(5, 0)
			all = append(all, v)
		}
		for range 600 {
			time.Sleep(tickEvery)
			w.service.round(t.Context())
		}
		if n := w.service.Stats().Failed; n < 5 || n > 120 {
			t.Errorf("%d tries in ten minutes", n)
		}
		if age := w.service.Age(); age < 9*time.Minute {
			t.Errorf("age %v", age)
		}
		w.objects.fail = nil
		for range 40 {
			time.Sleep(tickEvery)
			w.service.round(t.Context())
		}
		for _, v := range all {
			if len(v.snapshots()) != 1 {
				t.Errorf("%d snapshots", len(v.snapshots()))
			}
		}
		if age := w.service.Age(); age != 0 {
			t.Errorf("age %v", age)
		}
	})
}

// TestLookFindsWhatNobodyToldOf: changes made before the server was started.
func TestLookFindsWhatNobodyToldOf(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(5, time.Second)
	w.now = w.now.Add(time.Hour)
	s := New(w.service.c)
	if err := s.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if age := s.Age(); age != 0 { // it never had one: it is made in between
		t.Errorf("age %v", age)
	}
	s.round(t.Context())
	if len(v.snapshots()) != 1 || s.Age() != 0 {
		t.Errorf("%d snapshots, age %v", len(v.snapshots()), s.Age())
	}
	v.change(5, time.Second)
	w.now = w.now.Add(time.Hour)
	s = New(w.service.c)
	if err := s.look(t.Context()); err != nil || s.Age() < time.Hour {
		t.Errorf("%v, age %v", err, s.Age())
	}
	s.round(t.Context())
	if len(v.snapshots()) != 2 || s.Age() != 0 {
		t.Errorf("%d snapshots, age %v", len(v.snapshots()), s.Age())
	}
	w.now = w.now.Add(-5 * time.Hour) // a clock that was set back
	v.change(5, time.Second)
	s = New(w.service.c)
	if err := s.look(t.Context()); err != nil || s.Age() > time.Minute {
		t.Errorf("%v, age %v", err, s.Age())
	}
}

// TestTimeline: pauses and names end a version; all changes are in one.
func TestTimeline(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(10, time.Second)
	w.now = w.now.Add(time.Hour)
	v.change(20, time.Second)
	w.now = w.now.Add(time.Hour)
	v.change(5, time.Second)
	if err := w.store.CreateMap(t.Context(), store.Map{ID: v.ID}, id.Account{1}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.SetVersion(t.Context(), v.ID, store.Version{Seq: 17, Name: "first draft"}); err != nil {
		t.Fatal(err)
	}
	show := func(before uint64, limit int) string {
		t.Helper()
		tl, err := w.service.Timeline(t.Context(), v.ID, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, x := range tl.Versions {
			fmt.Fprintf(&b, "%d-%d %d %q; ", x.First, x.Seq, x.Changes, x.Name)
			if len(x.By) == 0 || x.Began > x.Ended {
				t.Errorf("%+v", x)
			}
		}
		fmt.Fprintf(&b, "%v", tl.More)
		return b.String()
	}
	for _, c := range []struct {
		before uint64
		limit  int
		want   string
	}{
		{0, 10, `31-35 5 ""; 18-30 13 ""; 11-17 7 "first draft"; 1-10 10 ""; false`},
		{0, 2, `31-35 5 ""; 18-30 13 ""; true`},
		{18, 2, `11-17 7 "first draft"; 1-10 10 ""; false`},
		{1, 5, `false`},
	} {
		if got := show(c.before, c.limit); got != c.want {
			t.Errorf("before %d: %s, want %s", c.before, got, c.want)
		}
	}
}

// TestTraces: who last changed what, against a plain walk through the log.
func TestTraces(t *testing.T) {
	w := newWorld(t)
	v := w.open(1)
	v.change(800, time.Second)
	rows, err := w.store.Read(t.Context(), v.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[id.Object]map[Trait]Trace)
	for _, r := range rows {
		ops, err := seq.DecodeRow(r.Data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range ops {
			o := ops[i].ID
			if want[o] == nil {
				want[o] = make(map[Trait]Trace)
			}
			for _, x := range traits(&ops[i]) {
				want[o][x] = Trace{x, r.Actor, r.At, r.Seq}
			}
		}
	}
	if len(want) < 50 {
		t.Fatalf("only %d objects", len(want))
	}
	for o, all := range want {
		got, err := w.service.Traces(t.Context(), v.ID, o, 0)
		if err != nil {
			t.Fatal(err)
		}
		have := make(map[Trait]Trace)
		for i, x := range got {
			have[x.Trait] = x
			if i > 0 && got[i-1].Seq < x.Seq {
				t.Error("not newest first")
			}
		}
		if diff := cmp.Diff(all, have); diff != "" {
			t.Errorf("%v\n%s", o, diff)
		}
	}
}

// FuzzUnpack: no bytes make it panic or answer with a state that is unsound.
func FuzzUnpack(f *testing.F) {
	m := &Moment{Map: id.Map{1}, Seq: 5, State: newState(f)}
	b, err := m.pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := unpack(b, id.Map{1})
		if err != nil {
			if !fault.Is(err, fault.Internal) {
				t.Error(err)
			}
			return
		}
		if err := m.State.Check(); err != nil {
			t.Error(errors.Join(err))
		}
	})
}
