package share

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/store"
)

// maxBacklinks bounds how many links to a map are told.
const maxBacklinks = 200

// Backlinks lists the cards of other maps that lead to a map, as far as the asker may
// open those maps too.
func (s *Service) Backlinks(ctx context.Context, a id.Account, m id.Map) ([]store.Backlink, error) {
	if _, err := s.need(ctx, m, a, authz.OpenMap); err != nil {
		return nil, err
	}
	list, err := s.st.LinksTo(ctx, m, a, maxBacklinks)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, v := range list {
		if authz.Allowed(v.Role, authz.OpenMap) && v.From != m {
			out = append(out, v)
		}
	}
	return out, nil
}
