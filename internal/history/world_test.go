package history

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/history/historytest"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/sysmap"
)

// world is a store, a place for objects, and maps that people change.
type world struct {
	t       testing.TB
	store   *sqlstore.Store
	objects *place
	service *Service
	now     time.Time
	began   time.Time // when the server was started, had nobody set the clock since
	mu      sync.Mutex
	errs    []error
}

func (w *world) fault(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errs = append(w.errs, err)
}

// place is a directory that can be made to fail.
type place struct {
	blob.Bucket
	path string
	fail error
}

func (p *place) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if p.fail != nil {
		return blob.Info{}, p.fail
	}
	return p.Bucket.Create(ctx, key, r, o)
}

func (p *place) Open(ctx context.Context, key string) (blob.Object, error) {
	if p.fail != nil {
		return nil, p.fail
	}
	return p.Bucket.Open(ctx, key)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "plectica.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	path := t.TempDir()
	bucket, err := dir.OpenBucket(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: st, objects: &place{Bucket: bucket, path: path}, now: time.UnixMilli(1_800_000_000_000)}
	w.restart()
	return w
}

// restart makes the service anew.
func (w *world) restart() {
	w.began = w.now
	w.service = New(Config{
		Store: w.store, Settings: w.store, Objects: w.objects, Policy: DefaultPolicy(), Now: func() time.Time { return w.now },
		Elapsed: func() time.Duration { return w.now.Sub(w.began) }, OnError: w.fault,
	})
}

// leap sets the clock, without any time passing.
func (w *world) leap(d time.Duration) { w.now, w.began = w.now.Add(d), w.began.Add(d) }

// writer changes one map, and tells the service.
type writer struct {
	*historytest.Writer
	*world
}

func (w *world) open(n byte) *writer {
	w.t.Helper()
	return &writer{historytest.Open(w.t, w.store, n, &w.now), w}
}

// change makes n changes, a step apart.
func (v *writer) change(n int, step time.Duration) {
	v.t.Helper()
	v.Change(n, step)
	v.service.Changed(v.ID, n)
}

// record is the map's, as it is now.
func (v *writer) record() store.Room {
	v.t.Helper()
	r, err := v.store.Room(v.t.Context(), v.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	return r
}

func (v *writer) snap() {
	v.t.Helper()
	if err := v.service.snap(v.t.Context(), v.ID); err != nil {
		v.t.Fatal(err)
	}
}

func (v *writer) snapshots() []store.Snapshot {
	v.t.Helper()
	list, err := v.store.Snapshots(v.t.Context(), v.ID, 0, 1000)
	if err != nil {
		v.t.Fatal(err)
	}
	return list
}

// file is where a snapshot lies.
func (w *world) file(v store.Snapshot) string {
	return filepath.Join(w.objects.path, filepath.FromSlash(object(v.Map, v.Seq, v.Hash)))
}

// flip changes one byte of a file.
func flip(t testing.TB, file string, at int) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[at%len(b)] ^= 1
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantMoments looks at the state after each of some changes.
func (v *writer) wantMoments(seqs ...uint64) {
	v.t.Helper()
	for _, n := range seqs {
		m, err := v.service.At(v.t.Context(), v.ID, n)
		if err != nil {
			v.t.Errorf("the state at %d: %v", n, err)
			continue
		}
		if m.State.Hash() != v.Seen[n-1] || m.Seq != n {
			v.t.Errorf("the state at %d is another", n)
		}
	}
}

func blobOptions() blob.CreateOptions { return blob.CreateOptions{} }

// newState is a small map.
func newState(t testing.TB) *sysmap.Map {
	t.Helper()
	w := newWorld(t)
	v := w.open(1)
	v.change(50, time.Second)
	return v.State
}
