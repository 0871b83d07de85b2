package httpd

import (
	"context"
	"net/http"
	"slices"

	"plectica/internal/account"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

// maps registers what belongs to the one live map.
func (s *server) maps(mux *http.ServeMux) {
	mux.HandleFunc("GET /maps/{id}/socket", note(func(w http.ResponseWriter, r *http.Request) {
		// A GET passes every protection against other sites' pages, and browsers
		// send cookies with it: the origin is all there is. Who sends none is no
		// browser of ours.
		if !slices.Contains(s.Origins(), r.Header.Get("Origin")) {
			writeProblem(w, http.StatusForbidden, "permission", "the socket is for this server's own pages; its operator can add an address as extra_names")
			return
		}
		s.enter(w, r, authz.OpenMap, s.Socket)
	}))
	mux.HandleFunc("GET /maps/{id}/snapshot/{seq}/{hash}", note(func(w http.ResponseWriter, r *http.Request) {
		s.enter(w, r, authz.OpenMap, s.Snapshot)
	}))
}

// enter checks who asks for which map before a handler gets to see the request.
func (s *server) enter(w http.ResponseWriter, r *http.Request, act authz.Action, next MapHandler) {
	if next == nil {
		newProblem(fault.New(fault.Busy, "maps cannot be opened now")).write(w)
		return
	}
	m, err := parseMap(r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	who, err := s.visitor(r.Context(), m, act)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	next(w, r, who, m)
}

// visitor returns who asks for a map, if they may do something with it: signed in, or
// by a link, or both.
func (s *server) visitor(ctx context.Context, m id.Map, act authz.Action) (Visitor, error) {
	who, err := s.who(ctx)
	signedIn := err == nil
	if err != nil && !fault.Is(err, fault.Auth) {
		return Visitor{}, err
	}
	out := Visitor{Asker: gate.Asker{Addr: visitOf(ctx).client.Addr}}
	if signedIn {
		out.Asker = asker(ctx, who)
		out.Account, out.Name, out.Key = who.Account.ID, who.Account.Name, who.Key()
	}
	visit, verr := s.visitBy(ctx, m)
	if verr != nil && !fault.Is(verr, fault.Auth) {
		return Visitor{}, verr
	}
	if verr == nil {
		out.Asker.Visit, out.Also = visit.ID, store.Ref{Sort: store.SortVisit, ID: visit.ID}
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
	out.Role = seen.Most()
	out.Still = func(ctx context.Context) (authz.Role, error) { return s.still(ctx, out, m) }
	return out, nil
}

// still returns what a visitor may do with a map now. Who signed in must still be, as
// surely as then.
func (s *server) still(ctx context.Context, v Visitor, m id.Map) (authz.Role, error) {
	if v.Key.Sort == store.SortSession {
		who, err := s.Accounts.Still(ctx, store.SessionID(v.Key.ID))
		if err != nil {
			return authz.None, err
		}
		v.Asker.Strong = who.Session.Proven.Strong()
	}
	return s.Share.Role(ctx, m, v.Asker)
}

// at is somebody signed in as they stand before a map: a link that they opened counts
// beside their account.
func (s *server) at(ctx context.Context, who account.Who, m id.Map) gate.Asker {
	a := asker(ctx, who)
	if v, err := s.visitBy(ctx, m); err == nil { // else they came by no link that still holds
		a.Visit = v.ID
	}
	return a
}

// visitCookie begins the name of the cookie of a visit, which ends with the map's id.
const visitCookie = "__Host-plectica-visit-"

// visitBy returns the visit by which a browser comes to a map, or fault.Auth.
func (s *server) visitBy(ctx context.Context, m id.Map) (store.Visit, error) {
	none := fault.New(fault.Auth, "not signed in")
	r := visitOf(ctx).request
	if r == nil {
		return store.Visit{}, none
	}
	c, err := r.Cookie(visitCookie + m.String())
	if err != nil {
		return store.Visit{}, none
	}
	return s.Share.Visitor(ctx, c.Value)
}

// fail answers with an error; what is ours is logged, since its text is hidden.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.logInternal(r.Context(), err)
	newProblem(err).write(w)
}
