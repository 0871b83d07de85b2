package durability

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/archive"
	"plectica/internal/backup"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// world is what is looked after, with one place or none for archives.
type world struct {
	t       *testing.T
	store   *sqlstore.Store
	history *history.Service
	safety  *Service
	told    [][]Code
	place   string       // of snapshots
	mute    error        // whoever tells the operators fails
	leapt   atomic.Int64 // by how much the clock was set ahead
}

func newWorld(t *testing.T, places int) *world {
	t.Helper()
	w := &world{t: t}
	var err error
	if w.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "plectica.db")); err != nil {
		t.Fatal(err)
	}
	w.place = t.TempDir()
	bucket, err := dir.OpenBucket(w.place)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := dir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := backup.OpenKeys(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.history = history.New(history.Config{Store: w.store, Objects: bucket, Policy: history.DefaultPolicy(), Now: func() time.Time { return time.Now().Add(time.Duration(w.leapt.Load())) }})
	c := backup.Config{
		Source: archive.Source{View: w.store.View, Blobs: blobs, Snapshots: bucket}, Keys: keys, Records: w.store, Keep: time.Hour, Now: time.Now,
	}
	for range places {
		c.Places = append(c.Places, backup.Place{Name: string('a' + rune(len(c.Places))), Bucket: bucket})
	}
	w.safety = New(Config{
		History: w.history, Backups: backup.New(c), Records: w.store, Drills: true, Now: time.Now,
		Raised: func(_ context.Context, codes []Code) error {
			w.told = append(w.told, slices.Clone(codes))
			return w.mute
		},
	})
	return w
}

// record notes an archive or a drill.
func (w *world) record(kind string, age time.Duration, ok bool, v any) {
	w.t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	at := time.Now().Add(-age).UnixMilli()
	if err := w.store.AddRecord(w.t.Context(), store.Record{Kind: kind, At: at, OK: ok, Data: data, ID: [16]byte{byte(at), byte(at >> 8)}}); err != nil {
		w.t.Fatal(err)
	}
}

// codes are the alarms there are now.
func (w *world) codes() []Code {
	w.t.Helper()
	if err := w.safety.look(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	r, err := w.safety.Report(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var out []Code
	for _, a := range r.Alarms {
		out = append(out, a.Code)
	}
	return out
}

func (w *world) want(codes ...Code) {
	w.t.Helper()
	if diff := cmp.Diff(codes, w.codes()); diff != "" {
		w.t.Errorf("alarms\n%s", diff)
	}
}

// TestAlarms: each is raised when it should be, told of once, and over when its cause is.
func TestAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		defer func() { _ = w.store.Close() }()
		w.want(OnePlace, KeyUnsaved) // nothing is late yet
		w.record(backup.KindBackup, 0, true, backup.Made{})
		w.record(backup.KindDrill, 0, true, backup.Drilled{})
		w.want(OnePlace, KeyUnsaved)
		w.history.Changed(id.Map{1}, 1)
		time.Sleep(lateSnapshot + time.Second)
		w.want(SnapshotsLate, OnePlace, KeyUnsaved)
		w.want(SnapshotsLate, OnePlace, KeyUnsaved)
		time.Sleep(lateDaily)
		w.want(SnapshotsLate, BackupLate, OnePlace, KeyUnsaved, DrillLate)
		w.record(backup.KindBackup, 0, false, backup.Made{Error: "no room"})
		w.record(backup.KindDrill, 0, false, backup.Drilled{Wrong: []string{"map x"}})
		got := w.codes()
		for _, c := range []Code{BackupFailed, DrillFailed} {
			if !w.safety.Raised(c) {
				t.Errorf("%s is not raised: %v", c, got)
			}
		}
		want := [][]Code{{SnapshotsLate}, {BackupLate, DrillLate}, {BackupFailed, DrillFailed}}
		if diff := cmp.Diff(want, w.told); diff != "" {
			t.Errorf("told\n%s", diff)
		}
		time.Sleep(time.Second)
		w.record(backup.KindBackup, 0, true, backup.Made{})
		w.record(backup.KindDrill, 0, true, backup.Drilled{})
		w.want(SnapshotsLate, OnePlace, KeyUnsaved)
	})
}

// TestClockAhead: an alarm says that the clock was set far ahead, until it is set right.
func TestClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		defer func() { _ = w.store.Close() }()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.history.Run(ctx); close(done) }()
		set := func(to time.Duration) {
			w.leapt.Store(int64(to))
			time.Sleep(time.Minute)
		}
		set(0)
		w.want(BackupsOff)
		set(2 * 24 * time.Hour)
		w.want(BackupsOff)
		set(400 * 24 * time.Hour)
		w.want(ClockAhead, BackupsOff)
		r, err := w.safety.Report(t.Context())
		if err != nil || r.Clock.Ahead < 399*24*time.Hour {
			t.Errorf("%+v, %v", r.Clock, err)
		}
		set(0)
		w.want(BackupsOff)
		stop()
		<-done
	})
}

// TestDamageIsOver: the alarms about snapshots and logs end with the damage, and not before.
func TestDamageIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		defer func() { _ = w.store.Close() }()
		now := time.Now()
		v := historytest.Open(t, w.store, 1, &now)
		v.Change(600, 0)
		if err := w.history.Pin(t.Context(), v.ID, 500); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(w.place, "maps", "*", "500-*"))
		if err != nil || len(files) != 1 || os.Remove(files[0]) != nil {
			t.Fatal(files, err)
		}
		if _, err := w.history.At(t.Context(), v.ID, 501); err != nil {
			t.Fatal(err)
		}
		w.want(SnapshotDamaged, BackupsOff)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.history.Run(ctx); close(done) }()
		time.Sleep(10 * time.Minute)
		w.want(BackupsOff)
		if w.history.Stats().Damaged != 1 {
			t.Errorf("%+v", w.history.Stats())
		}
		stop()
		<-done
	})
}

// TestToldAgain: whoever could not be told of an alarm is told later, ever less often, while
// it lasts, and once.
func TestToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		defer func() { _ = w.store.Close() }()
		w.history.Changed(id.Map{1}, 1)
		time.Sleep(lateSnapshot)
		w.mute = fault.New(fault.Busy, "no mail goes")
		told := func(within time.Duration, want int) {
			t.Helper()
			w.told = nil
			for range within / lookEvery {
				time.Sleep(lookEvery)
				if err := w.safety.look(t.Context()); err != nil && !errors.Is(err, w.mute) {
					t.Fatal(err)
				}
			}
			if len(w.told) != want {
				t.Errorf("told %d times in %v, want %d", len(w.told), within, want)
			}
		}
		told(lookEvery, 1)
		told(3*time.Minute, 2) // after one minute, and two
		told(4*time.Minute, 1)
		told(time.Hour, 3) // after 8, 16 and 32
		told(10*time.Hour, 10)
		w.mute = nil
		told(2*time.Hour, 1)
		told(10*time.Hour, 0)
	})
}

// TestNothingIsToldTooLate: an alarm that is over before somebody could be told is not told.
func TestNothingIsToldTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		defer func() { _ = w.store.Close() }()
		w.mute = fault.New(fault.Busy, "no mail goes")
		w.record(backup.KindBackup, 0, false, backup.Made{})
		if err := w.safety.look(t.Context()); err == nil {
			t.Error("nothing was told")
		}
		time.Sleep(time.Second)
		w.record(backup.KindBackup, 0, true, backup.Made{})
		w.mute, w.told = nil, nil
		time.Sleep(retryMost)
		w.want(OnePlace, KeyUnsaved)
		if len(w.told) != 0 {
			t.Errorf("told %v", w.told)
		}
	})
}

// TestNoPlace: where there are no backups, that is said, and nothing about how they went.
func TestNoPlace(t *testing.T) {
	w := newWorld(t, 0)
	defer func() { _ = w.store.Close() }()
	w.want(BackupsOff)
	if len(w.told) != 0 {
		t.Errorf("told %v", w.told)
	}
}

// TestWorstOfWeek: what waited longest is told for a week.
func TestWorstOfWeek(t *testing.T) {
	w := newWorld(t, 1)
	defer func() { _ = w.store.Close() }()
	w.record(kindNote, 8*24*time.Hour, true, note{Worst: 900})
	w.record(kindNote, 2*24*time.Hour, true, note{Worst: 41.5})
	w.record(kindNote, time.Hour, true, note{Worst: 12})
	r, err := w.safety.Report(t.Context())
	if err != nil || r.WorstOfWeek != 41500*time.Millisecond {
		t.Errorf("%v, %v", r.WorstOfWeek, err)
	}
}

// TestUrgent: what nothing has happened of yet sends nobody a mail.
func TestUrgent(t *testing.T) {
	n := 0
	for _, c := range Codes() {
		if c.Urgent() {
			n++
		}
	}
	if n != len(Codes())-3 {
		t.Errorf("%d of %d are urgent", n, len(Codes()))
	}
}
