package share

import (
	"context"

	"plectica/internal/id"
	"plectica/internal/store"
)

// MaxLinksBy bounds the links that LinksBy returns.
const MaxLinksBy = 500

// Site is what operators may do with maps that they do not see: end links, and bring back what
// was deleted. Whoever uses it has asked whether somebody is an operator.
type Site struct{ s *Service }

// Site returns it.
func (s *Service) Site() Site { return Site{s} }

// EndLink withdraws a link.
func (v Site) EndLink(ctx context.Context, m id.Map, p store.PassID) error {
	return v.s.changed(ctx, v.s.st.DropPass(ctx, m, p, v.s.now()))
}

// Undelete brings a deleted map back.
func (v Site) Undelete(ctx context.Context, m id.Map) error {
	now := v.s.now()
	return v.s.changed(ctx, v.s.st.RestoreMap(ctx, m, now-KeepDeleted.Milliseconds(), now))
}

// LinksBy returns the links that somebody made since a time, in ms since 1970, at most
// MaxLinksBy.
func (s *Service) LinksBy(ctx context.Context, a id.Account, since int64) ([]store.Pass, error) {
	return s.st.PassesBy(ctx, a, since, MaxLinksBy)
}

// LinkOf returns by which link a visit came, or fault.NotFound.
func (s *Service) LinkOf(ctx context.Context, v store.VisitID) (store.Pass, error) {
	_, p, err := s.st.VisitByID(ctx, v)
	return p, err
}
