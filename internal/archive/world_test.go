package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"plectica/internal/blob/dir"
	"plectica/internal/history"
	"plectica/internal/history/historytest"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

// world is an installation: people, maps with files and a past, keys.
type world struct {
	t         testing.TB
	dir       string
	store     *sqlstore.Store
	blobs     *dir.Store
	snapshots *dir.Bucket
	history   *history.Service
	keys      *testKeys
	now       time.Time
	maps      []*historytest.Writer
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.UnixMilli(1_800_000_000_000)}
	var err error
	if w.store, err = sqlite.Open(t.Context(), w.path("plectica.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	if w.blobs, err = dir.Open(w.path("blobs")); err != nil {
		t.Fatal(err)
	}
	if w.snapshots, err = dir.OpenBucket(w.path("snapshots")); err != nil {
		t.Fatal(err)
	}
	began := w.now
	w.history = history.New(history.Config{
		Store: w.store, Objects: w.snapshots, Policy: history.DefaultPolicy(), Now: func() time.Time { return w.now },
		Elapsed: func() time.Duration { return w.now.Sub(began) },
	})
	w.keys = newKeys(t)
	for name, text := range map[string]string{"pepper": "1 aa\n", "acme/x/y": "certificate"} {
		if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.must(w.store.CreateAccount(t.Context(), store.NewAccount{Account: store.Account{ID: id.Account{1}, Email: "a@example.test", Name: "Ä <\x00\n", Operator: true}}))
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// addMap makes a map of so many changes with a file of so many bytes.
func (w *world) addMap(n byte, changes, bytesOfFile int) *historytest.Writer {
	w.t.Helper()
	v := historytest.Open(w.t, w.store, n, &w.now)
	w.must(w.store.CreateMap(w.t.Context(), store.Map{ID: v.ID, Title: fmt.Sprintf("Map %d", n)}, id.Account{1}))
	v.Change(changes, time.Second)
	if bytesOfFile > 0 {
		h, size, err := w.blobs.Put(w.t.Context(), bytes.NewReader(bytes.Repeat([]byte{n, 'x'}, bytesOfFile/2)), 1<<30)
		w.must(err)
		w.must(w.store.AddFile(w.t.Context(), store.File{Map: v.ID, Hash: h, Kind: "text/plain", Size: size, By: id.Account{1}}, store.FileUse{Files: 10, Bytes: 1 << 30}))
	}
	w.maps = append(w.maps, v)
	return v
}

func (w *world) source() Source {
	return Source{
		View: w.store.View, Blobs: w.blobs, Snapshots: w.snapshots, App: "test",
		Files: func() ([]File, error) {
			return []File{{"pepper", w.path("pepper")}, {"acme/x/y", w.path("acme/x/y")}}, nil
		},
	}
}

// archive makes one.
func (w *world) archive() ([]byte, *Manifest) {
	w.t.Helper()
	var b bytes.Buffer
	m, err := Write(w.t.Context(), &b, w.source(), Head{Format: Format, ID: "one", App: "test", Created: w.now.UnixMilli()}, w.keys.Recipients(), 1)
	w.must(err)
	return b.Bytes(), m
}

func (w *world) identities() []age.Identity { return []age.Identity{w.keys[1]} }

// testKeys are two keys, either of which opens what is sealed.
type testKeys [2]*age.X25519Identity

func newKeys(t testing.TB) *testKeys {
	t.Helper()
	var k testKeys
	for i := range k {
		var err error
		if k[i], err = age.GenerateX25519Identity(); err != nil {
			t.Fatal(err)
		}
	}
	return &k
}

func (k *testKeys) Recipients() []age.Recipient {
	return []age.Recipient{k[0].Recipient(), k[1].Recipient()}
}

// restored is a place that an archive is restored to.
type restored struct {
	dir   string
	files map[string]string
	blobs *dir.Store
	snaps *dir.Bucket
}

func newRestored(t testing.TB) *restored {
	t.Helper()
	r := &restored{dir: t.TempDir(), files: make(map[string]string)}
	var err error
	if r.blobs, err = dir.Open(filepath.Join(r.dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	if r.snaps, err = dir.OpenBucket(filepath.Join(r.dir, "snapshots")); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *restored) db() string { return filepath.Join(r.dir, "plectica.db") }

func (r *restored) target() Target {
	return Target{
		Begin:     func(ctx context.Context, h Head) (store.Filler, error) { return sqlite.Fill(ctx, r.db(), h.Schema, 0) },
		Blobs:     r.blobs,
		Snapshots: r.snaps,
		WriteFile: func(name string, b []byte) error { r.files[name] = string(b); return nil },
	}
}

// open opens what was restored.
func (r *restored) open(t testing.TB) *sqlstore.Store {
	t.Helper()
	if err := sqlite.Settle(t.Context(), r.db()); err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), r.db())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// part is one entry of an archive that is taken apart.
type tarPart struct {
	name string
	b    []byte
}

// apart opens an archive without any of our own reading.
func (w *world) apart(archive []byte) []tarPart {
	w.t.Helper()
	opened, err := age.Decrypt(bytes.NewReader(archive), w.identities()...)
	w.must(err)
	z, err := zstd.NewReader(opened)
	w.must(err)
	defer z.Close()
	var out []tarPart
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		w.must(err)
		b, err := io.ReadAll(tr)
		w.must(err)
		out = append(out, tarPart{h.Name, b})
	}
}

// together makes an archive of parts.
func (w *world) together(parts []tarPart) []byte {
	w.t.Helper()
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, w.keys.Recipients()...)
	w.must(err)
	z, err := zstd.NewWriter(sealed)
	w.must(err)
	tw := tar.NewWriter(z)
	for _, p := range parts {
		w.must(tw.WriteHeader(&tar.Header{Name: p.name, Size: int64(len(p.b)), Mode: 0o600}))
		_, err := tw.Write(p.b)
		w.must(err)
	}
	w.must(errors.Join(tw.Close(), z.Close(), sealed.Close()))
	return out.Bytes()
}

// rows returns all rows of all tables of a store, as text.
func rows(t testing.TB, v store.Viewer) []string {
	t.Helper()
	var out []string
	err := v.View(t.Context(), func(view store.View) error {
		tables, err := view.Tables(t.Context())
		if err != nil {
			return err
		}
		for _, x := range tables {
			if err := view.Rows(t.Context(), x, func(values []any) error {
				line, err := AppendValues([]byte(x.Name+" "), values)
				out = append(out, string(line))
				return err
			}); err != nil {
				return err
			}
		}
		return view.Heads(t.Context(), func(r store.RoomRecord) error {
			return view.Log(t.Context(), r.Map, func(row store.Row) error {
				out = append(out, string(appendOp([]byte(r.Map.String()+" "), &row)))
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// anyOf reports whether one of the texts holds all of some words.
func anyOf(texts []string, words ...string) bool {
	for _, s := range texts {
		ok := true
		for _, x := range words {
			ok = ok && strings.Contains(s, x)
		}
		if ok {
			return true
		}
	}
	return false
}
