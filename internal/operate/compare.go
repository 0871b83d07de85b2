package operate

import (
	"context"
	"errors"
	"fmt"

	"plectica/internal/archive"
	"plectica/internal/backup"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/history"
	"plectica/internal/id"
)

// CompareArchives reads every archive of the first place whole, and compares each map in it
// with what its log in the data directory leads to there. It returns how many there are.
func CompareArchives(ctx context.Context, c config.Config, keys backup.Private) (n int, err error) {
	db, err := existing(c)
	if err != nil {
		return 0, err
	}
	st, err := db.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	p, err := Archives{}.place(c)
	if err != nil {
		return 0, err
	}
	list, err := backup.List(ctx, p)
	if err != nil {
		return 0, err
	}
	past := &history.Source{Store: st}
	for _, r := range list {
		m, wrong, name, err := VerifyArchive(ctx, c, Archives{ID: r.ID}, keys)
		if err != nil {
			return n, err
		}
		if len(wrong) > 0 {
			return n, fault.New(fault.Internal, name+": "+wrong[0])
		}
		for _, v := range m.Maps {
			if err := asLogged(ctx, past, v); err != nil {
				return n, err
			}
		}
		n++
	}
	return n, nil
}

// asLogged compares what an archive says of a map with what the log leads to.
func asLogged(ctx context.Context, past *history.Source, v archive.Map) error {
	m, err := id.Parse[id.Map](v.ID)
	if err != nil || v.Head == 0 {
		return err
	}
	at, err := past.At(ctx, m, v.Head)
	if err != nil {
		return err
	}
	if hashText(at.State) != v.Hash {
		return fault.New(fault.Internal, fmt.Sprintf("an archive has another state of map %s at %d than the log", v.ID, v.Head))
	}
	return nil
}
