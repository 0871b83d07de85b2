package history

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/sim/whim"
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
	maps    map[id.Map]*writer
	now     time.Time
	errs    []error
}

// place is a directory that can be made to fail.
type place struct {
	blob.Bucket
	path string
	fail error
	puts int
}

func (p *place) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if p.fail != nil {
		return blob.Info{}, p.fail
	}
	p.puts++
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
	w := &world{t: t, store: st, objects: &place{Bucket: bucket, path: path}, maps: make(map[id.Map]*writer), now: time.UnixMilli(1_800_000_000_000)}
	w.service = New(Config{
		Store: st, Objects: w.objects, Policy: DefaultPolicy(), Now: func() time.Time { return w.now },
		OnError: func(err error) { w.errs = append(w.errs, err) },
	})
	return w
}

// writer changes one map.
type writer struct {
	*world
	id    id.Map
	room  store.Room
	state *sysmap.Map
	whim  whim.Whim
	csn   map[id.Client]uint64
	seen  []sysmap.Hash // after each change
}

func (w *world) open(n byte) *writer {
	w.t.Helper()
	m := id.Map{0: 1, 15: n}
	rec, err := w.store.Acquire(w.t.Context(), m, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	made := 0
	v := &writer{world: w, id: m, room: rec, state: sysmap.New(), csn: make(map[id.Client]uint64)}
	v.whim = whim.Whim{
		Rng: rng, Made: make(map[sysmap.Type][]id.Object), View: v.state, Jitter: 1000, Dead: true,
		ID: func() id.Object { made++; return id.Object{n, byte(made >> 16), byte(made >> 8), byte(made)} },
	}
	w.maps[m] = v
	return v
}

// change makes n changes that hold, a minute apart or as far as step says.
func (v *writer) change(n int, step time.Duration) {
	v.t.Helper()
	const perBatch = 100
	batch := store.Batch{Map: v.id, Epoch: v.room.Epoch, Head: v.room.Head}
	flush := func() {
		if len(batch.Rows) == 0 {
			return
		}
		batch.Hash = v.state.Hash().Bytes()
		if err := v.store.Append(v.t.Context(), []store.Batch{batch})[0]; err != nil {
			v.t.Fatal(err)
		}
		v.room.Head += uint64(len(batch.Rows))
		batch = store.Batch{Map: v.id, Epoch: v.room.Epoch, Head: v.room.Head}
	}
	for done := 0; done < n; {
		ops := v.whim.Change()
		who := 1 + v.whim.Rng.IntN(3)
		trial := v.state.Overlay()
		at := v.now.UnixMilli()
		if trial.Apply(ops, sysmap.Stamp{By: id.Account{byte(who)}, At: at}) != nil {
			continue
		}
		trial.Merge()
		c := id.Client{byte(who)}
		v.csn[c]++
		batch.Rows = append(batch.Rows, store.Row{
			Seq: batch.Head + uint64(len(batch.Rows)) + 1, OpID: store.NewOpID(c, v.csn[c]), Actor: id.Account{byte(who)}, At: at, Data: seq.EncodeRow(ops),
		})
		v.seen = append(v.seen, v.state.Hash())
		v.now = v.now.Add(step)
		if done++; len(batch.Rows) == perBatch {
			flush()
		}
	}
	flush()
	v.service.Changed(v.id, n)
}

// record is the map's, as it is now.
func (v *writer) record() store.Room {
	v.t.Helper()
	r, err := v.store.Room(v.t.Context(), v.id)
	if err != nil {
		v.t.Fatal(err)
	}
	return r
}

func (v *writer) snap() {
	v.t.Helper()
	if err := v.service.snap(v.t.Context(), v.id); err != nil {
		v.t.Fatal(err)
	}
}

func (v *writer) snapshots() []store.Snapshot {
	v.t.Helper()
	list, err := v.store.Snapshots(v.t.Context(), v.id, 0, 1000)
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
		m, err := v.service.At(v.t.Context(), v.id, n)
		if err != nil {
			v.t.Errorf("the state at %d: %v", n, err)
			continue
		}
		if m.State.Hash() != v.seen[n-1] || m.Seq != n {
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
	return v.state
}
