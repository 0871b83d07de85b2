package app

import (
	"context"
	"errors"
	"fmt"

	"plectica/internal/blob/dir"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
)

// verifyPage is how many maps are listed at once.
const verifyPage = 500

// Verified is what a check of a data directory found.
type Verified struct {
	Maps, Rows int
	Files      int
	Bad        []string // a sentence for each damaged map or file
}

// Verify checks a data directory: the store's own integrity and schema, and for
// every map that its log is contiguous, that every row applies and holds the
// model's invariants, that it folds to the stored head and state hash, and that its
// files are here and whole. It may
// run beside a server. Each row read is also given to each, which may be nil.
func Verify(ctx context.Context, c config.Config, each func(id.Map, store.Row)) (out Verified, err error) {
	data, err := datadir.Existing(c.Data)
	if err != nil {
		return out, err
	}
	st, err := sqlite.Open(ctx, data.Path(datadir.Database))
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.Check(ctx); err != nil {
		return out, fault.Wrap(fault.Internal, "the database is damaged", err)
	}
	blobs, err := dir.Open(data.Path(blobsDir))
	if err != nil {
		return out, err
	}
	past := &history.Source{Store: st}
	for after := (id.Map{}); ; {
		list, err := st.Rooms(ctx, after, verifyPage)
		if err != nil {
			return out, err
		}
		for _, rec := range list {
			out.Maps++
			rows, err := verifyMap(ctx, past, rec, each)
			out.Rows += rows
			if err != nil {
				out.Bad = append(out.Bad, fmt.Sprintf("map %s: %v", rec.Map, err))
			}
			files, bad, err := verifyFiles(ctx, st, blobs, rec.Map)
			if err != nil {
				return out, err
			}
			out.Files += files
			out.Bad = append(out.Bad, bad...)
			after = rec.Map
		}
		if len(list) < verifyPage {
			return out, nil
		}
	}
}

// verifyMap folds one map's log up to the head its record had.
func verifyMap(ctx context.Context, past *history.Source, rec store.RoomRecord, each func(id.Map, store.Row)) (int, error) {
	s, err := past.Begin(ctx, seq.Config{Map: rec.Map}, rec.Room.Epoch)
	if err != nil {
		return 0, err
	}
	n := 0
	err = history.Fold(ctx, past.Store, rec.Map, s.Head(), rec.Room.Head, func(row store.Row) error {
		n++
		if each != nil {
			each(rec.Map, row)
		}
		return s.Load(row)
	})
	if err == nil {
		err = s.Loaded(rec.Room)
	}
	if err != nil {
		return n, err
	}
	return n, s.State().Check()
}
