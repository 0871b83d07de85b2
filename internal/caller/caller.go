// Package caller is who asks over HTTP: by a cookie, a program's token or a link that
// was opened, and as whom they stand before a map. It reads requests and decides
// nothing: what they may do is share's and gate's to say. It keeps no state of its own;
// all of it is safe for concurrent use.
package caller

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/share"
	"plectica/internal/store"
)

const (
	// Cookie is the sign-in's cookie; its prefix makes browsers keep it to this host,
	// over TLS, for all paths.
	Cookie = "__Host-plectica"
	// VisitCookie begins the name of the cookie of a visit, which ends with the map's id.
	VisitCookie = "__Host-plectica-visit-"
	// DeviceCookie is by which a device is known again; it opens nothing.
	DeviceCookie = "__Host-plectica-device"
	// bearer begins the header with which a program shows its token (RFC 6750), framed
	// that with which a frame in another site's page shows its key.
	bearer = "Bearer "
	framed = "Embed "
	// TicketProtocol begins the subprotocol by which such a frame brings its ticket to
	// the socket: a page cannot set headers there, and addresses are written down.
	TicketProtocol = "ticket."
)

// Visitor is somebody at a map they may at least see.
type Visitor struct {
	Account id.Account // what they do carries it; of who came by a link, the visit's id
	Name    string
	Key     store.Ref // by what they came
	Also    store.Ref // what else gives them their role: a link, beside a sign-in
	Role    authz.Role
	Own     authz.Role // of it, what they have without a link
	Asker   gate.Asker
	Org     store.OrgID // whose the map is; zero: nobody's but its owners'
	// Still returns their role now; an error when their sign-in or visit has ended.
	Still func(ctx context.Context) (authz.Role, error)
}

// Service finds out who asks.
type Service struct {
	Accounts *account.Service
	Share    *share.Service
}

// key keys a request's caller in its context.
type key struct{}

// Caller is what a request says of who sends it.
type Caller struct {
	Client  account.Client
	Request *http.Request // for its cookies
	Cookie  bool          // it brought the sign-in's cookie
	Program bool          // it brought a token, which no page can make a browser do by itself

	who   func() (account.Who, error) // looked up once
	frame func() (share.Frame, error) // as above; nil: not by a frame
}

// Of returns who sent the request behind a context; absent: nobody, from nowhere.
func Of(ctx context.Context) Caller {
	c, _ := ctx.Value(key{}).(Caller)
	return c
}

// Note returns a request that knows who sends it. A program's token counts before a
// cookie: what sends one means it.
func (s *Service) Note(r *http.Request, from account.Client) *http.Request {
	c := Caller{Client: from, Request: r, Cookie: from.Token != ""}
	c.who = func() (account.Who, error) { return s.Accounts.Authenticate(r.Context(), from, from.Token) }
	if text, ok := program(r); ok {
		c.Program = true
		c.who = func() (account.Who, error) { return s.Accounts.ByToken(r.Context(), from, text) }
	}
	if c.frame = s.frameOf(r); c.frame != nil {
		// Whoever's browser it is: in a page of another site they are nobody.
		c.who = func() (account.Who, error) { return account.Who{}, notSignedIn() }
	}
	c.who = sync.OnceValues(c.who)
	return r.WithContext(context.WithValue(r.Context(), key{}, c))
}

// program returns what a program shows.
func program(r *http.Request) (string, bool) { return shown(r, bearer) }

// shown returns what the Authorization header holds in a scheme.
func shown(r *http.Request, scheme string) (string, bool) {
	h := r.Header.Get("Authorization")
	if len(h) < len(scheme) || !strings.EqualFold(h[:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(h[len(scheme):]), true
}

// Who returns the signed-in person behind a request, or the program that acts for one,
// or fault.Auth.
func (s *Service) Who(ctx context.Context) (account.Who, error) {
	if c := Of(ctx); c.who != nil {
		return c.who()
	}
	return account.Who{}, notSignedIn()
}

func notSignedIn() error { return fault.New(fault.Auth, "not signed in") }

// Anybody is whoever asks, signed in or not.
func (s *Service) Anybody(ctx context.Context) (gate.Asker, error) {
	who, err := s.Who(ctx)
	if fault.Is(err, fault.Auth) {
		return gate.Asker{Addr: Of(ctx).Client.Addr}, nil
	}
	return Asker(ctx, who), err
}

// Asker is somebody signed in as they stand before what they ask for.
func Asker(ctx context.Context, who account.Who) gate.Asker {
	return gate.Asker{
		Account: who.Account.ID, Strong: who.Strong(), Addr: Of(ctx).Client.Addr, Most: who.Most(),
	}
}

// At is somebody signed in as they stand before a map: a link that they opened counts
// beside their account.
func (s *Service) At(ctx context.Context, who account.Who, m id.Map) gate.Asker {
	a := Asker(ctx, who)
	if v, err := s.VisitBy(ctx, m); err == nil { // else they came by no link that still holds
		a.Visit = v.ID
	}
	return a
}

// VisitBy returns the visit by which a browser comes to a map, or fault.Auth.
func (s *Service) VisitBy(ctx context.Context, m id.Map) (store.Visit, error) {
	r := Of(ctx).Request
	if r == nil || Of(ctx).frame != nil {
		return store.Visit{}, notSignedIn()
	}
	c, err := r.Cookie(VisitCookie + m.String())
	if err != nil {
		return store.Visit{}, notSignedIn()
	}
	v, err := s.Share.Visitor(ctx, c.Value)
	if err == nil {
		audit.In(ctx).Visit(v.ID)
	}
	return v, err
}

// visitBy is VisitBy, for frames too. It notes in the asker by which visit they come.
func (s *Service) visitBy(ctx context.Context, m id.Map, a *gate.Asker) (store.Visit, error) {
	if Of(ctx).frame == nil {
		v, err := s.VisitBy(ctx, m)
		a.Visit = v.ID
		return v, err
	}
	f, err := Of(ctx).frame()
	if err != nil {
		return store.Visit{}, err
	}
	a.Visit, a.Framed, a.Seal = f.Visit, true, f.Seal
	audit.In(ctx).Visit(f.Visit)
	return store.Visit{ID: f.Visit}, nil
}

// Visitor returns who asks for a map, if they may do something with it: signed in, or
// by a link, or both.
func (s *Service) Visitor(ctx context.Context, m id.Map, act authz.Action) (Visitor, error) {
	who, err := s.Who(ctx)
	signedIn := err == nil
	if err != nil && !fault.Is(err, fault.Auth) {
		return Visitor{}, err
	}
	out := Visitor{Asker: gate.Asker{Addr: Of(ctx).Client.Addr}}
	if signedIn {
		out.Asker = Asker(ctx, who)
		out.Account, out.Name, out.Key = who.Account.ID, who.Account.Name, who.Key()
	}
	visit, verr := s.visitBy(ctx, m, &out.Asker)
	if verr != nil && !fault.Is(verr, fault.Auth) {
		return Visitor{}, verr
	}
	if verr == nil {
		out.Also = store.Ref{Sort: store.SortVisit, ID: visit.ID}
	}
	if verr == nil && !signedIn {
		out.Account, out.Name, out.Key = id.Account(visit.ID), visit.Name, out.Also
	}
	if out.Key == (store.Ref{}) {
		return Visitor{}, err // neither
	}
	seen, err := s.Share.Need(ctx, m, out.Asker, act)
	if err != nil {
		return Visitor{}, err
	}
	out.Role, out.Own, out.Org = seen.Most(), seen.Membership.Role, seen.Map.Org
	out.Still = func(ctx context.Context) (authz.Role, error) { return s.still(ctx, out, m) }
	return out, nil
}

// still returns what a visitor may do with a map now. Who signed in must still be, as
// surely as then.
func (s *Service) still(ctx context.Context, v Visitor, m id.Map) (authz.Role, error) {
	if v.Key.Sort == store.SortVisit {
		return s.Share.Role(ctx, m, v.Asker)
	}
	who, err := s.again(ctx, v.Account, v.Key)
	if err != nil {
		return authz.None, err
	}
	v.Asker.Strong, v.Asker.Most = who.Strong(), who.Most()
	return s.Share.Role(ctx, m, v.Asker)
}

// again returns who a key is of now, or fault.Auth when it has ended.
func (s *Service) again(ctx context.Context, a id.Account, key store.Ref) (account.Who, error) {
	switch key.Sort {
	case store.SortSession:
		return s.Accounts.Still(ctx, store.SessionID(key.ID))
	case store.SortToken:
		return s.Accounts.StillToken(ctx, a, store.TokenID(key.ID))
	}
	return account.Who{}, notSignedIn()
}

// Holds returns nil as long as somebody's sign-in or token has not ended.
func (s *Service) Holds(ctx context.Context, who account.Who) error {
	_, err := s.again(ctx, who.Account.ID, who.Key())
	return err
}

// HoldsAsOperator is Holds for an operator who has to be one still.
func (s *Service) HoldsAsOperator(ctx context.Context, who account.Who) error {
	now, err := s.again(ctx, who.Account.ID, who.Key())
	if err != nil {
		return err
	}
	return account.OperatorOnly(now)
}
