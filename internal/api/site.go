package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/id"
	"plectica/internal/store"
)

type siteJSON struct {
	SignUp  string `json:"signup"`
	First   bool   `json:"first"`
	Version string `json:"version"`
	// FileBytes is how large a file on a card may be; 0: there are none.
	FileBytes int64          `json:"fileBytes"`
	Name      string         `json:"name"`
	Mail      bool           `json:"mail"`     // the site sends mail
	Passkeys  bool           `json:"passkeys"` // they work at the address of this request
	Providers []providerJSON `json:"providers"`
}

func toMe(a store.Account) meJSON {
	return meJSON{ID: a.ID.String(), Email: a.Email, Name: a.Name, Operator: a.Operator, Verified: a.Verified != 0}
}

// siteAPI registers what concerns the site and the people on it.
func (s *service) siteAPI(api huma.API) {
	handle(s, api, http.MethodGet, "/site", http.StatusOK, s.getSite)
	private(s, api, http.MethodGet, "/me", http.StatusOK, s.getMe)
	personal(s, api, http.MethodPut, "/site/signup", http.StatusNoContent, s.putPolicy)
	personal(s, api, http.MethodGet, "/invitations", http.StatusOK, s.getInvitations)
	personal(s, api, http.MethodPost, "/invitations", http.StatusCreated, s.postInvitation)
	personal(s, api, http.MethodDelete, "/invitations/{id}", http.StatusNoContent, s.deleteInvitation)
}

func (s *service) getSite(ctx context.Context, _ *none) (*body[siteJSON], error) {
	v, err := s.Accounts.Site(ctx)
	if err != nil {
		return nil, err
	}
	out := siteJSON{
		SignUp: string(v.SignUp), First: v.First, Version: s.Version, FileBytes: s.fileBytes(), Name: s.SiteName,
		Mail: s.Accounts.MailOn(), Passkeys: s.Accounts.PasskeysAt(caller.Of(ctx).Client), Providers: []providerJSON{},
	}
	for _, c := range s.choices() {
		out.Providers = append(out.Providers, providerJSON(c))
	}
	return &body[siteJSON]{out}, nil
}

func (s *service) getMe(_ context.Context, who account.Who, _ *none) (*body[meJSON], error) {
	return &body[meJSON]{toMe(who.Account)}, nil
}

type policyInput struct {
	Body struct {
		Policy string `json:"policy"`
	}
}

func (s *service) putPolicy(ctx context.Context, who account.Who, in *policyInput) (*none, error) {
	p, err := account.ParsePolicy(in.Body.Policy)
	if err != nil {
		return nil, err
	}
	audit.In(ctx).Count("weaker", truth(p == account.Open))
	return nil, s.Accounts.SetPolicy(ctx, who, p)
}

type invitationJSON struct {
	ID      string `json:"id"`
	Secret  string `json:"secret,omitempty"` // only when it is made
	Expires int64  `json:"expires"`
	Uses    int    `json:"uses"`
	Used    int    `json:"used"`
	Email   string `json:"email,omitempty"`
	Role    string `json:"role,omitempty"`
	Mailed  bool   `json:"mailed,omitempty"`
}

func invitation(v store.Invitation, secret string) invitationJSON {
	out := invitationJSON{ID: id.Format(v.ID), Secret: secret, Expires: v.Expires, Uses: v.Uses, Used: v.Used, Email: v.Email, Mailed: v.Mailed}
	if v.Role != authz.None {
		out.Role = v.Role.String()
	}
	return out
}

type invitationsJSON struct {
	Invitations []invitationJSON `json:"invitations"`
}

func (s *service) getInvitations(ctx context.Context, who account.Who, _ *none) (*body[invitationsJSON], error) {
	list, err := s.Accounts.Invitations(ctx, who)
	if err != nil {
		return nil, err
	}
	out := invitationsJSON{Invitations: []invitationJSON{}}
	for _, v := range list {
		out.Invitations = append(out.Invitations, invitation(v, ""))
	}
	return &body[invitationsJSON]{out}, nil
}

type invitationInput struct {
	Body struct {
		Uses int `json:"uses,omitempty" default:"1"`
	}
}

func (s *service) postInvitation(ctx context.Context, who account.Who, in *invitationInput) (*body[invitationJSON], error) {
	v, secret, err := s.Accounts.Invite(ctx, who, in.Body.Uses)
	if err != nil {
		return nil, err
	}
	return &body[invitationJSON]{invitation(v, secret)}, nil
}

type idInput struct {
	ID string `path:"id"`
}

func (s *service) deleteInvitation(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	v, err := parseID[store.InvitationID](in.ID, "invitation")
	if err != nil {
		return nil, err
	}
	return nil, s.Accounts.Uninvite(ctx, who, v)
}
