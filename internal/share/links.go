package share

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

// maxBacklinks bounds how many links to a map are told.
const maxBacklinks = 200

// Backlinks lists the cards of other maps that lead to a map, as far as the asker may
// open those maps too.
func (s *Service) Backlinks(ctx context.Context, a gate.Asker, m id.Map) ([]store.Backlink, error) {
	if _, err := s.Need(ctx, m, a, authz.OpenMap); err != nil {
		return nil, err
	}
	list, err := s.st.LinksTo(ctx, m, a.Account, maxBacklinks)
	if err != nil {
		return nil, err
	}
	mayOpen := map[id.Map]bool{m: false} // its own cards are no news
	out := list[:0]
	for _, v := range list {
		may, asked := mayOpen[v.From]
		if !asked {
			role, err := s.Role(ctx, v.From, a) // the rules of its organisation count too
			may = err == nil && authz.Allowed(role, authz.OpenMap)
			mayOpen[v.From] = may
		}
		if may {
			out = append(out, v)
		}
	}
	return out, nil
}
