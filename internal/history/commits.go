package history

import (
	"context"

	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/wire"
)

const (
	// commitRows and commitBytes bound the changes told at once.
	commitRows  = 2048
	commitBytes = 512 << 10
)

// Commits returns frames with the changes of a map after a seq and up to another, as they
// were told when they were made; fewer where that would be much at once. It returns
// fault.NotFound for changes that are not kept any more, or to come.
func (s *Source) Commits(ctx context.Context, m id.Map, after, upTo uint64) ([][]byte, error) {
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return nil, err
	}
	base, err := s.base(ctx, m)
	if err != nil {
		return nil, err
	}
	if after < base.Seq || after >= upTo || upTo > rec.Head {
		return nil, notKept()
	}
	var txns []wire.Txn
	bytes := 0
	for at := after; at < upTo && bytes < commitBytes && len(txns) < commitRows; {
		rows, err := s.Store.Read(ctx, m, at, int(min(Page, upTo-at)))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			txn, err := txnOf(row)
			if err != nil {
				return nil, err
			}
			txns = append(txns, txn)
			if bytes += len(row.Data); bytes >= commitBytes {
				break
			}
		}
		at = after + uint64(len(txns))
	}
	effects := seq.Commits(after+1, txns)
	out := make([][]byte, len(effects))
	for i, e := range effects {
		out[i] = e.Frame
	}
	return out, nil
}

// txnOf is a row as everyone was told of it. Numbers of connections that are gone mean
// nothing.
func txnOf(row store.Row) (wire.Txn, error) {
	ops, err := seq.DecodeRow(row.Data)
	return wire.Txn{Actor: row.Actor, CSN: row.OpID.CSN(), At: row.At, Ops: ops}, err
}
