package history

import (
	"context"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// maxPicture bounds the bytes of a picture that is kept.
const maxPicture = 32 << 20

// picture finds a picture or draws it.
func (s *Service) picture(ctx context.Context, m id.Map, at uint64) ([]byte, error) {
	rec, err := s.Store.Room(ctx, m)
	if err != nil {
		return nil, err
	}
	if at == 0 || at > rec.Head {
		return nil, notKept()
	}
	if list := s.newest(ctx, m, 0, at); len(list) > 0 && list[0].Picture != (store.Hash{}) {
		svg, err := s.pictured(ctx, list[0])
		if err == nil {
			return svg, nil
		}
		s.failed(ctx, err) // it can be drawn anew
	}
	moment, err := s.Source.At(ctx, m, at)
	if err != nil {
		return nil, err
	}
	return s.c.Picture(moment.State)
}

// pictured reads the picture of a snapshot. The error has kind fault.Internal when it is not
// what was written.
func (s *Service) pictured(ctx context.Context, v store.Snapshot) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	packed, err := readAll(ctx, s.Objects, pictureObject(v.Map, v.Seq, v.Picture))
	if err != nil {
		return nil, fault.Wrap(fault.KindOf(err), "read the picture of a snapshot", err)
	}
	if sum(packed) != v.Picture {
		return nil, fault.New(fault.Internal, "the picture of a snapshot is not what was written")
	}
	svg, err := decompress(packed, maxPicture)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the picture of a snapshot is damaged", err)
	}
	return svg, nil
}
