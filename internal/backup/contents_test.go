package backup

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// attach lets a map hold a content from now on.
func (w *world) attach(m id.Map, text string) blob.Hash {
	w.t.Helper()
	h, n, err := w.service.c.Source.Blobs.Put(w.t.Context(), strings.NewReader(text), int64(len(text)))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Map(w.t.Context(), m); fault.Is(err, fault.NotFound) {
		err = w.store.CreateMap(w.t.Context(), store.Map{ID: m, Title: "m"}, id.Account{1})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	f := store.File{Map: m, Hash: h, Kind: "text/plain", Size: n, At: w.now.UnixMilli()}
	if err := w.store.AddFile(w.t.Context(), f, store.FileUse{Files: 100, Bytes: 1 << 30}); err != nil {
		w.t.Fatal(err)
	}
	return h
}

// contents are the keys of the contents that the second place has.
func (w *world) contents() (keys []string) {
	w.t.Helper()
	err := walk(w.t.Context(), w.service.c.Places[1], contentDir, "", maxContents, func(o blob.Info) error {
		keys = append(keys, o.Key)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// brought brings what waits, and fails if something goes wrong.
func (w *world) brought(s *Shipper) {
	w.t.Helper()
	s.contents.next, s.contents.asked = time.Time{}, time.Time{}
	if err := s.contents.bring(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// fetched brings contents of the second place to an empty store of contents.
func (w *world) fetched(want ...blob.Hash) (got []blob.Hash, to *dir.Store) {
	w.t.Helper()
	to, err := dir.Open(w.t.TempDir())
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := w.service.c.Keys.Drill()
	if err != nil {
		w.t.Fatal(err)
	}
	if got, err = Fetch(w.t.Context(), w.service.c.Places[1], Private{key}, want, to); err != nil {
		w.t.Fatal(err)
	}
	return got, to
}

// TestContents: BK-10. What is attached goes to a further place, sealed, once, and comes back
// as it was. What an archive there has does not go again, nor does its copy.
func TestContents(t *testing.T) {
	w := newWorld(t, 2)
	s := w.shipper()
	const text = "a photograph of the whiteboard"
	h := w.attach(w.writer.ID, text)
	w.now = w.now.Add(time.Minute)
	for range 3 {
		w.brought(s)
		s = w.shipper() // which asks what is there
	}
	if len(w.contents()) != 1 || w.places[1].puts != 1 || s.Age() != 0 {
		t.Fatalf("%v, made %d times, %v", w.contents(), w.places[1].puts, s.Age())
	}
	o, err := w.places[1].Open(t.Context(), w.contents()[0])
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := io.ReadAll(o)
	if err != nil || bytes.Contains(sealed, []byte("whiteboard")) {
		t.Errorf("it can be read there: %v", err)
	}
	got, to := w.fetched(h, blob.Hash{1})
	if !slices.Equal(got, []blob.Hash{h}) {
		t.Fatalf("%v", got)
	}
	c, err := to.Open(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); err != nil || string(b) != text {
		t.Errorf("%q, %v", b, err)
	}

	w.now = w.now.Add(3 * time.Hour)
	w.create()
	puts := w.places[1].puts
	w.now = w.now.Add(3 * day)
	w.attach(id.Map{7}, text) // as copies of maps do
	w.attach(id.Map{7}, "another")
	w.brought(s)
	if w.places[1].puts != puts+1 || len(w.contents()) != 2 {
		t.Errorf("%d more, %v", w.places[1].puts-puts, w.contents())
	}
}

// TestContentsWhilePlaceIsDown: they wait, their age is told, and they arrive.
func TestContentsWhilePlaceIsDown(t *testing.T) {
	w := newWorld(t, 2)
	s := w.shipper()
	w.brought(s)
	w.attach(w.writer.ID, "x")
	w.places[1].fail = errDown
	s.contents.next = time.Time{}
	if err := s.contents.bring(t.Context()); !fault.Is(err, fault.Busy) {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	if got := s.Age(); got != time.Hour {
		t.Errorf("age %v", got)
	}
	w.places[1].fail = nil
	w.brought(s)
	if len(w.contents()) != 1 || s.Age() != 0 {
		t.Errorf("%v, %v", w.contents(), s.Age())
	}
}

// TestContentsInRounds: much goes in several rounds, the oldest first.
func TestContentsInRounds(t *testing.T) {
	w := newWorld(t, 2)
	s := w.shipper()
	big := strings.Repeat("x", contentRound/2+1)
	var list []blob.Hash
	for i := range 3 {
		list = append(list, w.attach(w.writer.ID, big+string(rune('a'+i))))
		w.now = w.now.Add(time.Second)
	}
	w.brought(s)
	if got, _ := w.fetched(list...); len(got) != 2 || slices.Contains(got, list[2]) {
		t.Errorf("%d came in the first round", len(got))
	}
	if s.Age() != time.Second {
		t.Errorf("age %v", s.Age())
	}
	w.brought(s)
	if got, _ := w.fetched(list...); len(got) != 3 || s.Age() != 0 {
		t.Errorf("%d came, %v", len(got), s.Age())
	}
}

// TestDamagedContent: one that is damaged here is told of and keeps no other waiting; one
// that is damaged there is not taken for what it was, and another day's is.
func TestDamagedContent(t *testing.T) {
	w := newWorld(t, 2)
	path := t.TempDir()
	blobs, err := dir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w.service.c.Source.Blobs = blobs
	lost, whole := w.attach(w.writer.ID, "lost"), w.attach(w.writer.ID, "whole")
	if err := os.WriteFile(filepath.Join(path, lost.String()[:2], lost.String()), []byte("sand"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := w.shipper()
	w.brought(s)
	w.brought(s)
	if len(w.contents()) != 1 || len(w.errs) != 1 || !strings.Contains(w.errs[0].Error(), lost.String()) {
		t.Fatalf("%v, %v", w.contents(), w.errs)
	}
	w.now = w.now.Add(day)
	w.attach(id.Map{8}, "whole") // its own key, for the next day
	w.brought(s)
	keys := w.contents()
	if len(keys) != 2 {
		t.Fatal(keys)
	}
	other := w.attach(id.Map{8}, "other")
	w.brought(s)
	for _, swap := range []func() io.Reader{
		func() io.Reader { return strings.NewReader("no seal at all") },
		func() io.Reader { // sealed for us, and something else
			o, err := w.places[1].Open(t.Context(), attachedAt(other, w.now.UnixMilli()).key())
			if err != nil {
				t.Fatal(err)
			}
			return o
		},
	} {
		if err := w.places[1].Delete(t.Context(), keys[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := w.places[1].Create(t.Context(), keys[0], swap(), blob.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		got, to := w.fetched(whole)
		if len(got) != 1 {
			t.Errorf("the other day's was not taken: %v", got)
		}
		if list, err := to.List(t.Context(), blob.Hash{}, 10); err != nil || len(list) != 1 || list[0].Hash != whole {
			t.Errorf("%v, %v", list, err)
		}
	}
}

// clocked is a place that says that all it has was made at one time.
type clocked struct {
	*bucket
	at time.Time
}

func (c clocked) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	list, err := c.bucket.List(ctx, prefix, after, limit)
	for i := range list {
		list[i].At = c.at.UnixMilli()
	}
	return list, err
}

// TestPruneContents: contents go with the archives of their time, and never before.
func TestPruneContents(t *testing.T) {
	w := newWorld(t, 2)
	w.service.c.Keep = 3 * day
	s := w.shipper()
	var days []string
	for i := range 7 {
		days = append(days, w.now.UTC().Format(dayForm))
		w.attach(w.writer.ID, strings.Repeat("x", i+1))
		w.brought(s)
		w.now = w.now.Add(time.Hour)
		w.create()
		w.now = w.now.Add(day - time.Hour)
	}
	now := w.now
	w.now = now.Add(-365 * day) // all is young by the place's clock, or this one is wrong
	w.service.c.Places[1].Bucket = clocked{w.places[1], w.now}
	if _, err := w.service.Prune(t.Context()); err != nil || len(w.contents()) != len(days) {
		t.Errorf("%v, %v", w.contents(), err)
	}
	w.now = now
	w.service.c.Places[1].Bucket = clocked{w.places[1], now}
	if _, err := w.service.Prune(t.Context()); err != nil || len(w.contents()) != len(days) {
		t.Errorf("%v, %v", w.contents(), err)
	}
	w.service.c.Places[1].Bucket = clocked{w.places[1], now.Add(-5 * day)}
	if _, err := w.service.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, key := range w.contents() {
		a, ok := attachedOf(key)
		if !ok {
			t.Fatal(key)
		}
		left = append(left, a.day)
	}
	// Three archives are left, of the days 4 to 6; what came on day 3 may be given again on it.
	if list := w.list(1); len(list) != 3 || !slices.Equal(left, days[3:]) {
		t.Errorf("%d archives, contents of %v; days %v", len(list), left, days)
	}
}

// TestYoungContents: what is younger than archives are kept stays, though all of them be
// younger still.
func TestYoungContents(t *testing.T) {
	w := newWorld(t, 2)
	w.service.c.Keep = 10 * day
	w.attach(w.writer.ID, "x")
	w.brought(w.shipper())
	w.now = w.now.Add(5 * day)
	w.create()
	for _, want := range []int{1, 0} {
		if _, err := w.service.Prune(t.Context()); err != nil || len(w.contents()) != want {
			t.Errorf("%v, %v", w.contents(), err)
		}
		w.now = w.now.Add(7 * day)
	}
}
