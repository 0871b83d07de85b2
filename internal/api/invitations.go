package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/id"
	"plectica/internal/org"
	"plectica/internal/store"
)

// invitationAPI registers invitations into organisations and to what lies in them.
func (s *service) invitationAPI(api huma.API) {
	for path, sort := range map[string]store.Sort{"/maps": store.SortMap, "/orgs": store.SortOrg, "/folders": store.SortFolder} {
		private(s, api, http.MethodPost, path+"/{id}/invitations", http.StatusCreated, s.postInvite(sort))
		private(s, api, http.MethodDelete, path+"/{id}/invitations/{invitation}", http.StatusNoContent, s.deleteInvite(sort))
	}
	handle(s, api, http.MethodPost, "/invitations/peek", http.StatusOK, s.peek)
	personal(s, api, http.MethodGet, "/invitations/mine", http.StatusOK, s.getMine)
	personal(s, api, http.MethodPost, "/invitations/accept", http.StatusOK, s.acceptInvitation)
}

type inviteInput struct {
	ID   string `path:"id"`
	Body struct {
		Email string `json:"email,omitempty"` // empty: a link for whoever gets it
		Role  string `json:"role,omitempty"`  // empty: they only belong
		Uses  int    `json:"uses,omitempty" default:"1"`
	}
}

// invite invites to a place. The secret is told only when it was not mailed.
func (s *service) invite(ctx context.Context, who account.Who, place store.Ref, in *inviteInput) (*body[invitationJSON], error) {
	role := authz.None
	if in.Body.Role != "" {
		var err error
		if role, err = authz.ParseRole(in.Body.Role); err != nil {
			return nil, err
		}
	}
	email := strings.TrimSpace(in.Body.Email)
	if email != "" {
		var err error
		if email, err = account.CleanEmail(email); err != nil {
			return nil, err
		}
		if err := s.Accounts.MayInvite(who, email); err != nil {
			return nil, err
		}
	}
	v, err := s.Orgs.Invite(ctx, caller.Asker(ctx, who), place, org.NewInvite{
		Email: email, Role: role, Uses: in.Body.Uses, Language: caller.Of(ctx).Client.Language,
	})
	if err != nil {
		return nil, err
	}
	return &body[invitationJSON]{invitation(v.Invitation, v.Secret)}, nil
}

// offerJSON is where an invitation leads, as whoever holds it sees it.
type offerJSON struct {
	ID      string `json:"id,omitempty"`
	Place   string `json:"place,omitempty"`
	Kind    string `json:"kind"` // site, org, map or folder
	Inviter string `json:"inviter,omitempty"`
	Email   string `json:"email,omitempty"`
	Role    string `json:"role,omitempty"`
}

func toOffer(v org.Invite) offerJSON {
	out := offerJSON{Place: v.Place, Kind: "site", Inviter: v.Inviter, Email: v.Email}
	switch {
	case v.Party != (store.OrgID{}):
		out.Kind = "org"
	case v.Object.Sort != 0:
		out.Kind = kindOf(v.Object.Sort)
	}
	if v.Role != authz.None {
		out.Role = v.Role.String()
	}
	return out
}

func (s *service) postInvite(sort store.Sort) func(context.Context, account.Who, *inviteInput) (*body[invitationJSON], error) {
	return func(ctx context.Context, who account.Who, in *inviteInput) (*body[invitationJSON], error) {
		place, err := thing(sort, in.ID)
		if err != nil {
			return nil, err
		}
		if sort == store.SortMap {
			// Who came by a link knows of the map, whatever they may not do.
			m := id.Map(place.ID)
			_, err = s.Share.Need(ctx, m, s.Callers.At(ctx, who, m), authz.ManageMembers)
		} else {
			_, _, err = s.Orgs.Need(ctx, caller.Asker(ctx, who), place, authz.GiveRoles)
		}
		if err != nil { // who may not invite is not counted either
			return nil, err
		}
		return s.invite(ctx, who, place, in)
	}
}

type uninviteInput struct {
	ID         string `path:"id"`
	Invitation string `path:"invitation"`
}

func (s *service) deleteInvite(sort store.Sort) func(context.Context, account.Who, *uninviteInput) (*none, error) {
	return func(ctx context.Context, who account.Who, in *uninviteInput) (*none, error) {
		place, err := thing(sort, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := parseID[store.InvitationID](in.Invitation, "invitation")
		if err != nil {
			return nil, err
		}
		return nil, s.Orgs.Uninvite(ctx, caller.Asker(ctx, who), place, v)
	}
}

type secretInput struct {
	Body struct {
		Secret string `json:"secret"`
	}
}

// peek tells whoever holds an invitation where it leads.
func (s *service) peek(ctx context.Context, in *secretInput) (*body[offerJSON], error) {
	v, err := s.Orgs.Peek(ctx, in.Body.Secret)
	if err != nil {
		return nil, err
	}
	return &body[offerJSON]{toOffer(v)}, nil
}

type offersJSON struct {
	Invitations []offerJSON `json:"invitations"`
}

func (s *service) getMine(ctx context.Context, who account.Who, _ *none) (*body[offersJSON], error) {
	list, err := s.Orgs.Mine(ctx, who.Account)
	if err != nil {
		return nil, err
	}
	out := offersJSON{Invitations: []offerJSON{}}
	for _, v := range list {
		o := toOffer(v)
		o.ID = id.Format(v.ID)
		out.Invitations = append(out.Invitations, o)
	}
	return &body[offersJSON]{out}, nil
}

type acceptInput struct {
	Body struct {
		Secret string `json:"secret,omitempty"`
		ID     string `json:"id,omitempty"` // one of mine, instead
	}
}

// acceptedJSON is where somebody has come by an invitation.
type acceptedJSON struct {
	Org string `json:"org,omitempty"`
	Map string `json:"map,omitempty"`
}

func (s *service) acceptInvitation(ctx context.Context, who account.Who, in *acceptInput) (*body[acceptedJSON], error) {
	var v store.Invitation
	var err error
	if in.Body.ID != "" {
		n, perr := parseID[store.InvitationID](in.Body.ID, "invitation")
		if perr != nil {
			return nil, perr
		}
		v, err = s.Orgs.AcceptMine(ctx, caller.Asker(ctx, who), who.Account, n)
	} else {
		v, err = s.Orgs.Accept(ctx, caller.Asker(ctx, who), in.Body.Secret)
	}
	if err != nil {
		return nil, err
	}
	var out acceptedJSON
	if v.Party != (store.OrgID{}) {
		out.Org = id.Format(v.Party)
	}
	if v.Object.Sort == store.SortMap {
		out.Map = id.Format(v.Object.ID)
	}
	return &body[acceptedJSON]{out}, nil
}
