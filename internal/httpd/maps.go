package httpd

import (
	"net/http"
	"slices"

	"plectica/internal/api"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/problem"
)

// maps registers what belongs to the one live map.
func (s *server) maps(mux *table) {
	mux.HandleFunc("GET /maps/{id}/socket", note(func(w http.ResponseWriter, r *http.Request) {
		// A GET passes every protection against other sites' pages, and browsers
		// send cookies with it: the origin is all there is. Who sends none is no
		// browser of ours. A program says who it is in a header that no page can set.
		if !caller.Of(r.Context()).Program && !slices.Contains(s.Origins(), r.Header.Get("Origin")) {
			problem.New(http.StatusForbidden, "permission", "the socket is for this server's own pages; its operator can add an address as extra_names").Write(w)
			return
		}
		s.enter(w, r, authz.OpenMap, s.Socket)
	}))
	mux.HandleFunc("GET /maps/{id}/snapshot/{seq}/{hash}", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.OpenMap, s.Snapshot)
	}))
	mux.HandleFunc("GET /maps/{id}/past/{seq}", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.ReadHistory, s.past)
	}))
	mux.HandleFunc("GET /maps/{id}/past/{seq}/commits", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.ReadHistory, s.pastCommits)
	}))
	mux.HandleFunc("GET /maps/{id}/past/{seq}/picture", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.ReadHistory, s.pastPicture)
	}))
}

// MapHandler continues a request for a map after the visitor was checked.
type MapHandler func(w http.ResponseWriter, r *http.Request, who caller.Visitor, m id.Map)

// enter checks who asks for which map before a handler gets to see the request.
func (s *server) enter(w http.ResponseWriter, r *http.Request, act authz.Action, next MapHandler) {
	if next == nil {
		problem.Of(fault.New(fault.Busy, "maps cannot be opened now")).Write(w)
		return
	}
	m, err := api.ParseMap(r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	who, err := s.callers.Visitor(r.Context(), m, act)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	next(w, r, who, m)
}

// fail answers with an error; what is ours is logged, since its text is hidden.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem.Note(r.Context(), s.Log, err)
	problem.Of(err).Write(w)
}
