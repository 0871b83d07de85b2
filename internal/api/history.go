package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/id"
)

// historyAPI registers what tells how maps were.
func (s *service) historyAPI(api huma.API) {
	handle(s, api, http.MethodGet, "/maps/{id}/history", http.StatusOK, s.getHistory)
	handle(s, api, http.MethodGet, "/maps/{id}/versions", http.StatusOK, s.getVersions)
	handle(s, api, http.MethodPut, "/maps/{id}/versions/{seq}", http.StatusNoContent, s.putVersion)
	handle(s, api, http.MethodDelete, "/maps/{id}/versions/{seq}", http.StatusNoContent, s.deleteVersion)
	handle(s, api, http.MethodGet, "/maps/{id}/objects/{object}/authors", http.StatusOK, s.getAuthors)
}

type authorJSON struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"` // of those who still take part
}

// authors names accounts.
func authors(names map[id.Account]string, list ...id.Account) []authorJSON {
	out := make([]authorJSON, 0, len(list))
	for _, a := range list {
		out = append(out, authorJSON{Account: a.String(), Name: names[a]})
	}
	return out
}

// asked is a map whose past somebody may ask for, who they are, and what those are called
// who take part in it.
type asked struct {
	id    id.Map
	who   id.Account
	names map[id.Account]string
}

func (s *service) past(ctx context.Context, text string, act authz.Action) (*asked, error) {
	m, err := ParseMap(text)
	if err != nil {
		return nil, err
	}
	if s.History == nil {
		return nil, fault.New(fault.Busy, "the history cannot be read now")
	}
	v, err := s.Callers.Visitor(ctx, m, act)
	if err != nil {
		return nil, err
	}
	names, err := s.Share.Names(ctx, v.Asker, m)
	return &asked{m, v.Account, names}, err
}

type historyInput struct {
	ID     string `path:"id"`
	Before int64  `query:"before" minimum:"0" doc:"a change: only what ended before it"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type versionJSON struct {
	Seq     uint64       `json:"seq" doc:"the last change of it"`
	First   uint64       `json:"first"`
	Began   int64        `json:"began"`
	Ended   int64        `json:"ended"`
	By      []authorJSON `json:"by" doc:"the busiest first"`
	Changes int          `json:"changes"`
	Name    string       `json:"name,omitempty"`
	Sparse  bool         `json:"sparse,omitempty" doc:"only its last moment is kept"`
}

type historyJSON struct {
	Head     uint64        `json:"head" doc:"the newest change"`
	Oldest   uint64        `json:"oldest" doc:"every moment from this change on is kept"`
	Versions []versionJSON `json:"versions" doc:"newest first"`
	More     bool          `json:"more"`
}

func (s *service) getHistory(ctx context.Context, in *historyInput) (*body[historyJSON], error) {
	m, err := s.past(ctx, in.ID, authz.ReadHistory)
	if err != nil {
		return nil, err
	}
	t, err := s.History.Timeline(ctx, m.id, uint64(in.Before), in.Limit)
	if err != nil {
		return nil, err
	}
	out := historyJSON{Head: t.Head, Oldest: t.Oldest, More: t.More, Versions: make([]versionJSON, 0, len(t.Versions))}
	for _, v := range t.Versions {
		out.Versions = append(out.Versions, versionJSON{
			Seq: v.Seq, First: v.First, Began: v.Began, Ended: v.Ended, By: authors(m.names, v.By...), Changes: v.Changes, Name: v.Name, Sparse: v.Sparse,
		})
	}
	return &body[historyJSON]{out}, nil
}

type namedJSON struct {
	Seq  uint64     `json:"seq"`
	Name string     `json:"name"`
	By   authorJSON `json:"by" doc:"who gave the name"`
	Made int64      `json:"made"`
}

type versionsJSON struct {
	Versions []namedJSON `json:"versions" doc:"newest first"`
}

func (s *service) getVersions(ctx context.Context, in *idInput) (*body[versionsJSON], error) {
	m, err := s.past(ctx, in.ID, authz.ReadHistory)
	if err != nil {
		return nil, err
	}
	list, err := s.History.Versions(ctx, m.id)
	if err != nil {
		return nil, err
	}
	out := versionsJSON{Versions: make([]namedJSON, 0, len(list))}
	for _, v := range list {
		out.Versions = append(out.Versions, namedJSON{Seq: v.Seq, Name: v.Name, By: authors(m.names, v.By)[0], Made: v.Made})
	}
	return &body[versionsJSON]{out}, nil
}

type putVersionInput struct {
	ID   string `path:"id"`
	Seq  int64  `path:"seq" minimum:"1"`
	Body struct {
		Name string `json:"name"`
	}
}

func (s *service) putVersion(ctx context.Context, in *putVersionInput) (*none, error) {
	m, err := s.past(ctx, in.ID, authz.NameVersion)
	if err != nil {
		return nil, err
	}
	return nil, s.History.Name(ctx, m.id, uint64(in.Seq), in.Body.Name, m.who)
}

type versionInput struct {
	ID  string `path:"id"`
	Seq int64  `path:"seq" minimum:"1"`
}

func (s *service) deleteVersion(ctx context.Context, in *versionInput) (*none, error) {
	m, err := s.past(ctx, in.ID, authz.NameVersion)
	if err != nil {
		return nil, err
	}
	return nil, s.History.Unname(ctx, m.id, uint64(in.Seq))
}

type authorsInput struct {
	ID     string `path:"id"`
	Object string `path:"object"`
	At     int64  `query:"at" minimum:"0" doc:"as it was after this change; 0 is now"`
}

type traceJSON struct {
	Field string     `json:"field" doc:"made, deleted, place, ends, or as a map's file calls it"`
	Entry string     `json:"entry,omitempty"`
	By    authorJSON `json:"by"`
	At    int64      `json:"at"`
	Seq   uint64     `json:"seq"`
}

type tracesJSON struct {
	Changes []traceJSON `json:"changes" doc:"the last of each property, newest first"`
}

func (s *service) getAuthors(ctx context.Context, in *authorsInput) (*body[tracesJSON], error) {
	m, err := s.past(ctx, in.ID, authz.ReadHistory)
	if err != nil {
		return nil, err
	}
	o, err := parseID[id.Object](in.Object, "object")
	if err != nil {
		return nil, err
	}
	list, err := s.History.Traces(ctx, m.id, o, uint64(in.At))
	if err != nil {
		return nil, err
	}
	out := tracesJSON{Changes: make([]traceJSON, 0, len(list))}
	for _, t := range list {
		out.Changes = append(out.Changes, traceJSON{Field: t.Name, Entry: t.Entry, By: authors(m.names, t.Actor)[0], At: t.At, Seq: t.Seq})
	}
	return &body[tracesJSON]{out}, nil
}
