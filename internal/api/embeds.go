package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/gate"
	"plectica/internal/share"
)

// embedAPI registers what frames in pages of other sites ask. They send no cookies.
func (s *service) embedAPI(api huma.API) {
	handle(s, api, http.MethodPost, "/embeds/open", http.StatusOK, s.openEmbed)
	handle(s, api, http.MethodPost, "/embeds/{id}/ticket", http.StatusOK, s.postEmbedTicket)
	handle(s, api, http.MethodGet, "/maps/{id}/embeds", http.StatusOK, s.getEmbeds)
}

type openEmbedInput struct {
	Body struct {
		Map    string `json:"map"`
		Secret string `json:"secret"`
		Seal   string `json:"seal"` // as the page was loaded with
	}
}

type embedJSON struct {
	Title  string `json:"title"`
	Key    string `json:"key"`    // for the Authorization header, an hour long
	Ticket string `json:"ticket"` // for the socket, once, within a minute
	Life   int    `json:"life"`   // of the key, in seconds
}

// openEmbed exchanges a link's secret, which came in the fragment of the frame's
// address, for a key that the frame keeps in memory.
func (s *service) openEmbed(ctx context.Context, in *openEmbedInput) (*body[embedJSON], error) {
	m, err := ParseMap(in.Body.Map)
	if err != nil {
		return nil, err
	}
	a := gate.Asker{Addr: caller.Of(ctx).Client.Addr} // whoever's browser it is
	v, err := s.Share.OpenEmbed(ctx, a, m, in.Body.Secret, in.Body.Seal)
	if err != nil {
		return nil, err
	}
	return &body[embedJSON]{embedJSON{Title: v.Title, Key: v.Key, Ticket: v.Ticket, Life: int(share.EmbedLife.Seconds())}}, nil
}

type ticketJSON struct {
	Ticket string `json:"ticket"`
}

// postEmbedTicket gives a frame that may still see the map another ticket.
func (s *service) postEmbedTicket(ctx context.Context, in *idInput) (*body[ticketJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.Callers.Frame(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Callers.Visitor(ctx, m, authz.OpenMap); err != nil {
		return nil, err
	}
	ticket, err := s.Share.EmbedTicket(ctx, f)
	if err != nil {
		return nil, err
	}
	return &body[ticketJSON]{ticketJSON{ticket}}, nil
}

type embedsJSON struct {
	Origins []string `json:"origins"` // whose pages may show the map
}

// getEmbeds tells who makes links to a map where it may be shown.
func (s *service) getEmbeds(ctx context.Context, in *idInput) (*body[embedsJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.Callers.Visitor(ctx, m, authz.ManageMembers); err != nil {
		return nil, err
	}
	origins, _, err := s.Share.Framers(ctx, m)
	if err != nil {
		return nil, err
	}
	return &body[embedsJSON]{embedsJSON{append([]string{}, origins...)}}, nil
}
