package blob

import (
	"context"
	"errors"
	"io"
)

// Source is a reader for drivers: it ends with its context, and keeps what went wrong with
// it apart from what goes wrong where its bytes go. One goroutine reads it.
type Source struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call
	r   io.Reader
	err error
}

// NewSource reads from r while ctx lasts.
func NewSource(ctx context.Context, r io.Reader) *Source { return &Source{ctx: ctx, r: r} }

// Err returns the first error but io.EOF that a read gave: the context's, or the reader's.
func (s *Source) Err() error { return s.err }

// Read implements io.Reader.
func (s *Source) Read(p []byte) (int, error) {
	if s.err == nil {
		s.err = s.ctx.Err()
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
