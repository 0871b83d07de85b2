package operate

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plectica/internal/backup"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// shipping is a data directory whose changes go to a second place.
type shipping struct {
	t       *testing.T
	config  config.Config
	store   *sqlstore.Store
	blobs   blob.Store
	maps    []*historytest.Writer
	keeping *Keeping
	service *backup.Service
	shipper *backup.Shipper
	now     time.Time
	errs    []error
}

// ships opens one on a directory that may hold something already.
func ships(t *testing.T, c config.Config) *shipping {
	t.Helper()
	s := &shipping{t: t, config: c, now: time.Now()}
	d, err := datadir.Open(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	if s.blobs, err = dir.Open(d.Path(datadir.Blobs)); err != nil {
		t.Fatal(err)
	}
	if s.store, err = sqlite.Open(t.Context(), d.Path(datadir.Database)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	keys, err := backup.OpenKeys(d.Path(datadir.Keys), "")
	if err != nil {
		t.Fatal(err)
	}
	s.keeping = &Keeping{
		Config: c, Version: "test", Dir: d, View: s.store.View, Records: s.store, Keys: keys, Brought: s.store.NoteShipped,
		Now: func() time.Time { return s.now }, OnError: func(err error) { s.errs = append(s.errs, err) },
	}
	s.begins()
	return s
}

// begins starts with sending anew, as a server does.
func (s *shipping) begins() {
	s.t.Helper()
	var err error
	if s.service, err = s.keeping.Open(); err != nil {
		s.t.Fatal(err)
	}
	for _, p := range s.service.Further() {
		s.shipper = s.service.NewShipper(p, s.store)
	}
}

// fill makes maps, one of which has a file.
func (s *shipping) fill() {
	s.t.Helper()
	for n := range byte(3) {
		w := historytest.Open(s.t, s.store, n, &s.now)
		if err := s.store.CreateMap(s.t.Context(), store.Map{ID: w.ID, Title: "m"}, id.Account{1}); err != nil {
			s.t.Fatal(err)
		}
		w.Change(30, time.Millisecond)
		s.maps = append(s.maps, w)
	}
	s.attach("from the first day on")
}

// attach lets the first map hold a content.
func (s *shipping) attach(text string) {
	s.t.Helper()
	h, n, err := s.blobs.Put(s.t.Context(), strings.NewReader(text), 1<<20)
	if err == nil {
		err = s.store.AddFile(s.t.Context(), store.File{Map: s.maps[0].ID, Hash: h, Kind: "x", Size: n, At: s.now.UnixMilli()}, store.FileUse{Files: 9, Bytes: 1 << 30})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// ship sends what maps changed.
func (s *shipping) ship(list ...*historytest.Writer) {
	s.t.Helper()
	for _, w := range list {
		w.Change(5, time.Millisecond)
		s.shipper.Changed(w.ID, 5)
	}
	if err := s.shipper.Ship(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(time.Second)
}

// archive makes one at all places.
func (s *shipping) archive() *backup.Made {
	s.t.Helper()
	made, err := s.service.Create(s.t.Context(), 1)
	if err != nil || len(s.errs) > 0 {
		s.t.Fatal(err, s.errs)
	}
	return made
}

// restored brings all of it back elsewhere, from the places it went to.
func (s *shipping) restored(from Archives) (config.Config, *Restored) {
	s.t.Helper()
	keys, err := ReadKeys(s.config, "")
	if err != nil {
		s.t.Fatal(err)
	}
	c := s.config
	c.Data = filepath.Join(s.t.TempDir(), "restored")
	back, err := Restore(s.t.Context(), c, from, keys)
	if err != nil {
		s.t.Fatal(err)
	}
	return c, back
}

// twoDirs is a configuration of two places, which are directories.
func twoDirs(t *testing.T) config.Config {
	t.Helper()
	c := config.Default()
	c.Data = filepath.Join(t.TempDir(), "data")
	c.Backup.Places = []string{filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")}
	return c
}

// TestDamagedSegment: BK-7. What is damaged of the changes is named; what follows is put in,
// but for the maps that lack something.
func TestDamagedSegment(t *testing.T) {
	s := ships(t, twoDirs(t))
	s.fill()
	s.archive()
	second, err := OpenPlace(s.config, s.config.Backup.Places[1])
	if err != nil {
		t.Fatal(err)
	}
	segments := func() (keys []string) {
		t.Helper()
		list, err := second.List(t.Context(), "segments/", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			keys = append(keys, o.Key)
		}
		return keys
	}
	s.ship(s.maps...)
	before := len(segments())
	s.ship(s.maps[0], s.maps[1])
	broken := segments()[before:]
	s.ship(s.maps[1], s.maps[2])
	for _, key := range broken {
		o, err := second.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(o); err != nil {
			t.Fatal(err)
		}
		b.Bytes()[b.Len()-20] ^= 1
		if err := second.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Create(t.Context(), key, &b, blob.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	c, back := s.restored(Archives{})
	if !slices.Equal(back.Damaged, broken) || back.Gaps != 1 || back.Later != 3*5+5 || back.Schema != 0 {
		t.Errorf("%+v", back)
	}
	got := ships(t, c)
	for i, want := range []uint64{35, 35, 40} {
		if rec, err := got.store.Room(t.Context(), s.maps[i].ID); err != nil || rec.Head != want {
			t.Errorf("map %d is at %d, not %d; %v", i, rec.Head, want, err)
		}
	}
}

// TestTablesOfAnotherSchema are not put in, and told of; those before them are.
func TestTablesOfAnotherSchema(t *testing.T) {
	r := &replay{to: 100, db: inFile{}}
	for at, schema := range []int{0: sqlite.Schema(), 1: sqlite.Schema() + 1} {
		if err := r.Tables(t.Context(), int64(at), schema, []store.Rows{{Table: store.Table{Name: string(rune('a' + at))}}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.tables) != 1 || r.tables[0].Name != "a" || r.schema != sqlite.Schema()+1 {
		t.Errorf("%+v", r)
	}
	if err := r.Tables(context.Background(), 101, sqlite.Schema(), nil); err != nil || r.schema == 0 {
		t.Error("what came after the time counts")
	}
	if err := r.Tables(context.Background(), 3, sqlite.Schema(), nil); err != nil || r.schema != 0 {
		t.Error("what came again is put in")
	}
}

// TestCopyForTrial: BK-11. A copy that was restored with the configuration of the one that runs
// writes to none of its places, until it is adopted; those of its own it uses at once.
func TestCopyForTrial(t *testing.T) {
	c := twoDirs(t)
	s := ships(t, c)
	s.fill()
	s.archive()
	s.ship(s.maps[0])
	if err := Adopt(s.config); !fault.Is(err, fault.Conflict) {
		t.Errorf("what was not restored is adopted: %v", err)
	}
	c, back := s.restored(Archives{})
	if !slices.Equal(back.Held, c.Backup.Places) {
		t.Errorf("%v", back.Held)
	}
	trial := ships(t, c)
	if len(trial.errs) != 1 || trial.shipper != nil || !strings.Contains(trial.errs[0].Error(), "adopt") {
		t.Errorf("%v", trial.errs)
	}
	if made, err := trial.service.Create(t.Context(), 1); err == nil {
		t.Errorf("%+v", made)
	}
	own := c
	own.Backup.Places = append([]string{"backups"}, c.Backup.Places...)
	trial = ships(t, own)
	made, err := trial.service.Create(t.Context(), 1)
	if err != nil || len(made.Places) != 1 || made.Places[0].Name != "backups" || trial.shipper != nil {
		t.Errorf("%+v, %v", made, err)
	}
	s.ship(s.maps[1]) // the one that runs goes on, and is what comes back
	if _, back = s.restored(Archives{}); back.Later != 10 {
		t.Errorf("%+v", back)
	}
	if err := Adopt(c); err != nil {
		t.Fatal(err)
	}
	adopted := ships(t, c)
	if len(adopted.errs) > 0 || adopted.shipper == nil {
		t.Errorf("%v", adopted.errs)
	}
}

// TestRestoreByAWrongClock: an archive that a wrong clock made is passed over and told of,
// and what was done is there, whenever it is said to have been.
func TestRestoreByAWrongClock(t *testing.T) {
	s := ships(t, twoDirs(t))
	s.fill()
	now := s.now
	s.now = now.AddDate(1, 0, 0)
	s.archive()
	s.maps[1].Change(1, time.Millisecond)
	s.shipper.Changed(s.maps[1].ID, 1)
	s.now = now
	right := s.archive()
	s.ship(s.maps[0])
	_, back := s.restored(Archives{})
	if !strings.Contains(back.From, right.Key+" (1 there are of a time yet to come") || back.Gaps > 0 || back.Later != 5 {
		t.Errorf("%+v", back)
	}
}

// TestDrillChecksSlowly: checking what a drill restored leaves most of the time to others.
func TestDrillChecksSlowly(t *testing.T) {
	c, _ := installation(t)
	took := func(share float64) time.Duration {
		t.Helper()
		began := time.Now()
		got, err := checkRestored(t.Context(), c, share)
		if err != nil || got.Maps != 8 || len(got.Bad) > 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		return time.Since(began)
	}
	all, part := took(1), took(0.1)
	if part < 3*all { // some 10 times, but for what a busy machine adds
		t.Errorf("all of the time: %v, a tenth: %v", all, part)
	}
}
