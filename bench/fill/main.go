// Command fill makes a data directory of a given size, for measuring backups and restores:
// maps that random changes were made in, and files on them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"path/filepath"
	"time"

	"plectica/internal/blob/dir"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/sim/whim"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/sysmap"
)

func main() {
	data := flag.String("data", "", "the directory, new")
	maps := flag.Int("maps", 1000, "how many maps")
	ops := flag.Int("ops", 1_000_000, "how many changes in all")
	files := flag.Int("files", 200, "how many files in all")
	fileBytes := flag.Int64("file-bytes", 5<<20, "how large each is")
	flag.Parse()
	if *data == "" {
		log.Fatal("name a directory with -data")
	}
	if err := fill(context.Background(), *data, *maps, *ops, *files, *fileBytes); err != nil {
		log.Fatal(err)
	}
}

func fill(ctx context.Context, data string, maps, ops, files int, fileBytes int64) (err error) {
	blobs, err := dir.Open(filepath.Join(data, "blobs"))
	if err != nil {
		return err
	}
	st, err := sqlite.Open(ctx, filepath.Join(data, "plectica.db"))
	if err != nil {
		return err
	}
	owner := id.Account{1} // who is not there: the first one to come is the operator
	for n := range maps {
		m := id.Map{byte(n >> 8), byte(n), 1}
		if err := st.CreateMap(ctx, store.Map{ID: m, Title: fmt.Sprintf("Map %d", n)}, owner); err != nil {
			return err
		}
		if err := write(ctx, st, m, uint64(n), ops/maps); err != nil {
			return err
		}
	}
	for n := range files {
		h, size, err := blobs.Put(ctx, io.LimitReader(rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}), fileBytes), fileBytes)
		if err != nil {
			return err
		}
		m := id.Map{byte(n % maps >> 8), byte(n % maps), 1}
		f := store.File{Map: m, Hash: h, Kind: "application/octet-stream", Size: size, By: owner}
		if err := st.AddFile(ctx, f, store.FileUse{Files: files, Bytes: fileBytes * int64(files)}); err != nil {
			return err
		}
	}
	return st.Close()
}

// write makes random changes in a map.
func write(ctx context.Context, st *sqlstore.Store, m id.Map, seed uint64, changes int) error {
	rec, err := st.Acquire(ctx, m, "fill")
	if err != nil {
		return err
	}
	state, made := sysmap.New(), 0
	w := whim.Whim{
		Rng: rand.New(rand.NewPCG(seed, 1)), Made: make(map[sysmap.Type][]id.Object), View: state, Jitter: 1000,
		ID: func() id.Object { made++; return id.Object{1, byte(made >> 16), byte(made >> 8), byte(made)} },
	}
	at := time.Now().Add(-24 * time.Hour).UnixMilli()
	b := store.Batch{Map: m, Epoch: rec.Epoch}
	for n := 0; n < changes; {
		ops := w.Change()
		trial := state.Overlay()
		if trial.Apply(ops, sysmap.Stamp{By: id.Account{1}, At: at}) != nil {
			continue
		}
		trial.Merge()
		n++
		b.Rows = append(b.Rows, store.Row{
			Seq: uint64(n), OpID: store.NewOpID(id.Client{1}, uint64(n)), Actor: id.Account{1}, At: at + int64(n), Data: seq.EncodeRow(ops),
		})
		if len(b.Rows) == store.MaxCommitRows || n == changes {
			b.Hash = state.Hash().Bytes()
			if err := st.Append(ctx, []store.Batch{b})[0]; err != nil {
				return err
			}
			b.Head, b.Rows = uint64(n), nil
		}
	}
	return nil
}
