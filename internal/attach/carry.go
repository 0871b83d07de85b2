package attach

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Carried is a content that travels in a map's file.
type Carried struct {
	Hash blob.Hash
	Kind string
	Data []byte
}

// Carry returns the contents among those named that a map holds: the smallest first, as
// long as all take at most so many bytes together. The others are left out, as is what
// is damaged.
func (s *Service) Carry(ctx context.Context, m id.Map, named map[blob.Hash]bool, most int64) ([]Carried, error) {
	list, err := s.List(ctx, m)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b store.File) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), bytes.Compare(a.Hash[:], b.Hash[:]))
	})
	var out []Carried
	for _, f := range list {
		if !named[f.Hash] {
			continue
		}
		if most -= f.Size; most < 0 {
			return out, nil
		}
		data, err := s.whole(ctx, f)
		if err != nil {
			if s.c.OnError != nil {
				s.c.OnError(fault.Wrap(fault.Internal, "a file is left out of a map's file", err))
			}
			continue
		}
		out = append(out, Carried{Hash: f.Hash, Kind: f.Kind, Data: data})
	}
	return out, nil
}

func (s *Service) whole(ctx context.Context, f store.File) ([]byte, error) {
	c, err := s.c.Blobs.Open(ctx, f.Hash)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // only read
	return io.ReadAll(c)
}

// Unpack takes carried contents into a map. What they are is found out anew.
func (s *Service) Unpack(ctx context.Context, m id.Map, by id.Account, list []Carried) error {
	for i := range list {
		f, err := s.Add(ctx, m, by, bytes.NewReader(list[i].Data), nil)
		if err != nil {
			return err
		}
		if f.Hash != list[i].Hash {
			return fault.New(fault.Invalid, "a content is not what its name says")
		}
	}
	return nil
}
