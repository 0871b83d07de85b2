package app

import (
	"context"
	"time"

	"plectica/internal/attach"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/exchange"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// megabyte is the unit of the limits of files.
const megabyte = 1 << 20

// openFiles makes what keeps the files on cards.
func (s *server) openFiles(now func() time.Time) (*attach.Service, error) {
	blobs, err := dir.Open(s.dir.Path(blobsDir))
	if err != nil {
		return nil, err
	}
	if err := blobs.Clean(); err != nil {
		return nil, err
	}
	l := s.o.Config.Limits
	c := attach.Config{Store: s.store, Blobs: blobs, OnError: s.fault, Now: now,
		FileBytes: int64(l.FileMegabytes) * megabyte, MapBytes: int64(l.MapMegabytes) * megabyte}
	if s.rooms.Copy != nil {
		c.Named = func(ctx context.Context, m id.Map) (map[blob.Hash]bool, error) {
			ops, err := s.rooms.Copy(ctx, m, nil)
			if err != nil {
				return nil, err
			}
			return exchange.Named(ops), nil
		}
	}
	return attach.New(c), nil
}

// copyWhole copies a map's content and lets the copy hold its files; nil when nothing
// copies content.
func (s *server) copyWhole() func(ctx context.Context, from, to id.Map, actor id.Account) error {
	if s.rooms.CopyLog == nil {
		return nil
	}
	return func(ctx context.Context, from, to id.Map, actor id.Account) error {
		if err := s.rooms.CopyLog(ctx, from, to, actor); err != nil {
			return err
		}
		return s.files.CopyAll(ctx, from, to, actor)
	}
}

// verifyFiles returns a sentence for each file of a map whose content is missing or
// damaged.
func verifyFiles(ctx context.Context, files store.Files, blobs blob.Store, m id.Map) (n int, bad []string, err error) {
	list, err := attach.New(attach.Config{Store: files}).List(ctx, m)
	if err != nil {
		return 0, nil, err
	}
	for _, f := range list {
		if err := attach.Check(ctx, blobs, f.Hash); err != nil {
			if !fault.Is(err, fault.Internal) || ctx.Err() != nil {
				return n, bad, err
			}
			bad = append(bad, "map "+m.String()+": "+err.Error())
		}
	}
	return len(list), bad, nil
}
