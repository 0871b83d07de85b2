// Package attach is what maps hold beside their cards: files. It takes them in, says
// what they are, makes thumbnails, keeps each map within its room, and takes away what
// no map holds any more. Who may do what to a map is asked above it; what a file is
// called stands on the card. A Service is safe for concurrent use; Run is its one
// background goroutine.
package attach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/thumb"
)

const (
	// mostFiles bounds how many files a map holds.
	mostFiles = 10_000
	// keepDropped is how long a map keeps a file that no card names any more: undo
	// brings cards back.
	keepDropped = 24 * time.Hour
	// listPage is how many files are listed at once.
	listPage = 500
)

// Config is what a Service is made of.
type Config struct {
	Store store.Files
	Blobs blob.Store
	// FileBytes and MapBytes bound a file, and all files of a map; both are needed.
	FileBytes, MapBytes int64
	// Named returns which contents the living cards of a map name. Nil: no map makes
	// room by itself.
	Named func(ctx context.Context, m id.Map) (map[blob.Hash]bool, error)
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what is done with files.
type Service struct {
	c      Config
	st     store.Files
	thumbs *thumb.Maker
	// gate is held by readers from when a content is found until a map holds it, and
	// by the sweep while it takes one away.
	gate sync.RWMutex
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{c: c, st: c.Store, thumbs: thumb.NewMaker()}
}

// FileBytes returns how large a file may be.
func (s *Service) FileBytes() int64 { return s.c.FileBytes }

func (s *Service) now() int64 { return s.c.Now().UnixMilli() }

func (s *Service) most() store.FileUse {
	return store.FileUse{Files: mostFiles, Bytes: s.c.MapBytes}
}

// Add takes a file into a map. still is asked again before the map holds it, since
// taking it in may have lasted; it may be nil. The error is fault.Limit when the file
// or the map would be too large, fault.Invalid when it is an image that cannot be read,
// and what r says when r fails.
func (s *Service) Add(ctx context.Context, m id.Map, by id.Account, r io.Reader, still func(ctx context.Context) error) (store.File, error) {
	h, n, err := s.c.Blobs.Put(ctx, r, s.c.FileBytes)
	if fault.Is(err, fault.Limit) {
		return store.File{}, TooLarge(s.c.FileBytes)
	}
	if err != nil {
		return store.File{}, err
	}
	if n == 0 {
		return store.File{}, fault.New(fault.Invalid, "the file is empty")
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	f := store.File{Map: m, Hash: h, Size: n, By: by, At: s.now()}
	if err := s.look(ctx, &f); err != nil {
		return store.File{}, err
	}
	if still != nil {
		if err := still(ctx); err != nil {
			return store.File{}, err
		}
	}
	return s.hold(ctx, f)
}

// TooLarge is what is said of a file that is larger than a file may be.
func TooLarge(most int64) error {
	return fault.New(fault.Limit, "the file is larger than "+size(most)+", the most that a file may have")
}

// size says a number of bytes as people do.
func size(n int64) string {
	const mb = 1 << 20
	if n >= mb {
		return fmt.Sprintf("%d MB", n/mb)
	}
	return fmt.Sprintf("%d KB", max(n>>10, 1))
}

// look finds out what a content is, and makes its thumbnails if it is an image.
func (s *Service) look(ctx context.Context, f *store.File) error {
	c, err := s.c.Blobs.Open(ctx, f.Hash)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Busy, "the file was just taken away as nobody's; try again")
	}
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // only read
	if f.Kind, err = kindOf(c); err != nil || !thumb.Image(f.Kind) {
		return err
	}
	made, err := s.draw(ctx, f.Hash, c, f.Kind)
	f.W, f.H = made.W, made.H
	return err
}

// kindOf returns what a content is, and goes back to its start.
func kindOf(c blob.Content) (string, error) {
	head := make([]byte, thumb.HeadSize)
	n, err := io.ReadFull(c, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", fault.Wrap(fault.Internal, "read a file", err)
	}
	if _, err := c.Seek(0, io.SeekStart); err != nil {
		return "", fault.Wrap(fault.Internal, "read a file", err)
	}
	return thumb.Kind(head[:n]), nil
}

// draw makes the thumbnails of an image and keeps them.
func (s *Service) draw(ctx context.Context, h blob.Hash, c blob.Content, kind string) (thumb.Made, error) {
	made, err := s.thumbs.Make(ctx, c, kind)
	if err != nil {
		return thumb.Made{}, err
	}
	for i, side := range thumb.Sizes {
		small, _, err := s.c.Blobs.Put(ctx, bytes.NewReader(made.Thumbs[i]), int64(len(made.Thumbs[i])))
		if err != nil {
			return thumb.Made{}, err
		}
		if err := s.st.SetThumb(ctx, h, side, small); err != nil {
			return thumb.Made{}, err
		}
	}
	return made, nil
}

// hold lets a map hold a file. A full map first gives up what no card names any more.
func (s *Service) hold(ctx context.Context, f store.File) (store.File, error) {
	err := s.st.AddFile(ctx, f, s.most())
	if fault.Is(err, fault.Limit) {
		if terr := s.tidy(ctx, f.Map); terr != nil {
			return store.File{}, terr
		}
		err = s.st.AddFile(ctx, f, s.most())
	}
	if fault.Is(err, fault.Limit) {
		return store.File{}, fault.New(fault.Limit, "this map's files would take more than "+size(s.c.MapBytes)+", the most that those of a map may have")
	}
	if err != nil {
		return store.File{}, err
	}
	return f, nil
}

// tidy drops the files of a map that none of its cards has named for long.
func (s *Service) tidy(ctx context.Context, m id.Map) error {
	if s.c.Named == nil {
		return nil
	}
	named, err := s.c.Named(ctx, m)
	if err != nil {
		return err
	}
	list, err := s.List(ctx, m)
	if err != nil {
		return err
	}
	before := s.c.Now().Add(-keepDropped).UnixMilli()
	for _, f := range list {
		if named[f.Hash] || f.At >= before {
			continue
		}
		if err := s.st.DropFile(ctx, m, f.Hash, before); err != nil {
			return err
		}
	}
	return nil
}

// List returns all files of a map.
func (s *Service) List(ctx context.Context, m id.Map) ([]store.File, error) {
	var out []store.File
	for after := (blob.Hash{}); ; {
		page, err := s.st.ListFiles(ctx, m, after, listPage)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if len(page) < listPage || len(out) > mostFiles {
			return out, nil
		}
		after = page[len(page)-1].Hash
	}
}

// Open returns a file of a map, or fault.NotFound. Its content is whole.
func (s *Service) Open(ctx context.Context, m id.Map, h blob.Hash) (store.File, blob.Content, error) {
	f, err := s.st.File(ctx, m, h)
	if err != nil {
		return store.File{}, nil, err
	}
	c, err := s.c.Blobs.Open(ctx, h)
	return f, c, err
}

// Thumb returns an image of a map at a size of thumb.Sizes, and what kind it is. One
// that is lost or damaged is made anew.
func (s *Service) Thumb(ctx context.Context, m id.Map, h blob.Hash, side int) (string, blob.Content, error) {
	f, err := s.st.File(ctx, m, h)
	if err != nil {
		return "", nil, err
	}
	if !slices.Contains(thumb.Sizes[:], side) || !thumb.Image(f.Kind) {
		return "", nil, fault.New(fault.NotFound, "there is no such thumbnail")
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	c, err := s.thumb(ctx, h, side)
	if err != nil {
		if err = s.look(ctx, &f); err == nil {
			c, err = s.thumb(ctx, h, side)
		}
	}
	if err != nil {
		return "", nil, err
	}
	kind, err := kindOf(c)
	if err != nil {
		_ = c.Close() // only read
		return "", nil, err
	}
	return kind, c, nil
}

func (s *Service) thumb(ctx context.Context, h blob.Hash, side int) (blob.Content, error) {
	small, err := s.st.Thumb(ctx, h, side)
	if err != nil {
		return nil, err
	}
	return s.c.Blobs.Open(ctx, small)
}

// Adopt lets a map hold files of another and returns those that the other has.
func (s *Service) Adopt(ctx context.Context, from, to id.Map, by id.Account, hashes []blob.Hash) ([]blob.Hash, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	var got []blob.Hash
	for _, h := range hashes {
		f, err := s.st.File(ctx, from, h)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f.Map, f.By, f.At = to, by, s.now()
		if _, err := s.hold(ctx, f); err != nil {
			return nil, err
		}
		got = append(got, h)
	}
	return got, nil
}

// CopyAll lets a map hold all that another holds.
func (s *Service) CopyAll(ctx context.Context, from, to id.Map, by id.Account) error {
	return s.st.CopyFiles(ctx, from, to, by, s.now(), s.most())
}
