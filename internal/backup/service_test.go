package backup

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
	"plectica/internal/history/historytest"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// bucket is a directory that can be made to fail.
type bucket struct {
	blob.Bucket
	fail error
	puts int
}

func (b *bucket) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if b.fail != nil {
		return blob.Info{}, b.fail
	}
	b.puts++
	return b.Bucket.Create(ctx, key, r, o)
}

func (b *bucket) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	if b.fail != nil {
		return nil, b.fail
	}
	return b.Bucket.List(ctx, prefix, after, limit)
}

// world is a store with a map, and places for its archives.
type world struct {
	t       *testing.T
	file    string
	store   *sqlstore.Store
	writer  *historytest.Writer
	places  []*bucket
	service *Service
	now     time.Time
	errs    []error
}

var errDown = fault.New(fault.Busy, "the place is down")

func newWorld(t *testing.T, places int) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2027, 1, 15, 12, 0, 0, 0, time.Local)}
	w.file = filepath.Join(t.TempDir(), "plectica.db")
	var err error
	if w.store, err = sqlite.Open(t.Context(), w.file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	w.writer = historytest.Open(t, w.store, 1, &w.now)
	w.writer.Change(10, time.Millisecond)
	keys, err := OpenKeys(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := dir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Source: archive.Source{View: w.store.View, Blobs: blobs, App: "test"}, Keys: keys, Records: w.store, Keep: 35 * day, At: 2 * time.Hour, DrillAt: -1,
		Brought: w.store.NoteShipped, Now: func() time.Time { return w.now }, OnError: func(err error) { w.errs = append(w.errs, err) },
	}
	for i := range places {
		b, err := dir.OpenBucket(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		w.places = append(w.places, &bucket{Bucket: b})
		c.Places = append(c.Places, Place{string(rune('a' + i)), w.places[i]})
	}
	w.service = New(c)
	return w
}

func (w *world) create() *Made {
	w.t.Helper()
	m, err := w.service.Create(w.t.Context(), 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) list(n int) []Receipt {
	w.t.Helper()
	list, err := List(w.t.Context(), w.service.c.Places[n])
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// TestPlaceDown: the others have the archive all the same, and the one that was down gets
// that archive, and not another one each time.
func TestPlaceDown(t *testing.T) {
	for down := range 3 {
		w := newWorld(t, 3)
		w.places[down].fail = errDown
		m := w.create()
		for i := range w.places {
			if i != down && len(w.list(i)) != 1 || (m.Places[i].Error != "") != (i == down) {
				t.Errorf("%d down: %+v", down, m.Places)
			}
		}
		for range 3 {
			w.now = w.now.Add(againAfter)
			if err := w.service.daily(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.places[down].fail = nil
		if s, err := w.service.Status(t.Context()); err != nil || s.MadeOK || s.MadeAt != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		w.now = w.now.Add(againAfter)
		if err := w.service.daily(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range w.places {
			if list := w.list(i); len(list) != 1 || list[0].ID != m.ID {
				t.Errorf("%d down: %d archives at %d", down, len(list), i)
			}
		}
		if s, err := w.service.Status(t.Context()); err != nil || !s.MadeOK {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

// TestClockWasAhead: what was done by a clock that was wrong hides nothing that follows.
func TestClockWasAhead(t *testing.T) {
	w := newWorld(t, 1)
	now := w.now
	w.now = now.Add(365 * day)
	w.create()
	w.now = now
	last, err := w.service.lastGood(t.Context(), KindBackup)
	if err != nil || !due(w.now, last, w.service.c.At) {
		t.Fatalf("%d, %v: no backup is due", last, err)
	}
	m := w.create()
	if last, err = w.service.lastGood(t.Context(), KindBackup); err != nil || due(w.now, last, w.service.c.At) {
		t.Errorf("%d, %v: another one is due", last, err)
	}
	if s, err := w.service.Status(t.Context()); err != nil || s.Made.ID != m.ID || s.MadeAt != m.Created {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPruneByAWrongClock: a year ahead, and all archives are still there.
func TestPruneByAWrongClock(t *testing.T) {
	w := newWorld(t, 1)
	for range 5 {
		w.create()
		w.now = w.now.Add(day)
	}
	w.now = w.now.Add(365 * day)
	if n, err := w.service.Prune(t.Context()); n != 0 || err != nil || len(w.list(0)) != 5 {
		t.Errorf("%d went, %v", n, err)
	}
}

// TestPrune: what is older than it is kept goes, and the changes before what is left.
func TestPrune(t *testing.T) {
	w := newWorld(t, 1)
	w.service.c.Keep = 3 * day
	var created []int64
	for range 6 {
		created = append(created, w.create().Created)
		if _, err := w.places[0].Create(t.Context(), segmentKey(w.now.UnixMilli(), ""), strings.NewReader("x"), blob.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(day)
	}
	if n, err := w.service.Prune(t.Context()); n != 3 || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
	if list := w.list(0); len(list) != 3 || list[2].Created != created[3] {
		t.Errorf("%+v", list)
	}
	var stamps []int64
	err := eachSegment(t.Context(), w.service.c.Places[0], 0, func(s segment) error {
		stamps = append(stamps, s.stamp)
		return nil
	})
	if err != nil || len(stamps) != 3 || stamps[0] < created[3] {
		t.Errorf("%v, %v", stamps, err)
	}
}

// TestDamagedReceipt hides its own archive alone.
func TestDamagedReceipt(t *testing.T) {
	w := newWorld(t, 1)
	m := w.create()
	if _, err := w.places[0].Create(t.Context(), archiveDir+"20990101t000000z-0000000000000000.json", bytes.NewReader([]byte("{")), blob.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if r, _, err := Newest(t.Context(), w.service.c.Places[0], w.now); err != nil || r.ID != m.ID {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestArchivesOfATimeToCome: what a clock made that was ahead is newest only where there is
// nothing else, and told of by the drill, which takes the other.
func TestArchivesOfATimeToCome(t *testing.T) {
	w := newWorld(t, 1)
	w.service.c.Scratch = func(context.Context, archive.Totals) (*Scratch, error) { return nil, errDown }
	now := w.now
	w.now = now.Add(365 * day)
	wrong := w.create()
	w.now = now
	r, early, err := Newest(t.Context(), w.service.c.Places[0], w.now)
	if err != nil || r.ID != wrong.ID || early != 1 {
		t.Errorf("%+v, %d, %v", r, early, err)
	}
	right := w.create()
	w.now = now.Add(-30 * time.Minute) // which may be
	if r, early, err = Newest(t.Context(), w.service.c.Places[0], w.now); err != nil || r.ID != right.ID || early != 1 {
		t.Errorf("%+v, %d, %v", r, early, err)
	}
	d, err := w.service.Drill(t.Context())
	if err == nil || d.Archive != right.ID {
		t.Errorf("%+v, %v", d, err)
	}
	if len(w.errs) != 1 || !strings.Contains(w.errs[0].Error(), "yet to come") {
		t.Errorf("%v", w.errs)
	}
}

// TestHalfAnArchive: what a crash left of one goes with the old ones.
func TestHalfAnArchive(t *testing.T) {
	w := newWorld(t, 1)
	path := t.TempDir()
	b, err := dir.OpenBucket(path)
	if err != nil {
		t.Fatal(err)
	}
	w.service.c.Places[0].Bucket = b
	left := filepath.Join(path, ".new-12345")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-day)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("it is still there")
	}
}
