package storetest

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// FileStore is what the suite for files needs: maps that hold them.
type FileStore interface {
	MapStore
	store.Files
}

// Files checks which map holds which content. open returns an empty store.
func Files(t *testing.T, open func(t *testing.T) FileStore) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s FileStore)
	}{
		{"add, read, list", fileBasics},
		{"room", fileRoom},
		{"copy", copyFiles},
		{"drop and held", dropHeld},
		{"thumbnails", thumbs},
		{"a purged map holds nothing", purgeFiles},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func roomy() store.FileUse { return store.FileUse{Files: 10, Bytes: 1000} }

func fileN(m id.Map, n byte) store.File {
	return store.File{Map: m, Hash: blob.Hash{n, 31: 1}, Kind: "image/png", W: 640, H: int(n), Size: 10 * int64(n), By: id.Account{n}, At: 100 + int64(n)}
}

func addFile(t *testing.T, s FileStore, f store.File) store.File {
	t.Helper()
	if err := s.AddFile(t.Context(), f, roomy()); err != nil {
		t.Fatal(err)
	}
	return f
}

func fileBasics(t *testing.T, s FileStore) {
	ctx := t.Context()
	a := addAccount(t, s, 1)
	m, other := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	var want []store.File
	for _, n := range []byte{3, 1, 2} {
		want = append(want, addFile(t, s, fileN(m.ID, n)))
	}
	want = []store.File{want[1], want[2], want[0]}
	again := want[0]
	again.Kind, again.At = "text/html", 999
	addFile(t, s, again) // what is there stays as it is
	for _, f := range want {
		got, err := s.File(ctx, m.ID, f.Hash)
		if diff := cmp.Diff(f, got); err != nil || diff != "" {
			t.Errorf("file: %v\n%s", err, diff)
		}
		_, err = s.File(ctx, other.ID, f.Hash) // through another map it is not there
		wantKind(t, err, fault.NotFound)
	}
	var got []store.File
	var after blob.Hash
	for range 3 {
		page, err := s.ListFiles(ctx, m.ID, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page {
			if bytes.Compare(after[:], f.Hash[:]) >= 0 {
				t.Error("the list is out of order")
			}
			after = f.Hash
		}
		got = append(got, page...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list:\n%s", diff)
	}
	if use, err := s.FileUse(ctx, m.ID); err != nil || use != (store.FileUse{Files: 3, Bytes: 60}) {
		t.Errorf("use %+v, %v", use, err)
	}
	if use, err := s.FileUse(ctx, other.ID); err != nil || use != (store.FileUse{}) {
		t.Errorf("use of nothing %+v, %v", use, err)
	}
	wantKind(t, s.AddFile(ctx, fileN(mapN(9), 1), roomy()), fault.NotFound)
}

func fileRoom(t *testing.T, s FileStore) {
	ctx := t.Context()
	m := addMap(t, s, 1, addAccount(t, s, 1).ID)
	addFile(t, s, fileN(m.ID, 2))
	for _, most := range []store.FileUse{{Files: 1, Bytes: 1000}, {Files: 9, Bytes: 49}} {
		wantKind(t, s.AddFile(ctx, fileN(m.ID, 3), most), fault.Limit)
		_, err := s.File(ctx, m.ID, fileN(m.ID, 3).Hash)
		wantKind(t, err, fault.NotFound)
		if err := s.AddFile(ctx, fileN(m.ID, 2), most); err != nil {
			t.Errorf("what is there needs room: %v", err)
		}
	}
	if err := s.AddFile(ctx, fileN(m.ID, 3), store.FileUse{Files: 2, Bytes: 50}); err != nil {
		t.Errorf("what just fits: %v", err)
	}
}

func copyFiles(t *testing.T, s FileStore) {
	ctx := t.Context()
	a := addAccount(t, s, 1)
	m, to := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	for _, n := range []byte{1, 2} {
		addFile(t, s, fileN(m.ID, n))
	}
	addFile(t, s, fileN(to.ID, 2))
	wantKind(t, s.CopyFiles(ctx, m.ID, to.ID, id.Account{7}, 500, store.FileUse{Files: 1, Bytes: 1000}), fault.Limit)
	if use, err := s.FileUse(ctx, to.ID); err != nil || use.Files != 1 {
		t.Errorf("a refused copy leaves %+v, %v", use, err)
	}
	wantKind(t, s.CopyFiles(ctx, m.ID, mapN(9), id.Account{7}, 500, roomy()), fault.NotFound)
	if err := s.CopyFiles(ctx, m.ID, to.ID, id.Account{7}, 500, roomy()); err != nil {
		t.Fatal(err)
	}
	got, err := s.ListFiles(ctx, to.ID, blob.Hash{}, 10)
	first, second := fileN(to.ID, 1), fileN(to.ID, 2)
	first.By, first.At = id.Account{7}, 500
	if diff := cmp.Diff([]store.File{first, second}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func held(t *testing.T, s FileStore, h blob.Hash, want bool) {
	t.Helper()
	if got, err := s.Held(t.Context(), h); err != nil || got != want {
		t.Errorf("held: %v, %v, want %v", got, err, want)
	}
}

func dropHeld(t *testing.T, s FileStore) {
	ctx := t.Context()
	a := addAccount(t, s, 1)
	m, other := addMap(t, s, 1, a.ID), addMap(t, s, 2, a.ID)
	f := addFile(t, s, fileN(m.ID, 1))
	addFile(t, s, fileN(other.ID, 1))
	if err := s.DropFile(ctx, m.ID, f.Hash, f.At); err != nil {
		t.Fatal(err)
	}
	if _, err := s.File(ctx, m.ID, f.Hash); err != nil {
		t.Errorf("what was added later is gone: %v", err)
	}
	held(t, s, blob.Hash{9}, false)
	for _, v := range []id.Map{m.ID, other.ID} {
		held(t, s, f.Hash, true)
		if err := s.DropFile(ctx, v, f.Hash, f.At+1); err != nil {
			t.Fatal(err)
		}
		_, err := s.File(ctx, v, f.Hash)
		wantKind(t, err, fault.NotFound)
	}
	held(t, s, f.Hash, false)
}

func thumbs(t *testing.T, s FileStore) {
	ctx := t.Context()
	m := addMap(t, s, 1, addAccount(t, s, 1).ID)
	f := addFile(t, s, fileN(m.ID, 1))
	small, large := blob.Hash{7}, blob.Hash{8}
	_, err := s.Thumb(ctx, f.Hash, 256)
	wantKind(t, err, fault.NotFound)
	for _, set := range []struct {
		size int
		hash blob.Hash
	}{{256, large}, {1024, large}, {256, small}} { // the last word counts
		if err := s.SetThumb(ctx, f.Hash, set.size, set.hash); err != nil {
			t.Fatal(err)
		}
	}
	for size, want := range map[int]blob.Hash{256: small, 1024: large} {
		if got, err := s.Thumb(ctx, f.Hash, size); err != nil || got != want {
			t.Errorf("%d: %v, %v", size, got, err)
		}
		held(t, s, want, true)
	}
	if err := s.DropFile(ctx, m.ID, f.Hash, f.At+1); err != nil {
		t.Fatal(err)
	}
	held(t, s, small, false)
	if err := s.ForgetThumbs(ctx, f.Hash); err != nil {
		t.Fatal(err)
	}
	_, err = s.Thumb(ctx, f.Hash, 256)
	wantKind(t, err, fault.NotFound)
}

func purgeFiles(t *testing.T, s FileStore) {
	ctx := t.Context()
	m := addMap(t, s, 1, addAccount(t, s, 1).ID)
	f := addFile(t, s, fileN(m.ID, 1))
	if err := s.DeleteMap(ctx, m.ID, 100); err != nil {
		t.Fatal(err)
	}
	held(t, s, f.Hash, true) // it may come back
	if done, err := s.PurgeMap(ctx, m.ID, 101, 10); err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	held(t, s, f.Hash, false)
}
