package history

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Name gives a moment of a map a name, by which it is kept for ever. It returns
// fault.Invalid for a name that is none, fault.NotFound for a moment that is not kept and
// fault.Busy while what is old of the map is taken away.
func (s *Service) Name(ctx context.Context, m id.Map, at uint64, name string, by id.Account) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	unlock, err := s.locks.lock(ctx, m) // nothing goes meanwhile
	if err != nil {
		return err
	}
	defer unlock()
	kept, err := s.kept(ctx, m, at)
	if err != nil {
		return err
	}
	if !kept {
		return notKept()
	}
	if err := s.Store.SetVersion(ctx, m, store.Version{Seq: at, Name: name, By: by, Made: s.c.Now().UnixMilli()}); err != nil {
		return err
	}
	// Where the place of snapshots cannot be reached now, the log still has the moment;
	// tidying sees to it again.
	s.failed(ctx, s.reads.do(ctx, func(ctx context.Context) error { return s.Pin(ctx, m, at) }))
	return nil
}

// Unname takes a name away.
func (s *Service) Unname(ctx context.Context, m id.Map, at uint64) error {
	return s.Store.DropVersion(ctx, m, at)
}

// Versions returns the named versions of a map, newest first.
func (s *Service) Versions(ctx context.Context, m id.Map) ([]store.Version, error) {
	return s.Store.Versions(ctx, m)
}

// kept reports whether a moment can still be seen.
func (s *Source) kept(ctx context.Context, m id.Map, at uint64) (bool, error) {
	base, err := s.base(ctx, m)
	if err != nil || at >= base.Seq {
		return err == nil, err
	}
	have, err := s.snapshotOf(ctx, m, at)
	return err == nil && have.Seq != 0 && !have.Damaged, err
}

// cleanName returns a name fit for a list.
func cleanName(name string) (string, error) {
	if !utf8.ValidString(name) || len(name) > 4*store.MaxVersionName {
		return "", fault.New(fault.Invalid, "a version's name has at most 100 characters")
	}
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > store.MaxVersionName {
		return "", fault.New(fault.Invalid, "a version's name has 1 to 100 characters")
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.New(fault.Invalid, "a version's name holds characters that cannot be seen")
	}
	return name, nil
}
