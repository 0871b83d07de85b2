package app

import (
	"context"
	"time"

	"plectica/internal/attach"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/datadir"
	"plectica/internal/exchange"
	"plectica/internal/id"
)

// megabyte is the unit of the limits of files.
const megabyte = 1 << 20

// openFiles makes what keeps the files on cards.
func (s *server) openFiles(now func() time.Time) (*attach.Service, error) {
	blobs, err := dir.Open(s.dir.Path(datadir.Blobs))
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
