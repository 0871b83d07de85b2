package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

type siteJSON struct {
	SignUp  string `json:"signup"`
	First   bool   `json:"first"`
	Version string `json:"version"`
	// FileBytes is how large a file on a card may be; 0: there are none.
	FileBytes int64 `json:"fileBytes"`
}

type meJSON struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Operator bool   `json:"operator"`
}

func me(a store.Account) meJSON {
	return meJSON{ID: a.ID.String(), Email: a.Email, Name: a.Name, Operator: a.Operator}
}

// signedIn answers with the person and sets the cookie.
type signedIn struct {
	Cookie string `header:"Set-Cookie"`
	Body   meJSON
}

func newSignedIn(in account.SignedIn) *signedIn {
	return &signedIn{Cookie: cookie(in.Token, int(account.SessionLife.Seconds())), Body: me(in.Account)}
}

// cookie returns the sign-in's cookie; a negative age removes it.
func cookie(token string, age int) string {
	c := http.Cookie{
		Name: caller.Cookie, Value: token, Path: "/", MaxAge: age,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	return c.String()
}

// siteAPI registers what concerns the site and the people on it.
func (s *service) siteAPI(api huma.API) {
	handle(s, api, http.MethodGet, "/site", http.StatusOK, s.getSite)
	private(s, api, http.MethodGet, "/me", http.StatusOK, s.getMe)
	handle(s, api, http.MethodPost, "/first", http.StatusOK, s.postFirst)
	handle(s, api, http.MethodPost, "/signup", http.StatusAccepted, s.postSignUp)
	handle(s, api, http.MethodPost, "/signin", http.StatusOK, s.postSignIn)
	handle(s, api, http.MethodPost, "/signout", http.StatusNoContent, s.postSignOut)
	handle(s, api, http.MethodPost, "/reset", http.StatusOK, s.postReset)
	private(s, api, http.MethodPut, "/site/signup", http.StatusNoContent, s.putPolicy)
	private(s, api, http.MethodGet, "/invitations", http.StatusOK, s.getInvitations)
	private(s, api, http.MethodPost, "/invitations", http.StatusCreated, s.postInvitation)
	private(s, api, http.MethodDelete, "/invitations/{id}", http.StatusNoContent, s.deleteInvitation)
}

func (s *service) getSite(ctx context.Context, _ *none) (*body[siteJSON], error) {
	v, err := s.Accounts.Site(ctx)
	if err != nil {
		return nil, err
	}
	return &body[siteJSON]{siteJSON{SignUp: string(v.SignUp), First: v.First, Version: s.Version, FileBytes: s.fileBytes()}}, nil
}

func (s *service) getMe(_ context.Context, who account.Who, _ *none) (*body[meJSON], error) {
	return &body[meJSON]{me(who.Account)}, nil
}

type firstInput struct {
	Body struct {
		Secret   string `json:"secret"`
		Email    string `json:"email"`
		Name     string `json:"name"`
		Password string `json:"password"`
	}
}

func (s *service) postFirst(ctx context.Context, in *firstInput) (*signedIn, error) {
	b := &in.Body
	v, err := s.Accounts.First(ctx, caller.Of(ctx).Client, b.Secret, account.Person{Email: b.Email, Name: b.Name, Password: b.Password})
	if err != nil {
		return nil, err
	}
	return newSignedIn(v), nil
}

type signUpInput struct {
	Body struct {
		Email      string `json:"email"`
		Name       string `json:"name"`
		Password   string `json:"password"`
		Invitation string `json:"invitation,omitempty"`
	}
}

// nextJSON says what to do after signing up. It says so whether or not there
// was such an account already: only the right password tells the two apart.
type nextJSON struct {
	Next string `json:"next"`
}

func (s *service) postSignUp(ctx context.Context, in *signUpInput) (*body[nextJSON], error) {
	b := &in.Body
	err := s.Accounts.SignUp(ctx, caller.Of(ctx).Client, account.Person{Email: b.Email, Name: b.Name, Password: b.Password}, b.Invitation)
	if err != nil {
		return nil, err
	}
	return &body[nextJSON]{nextJSON{Next: "signin"}}, nil
}

type signInInput struct {
	Body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
}

func (s *service) postSignIn(ctx context.Context, in *signInInput) (*signedIn, error) {
	v, err := s.Accounts.SignIn(ctx, caller.Of(ctx).Client, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return newSignedIn(v), nil
}

type signedOut struct {
	Cookie string `header:"Set-Cookie"`
}

// postSignOut also removes a cookie that no longer means anything.
func (s *service) postSignOut(ctx context.Context, _ *none) (*signedOut, error) {
	who, err := s.Callers.Who(ctx)
	if err == nil {
		err = s.Accounts.SignOut(ctx, who)
	}
	if err != nil && !fault.Is(err, fault.Auth) {
		return nil, err
	}
	return &signedOut{Cookie: cookie("", -1)}, nil
}

type resetInput struct {
	Body struct {
		Secret   string `json:"secret"`
		Password string `json:"password"`
	}
}

func (s *service) postReset(ctx context.Context, in *resetInput) (*signedIn, error) {
	v, err := s.Accounts.Reset(ctx, caller.Of(ctx).Client, in.Body.Secret, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return newSignedIn(v), nil
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
	v, err := id.Parse[store.InvitationID](in.ID)
	if err != nil {
		return nil, fault.New(fault.NotFound, "there is no such invitation")
	}
	return nil, s.Accounts.Uninvite(ctx, who, v)
}
