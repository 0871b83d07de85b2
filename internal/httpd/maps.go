package httpd

import (
	"net/http"
	"slices"

	"plectica/internal/account"
	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
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
	who, err := s.who(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m, role, err := s.roleIn(r, who)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !authz.Allowed(role, act) {
		s.fail(w, r, fault.New(fault.Permission, "your role in this map does not allow this"))
		return
	}
	next(w, r, Visitor{Account: who.Account.ID, Name: who.Account.Name, Session: who.Session, Role: role}, m)
}

// roleIn returns the map in the path and the visitor's role in it. An id that
// is malformed, unknown or somebody else's makes no difference.
func (s *server) roleIn(r *http.Request, who account.Who) (id.Map, authz.Role, error) {
	none := fault.New(fault.NotFound, "there is no such map")
	m, err := id.Parse[id.Map](r.PathValue("id"))
	if err != nil {
		return id.Map{}, authz.None, none
	}
	role, err := s.Share.Role(r.Context(), m, who.Account.ID)
	if err != nil {
		return id.Map{}, authz.None, err
	}
	if !authz.Allowed(role, authz.OpenMap) {
		return id.Map{}, authz.None, none
	}
	return m, role, nil
}

// fail answers with an error; what is ours is logged, since its text is hidden.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.logInternal(r.Context(), err)
	newProblem(err).write(w)
}
