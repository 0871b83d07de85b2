package operate

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"plectica/internal/attach"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
)

// verifyPage is how many maps are listed at once.
const verifyPage = 500

// Verified is what a check of a data directory found.
type Verified struct {
	Maps, Rows int
	Files      int
	Snapshots  int
	Bad        []string // a sentence for each damaged map or file
	// Missing are the contents among what is bad that are not here at all, by their hashes.
	Missing []string
	// States are the hashes that the maps' logs fold to, of those that are whole.
	States map[id.Map]string
}

// hashOf returns the hash of a map's state by the map's id as text.
func (v *Verified) hashOf(of string) string {
	m, err := id.Parse[id.Map](of)
	if err != nil {
		return ""
	}
	return v.States[m]
}

// Verify checks a data directory: the store's own integrity and schema, and for
// every map that its log is contiguous, that every row applies and holds the
// model's invariants, that it folds to the stored head and state hash, and that its
// files are here and whole. It may
// run beside a server. Each row read is also given to each, which may be nil.
func Verify(ctx context.Context, c config.Config, each func(id.Map, store.Row)) (out Verified, err error) {
	db, err := existing(c)
	if err != nil {
		return out, err
	}
	st, err := db.Open(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.Check(ctx); err != nil {
		return out, fault.Wrap(fault.Internal, "the database is damaged", err)
	}
	blobs, err := dir.Open(filepath.Join(c.Data, datadir.Blobs))
	if err != nil {
		return out, err
	}
	objects, err := OpenPlace(c, c.History.Place)
	if err != nil {
		return out, err
	}
	past := &history.Source{Store: st, Objects: objects}
	out.States = make(map[id.Map]string)
	for after := (id.Map{}); ; {
		list, err := st.Rooms(ctx, after, verifyPage)
		if err != nil {
			return out, err
		}
		for _, rec := range list {
			out.Maps++
			snaps, err := snapshots(ctx, past, rec.Map)
			if err != nil {
				return out, err
			}
			out.Snapshots += len(snaps)
			rows, state, err := verifyMap(ctx, past, rec, snaps, each)
			out.Rows += rows
			out.States[rec.Map] = state
			if err != nil {
				delete(out.States, rec.Map)
				out.Bad = append(out.Bad, fmt.Sprintf("map %s: %v", rec.Map, err))
			}
			if err := out.files(ctx, st, blobs, rec.Map); err != nil {
				return out, err
			}
			after = rec.Map
		}
		if len(list) < verifyPage {
			return out, nil
		}
	}
}

// verifyMap folds one map's log up to the head its record had.
func verifyMap(ctx context.Context, past *history.Source, rec store.RoomRecord, snaps []store.Snapshot, each func(id.Map, store.Row)) (rows int, state string, err error) {
	s, err := past.Begin(ctx, seq.Config{Map: rec.Map}, rec.Room.Epoch)
	if err != nil {
		return 0, "", err
	}
	states := make(map[uint64]sysmap.Hash) // of the moments there are snapshots of
	for _, v := range snaps {
		states[v.Seq] = sysmap.Hash{}
	}
	err = history.Fold(ctx, past.Store, rec.Map, s.Head(), rec.Room.Head, func(row store.Row) error {
		rows++
		if each != nil {
			each(rec.Map, row)
		}
		err := s.Load(row)
		if _, ok := states[row.Seq]; ok {
			states[row.Seq] = s.State().Hash()
		}
		return err
	})
	if err == nil {
		err = s.Loaded(rec.Room)
	}
	if err != nil {
		return rows, "", err
	}
	return rows, hashText(s.State()), errors.Join(s.State().Check(), checkSnapshots(ctx, past, snaps, states))
}

// verifySnapshots bounds how many snapshots of a map are looked at: the newest.
const verifySnapshots = 50

// snapshots returns the newest snapshots of a map that count as sound.
func snapshots(ctx context.Context, past *history.Source, m id.Map) ([]store.Snapshot, error) {
	list, err := past.Store.Snapshots(ctx, m, 0, verifySnapshots)
	return slices.DeleteFunc(list, func(v store.Snapshot) bool { return v.Damaged }), err
}

// checkSnapshots compares snapshots with the states that the log leads to; of what is older
// than the log it is looked only whether it is whole.
func checkSnapshots(ctx context.Context, past *history.Source, snaps []store.Snapshot, states map[uint64]sysmap.Hash) error {
	for _, v := range snaps {
		m, err := past.Read(ctx, v)
		if err != nil {
			return err
		}
		if want := states[v.Seq]; want != (sysmap.Hash{}) && m.State.Hash() != want {
			return fault.New(fault.Internal, fmt.Sprintf("the snapshot at %d is of another state than the log leads to", v.Seq))
		}
	}
	return nil
}

// hashText is how a state's hash is told.
func hashText(m *sysmap.Map) string {
	b := m.Hash().Bytes()
	return hex.EncodeToString(b[:])
}

// files counts the files of a map, and adds those whose content is missing or damaged.
func (v *Verified) files(ctx context.Context, files store.Files, blobs blob.Store, m id.Map) error {
	list, err := attach.New(attach.Config{Store: files}).List(ctx, m)
	if err != nil {
		return err
	}
	for _, f := range list {
		v.Files++
		err := attach.Check(ctx, blobs, f.Hash)
		if err == nil {
			continue
		}
		if !fault.Is(err, fault.Internal) || ctx.Err() != nil {
			return err
		}
		v.Bad = append(v.Bad, "map "+m.String()+": "+err.Error())
		if c, err := blobs.Open(ctx, f.Hash); fault.Is(err, fault.NotFound) {
			v.Missing = append(v.Missing, f.Hash.String())
		} else if err == nil { // it came meanwhile
			_ = c.Close() // only read
		}
	}
	return nil
}
