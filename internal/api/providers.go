package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"plectica/internal/account"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/oidc"
	"plectica/internal/problem"
	"plectica/internal/store"
)

// CallbackPattern is where providers send browsers back to.
const CallbackPattern = "GET /signin/{id}/callback"

type providerJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// choices are the providers there are.
func (s *service) choices() []oidc.Choice {
	if s.SignIn == nil {
		return nil
	}
	return s.SignIn.Choices()
}

type tripInput struct {
	Body struct {
		Provider   string `json:"provider"`
		Then       string `json:"then,omitempty"` // a path of this site
		Invitation string `json:"invitation,omitempty"`
	}
}

type tripJSON struct {
	To string `json:"to"` // the page goes there
}

type trip struct {
	Cookies []string `header:"Set-Cookie"`
	Body    tripJSON
}

func (s *service) postProvider(ctx context.Context, in *tripInput) (*trip, error) {
	return s.leave(ctx, account.Who{}, account.ToSignIn, in)
}

// errand is leave for somebody signed in.
func (s *service) errand(e account.Errand) func(ctx context.Context, who account.Who, in *tripInput) (*trip, error) {
	return func(ctx context.Context, who account.Who, in *tripInput) (*trip, error) {
		if e == account.ToLink {
			if err := s.Accounts.NeedRecent(ctx, who); err != nil {
				return nil, err
			}
		}
		return s.leave(ctx, who, e, in)
	}
}

// leave sends somebody to a provider.
func (s *service) leave(ctx context.Context, who account.Who, e account.Errand, in *tripInput) (*trip, error) {
	if s.SignIn == nil {
		return nil, fault.New(fault.NotFound, "there is no such way to sign in")
	}
	begin := s.SignIn.Begin
	if e == account.ToConfirm {
		begin = s.SignIn.BeginAgain
	}
	to, flow, err := begin(ctx, in.Body.Provider)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(flow)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "write a flow", err)
	}
	secret, err := s.Accounts.Leave(ctx, caller.Of(ctx).Client, who, account.Trip{
		For: e, Then: ownPath(in.Body.Then), Invitation: in.Body.Invitation, Flow: b,
	})
	if err != nil {
		return nil, err
	}
	return &trip{
		Cookies: []string{keep(tripCookie, secret, account.TripLife, http.SameSiteLaxMode)},
		Body:    tripJSON{To: to},
	}, nil
}

// ownPath returns a path of this site as it was given, and / for anything that a
// browser could take for another's.
func ownPath(path string) string {
	bad := func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, bad) || u.Host != "" || u.Scheme != "" {
		return "/"
	}
	return path
}

// Callback answers browsers that come back from a provider: with another page, always.
func Callback(c Config) http.HandlerFunc {
	s := &service{c}
	return func(w http.ResponseWriter, r *http.Request) {
		to, kept := s.back(r.Context(), r.PathValue("id"), r.URL.Query())
		for _, c := range append(kept, drop(tripCookie)) {
			w.Header().Add("Set-Cookie", c)
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

// back ends a trip and says to which page to go, and what the browser keeps.
func (s *service) back(ctx context.Context, provider string, query url.Values) (to string, kept []string) {
	who, err := s.Callers.Who(ctx)
	if err != nil && !fault.Is(err, fault.Auth) {
		return s.astray(ctx, "/signin", err), nil
	}
	t, err := s.Accounts.Return(ctx, who, brought(ctx, tripCookie))
	page := "/signin"
	if t.For == account.ToLink || t.For == account.ToConfirm {
		page = "/account"
	}
	if err != nil {
		return s.astray(ctx, page, err), nil
	}
	v, err := s.vouched(ctx, provider, t, query)
	if err != nil {
		return s.astray(ctx, page, err), nil
	}
	switch t.For {
	case account.ToLink:
		err = s.Accounts.Link(ctx, caller.Of(ctx).Client, who, v)
	case account.ToConfirm:
		var in account.SignedIn
		if in, err = s.Accounts.ConfirmProvider(ctx, who, v); err == nil {
			kept = cookies(in)
		}
	default:
		return s.enter(ctx, t, v)
	}
	if err != nil {
		return s.astray(ctx, page, err), nil
	}
	return ownPath(t.Then), kept
}

// enter signs in whom a provider vouches for.
func (s *service) enter(ctx context.Context, t account.Trip, v account.Identity) (to string, kept []string) {
	in, err := s.Accounts.ByProvider(ctx, caller.Of(ctx).Client, v, t.Invitation)
	if err != nil {
		return s.astray(ctx, "/signin", err), nil
	}
	if in.Token == "" {
		return "/signin?" + url.Values{"then": {ownPath(t.Then)}}.Encode(), cookies(in)
	}
	return ownPath(t.Then), cookies(in)
}

// vouched asks the provider who somebody is.
func (s *service) vouched(ctx context.Context, provider string, t account.Trip, query url.Values) (account.Identity, error) {
	if s.SignIn == nil {
		return account.Identity{}, fault.New(fault.NotFound, "there is no such way to sign in")
	}
	var flow oidc.Flow
	if err := json.Unmarshal(t.Flow, &flow); err != nil {
		return account.Identity{}, fault.Wrap(fault.Internal, "read a flow", err)
	}
	v, err := s.SignIn.Finish(ctx, provider, flow, query)
	if err != nil {
		return account.Identity{}, err
	}
	return account.Identity{
		Issuer: v.Issuer, Subject: v.Subject, Email: v.Email, EmailVerified: v.EmailVerified, Name: v.Name, Provider: s.named(v.Issuer),
	}, nil
}

// named is what people call a provider; of one that is not there any more its address.
func (s *service) named(issuer string) string {
	if s.SignIn != nil {
		if c, ok := s.SignIn.ByIssuer(issuer); ok {
			return c.Name
		}
	}
	if u, err := url.Parse(issuer); err == nil && u.Host != "" {
		return u.Host
	}
	return issuer
}

// astray is the page that says what went wrong, by a word: an address with a sentence in
// it could say anything.
func (s *service) astray(ctx context.Context, page string, err error) string {
	problem.Note(ctx, s.Log, err)
	return page + "?" + url.Values{"failed": {failure(err)}}.Encode()
}

// failure is the word for what went wrong.
func failure(err error) string {
	if b, ok := errors.AsType[*account.Barred](err); ok {
		return string(b.Why)
	}
	if _, ok := errors.AsType[*account.SlowDown](err); ok {
		return "slow"
	}
	switch fault.KindOf(err) {
	case fault.Permission:
		return "refused"
	case fault.Busy:
		return "down"
	case fault.Auth, fault.Invalid, fault.Gone, fault.NotFound:
		return "again"
	case fault.Conflict, fault.Limit, fault.Cycle, fault.Stale, fault.Schema, fault.Lost, fault.Internal:
		return "other"
	}
	return "other"
}

type identityJSON struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Email    string `json:"email"`
	Created  int64  `json:"created"`
	Used     int64  `json:"used"`
}

func (s *service) toIdentity(v store.Identity) identityJSON {
	return identityJSON{ID: identityID(v.IdentityKey), Provider: s.named(v.Issuer), Email: v.Email, Created: v.Created, Used: v.Used}
}
