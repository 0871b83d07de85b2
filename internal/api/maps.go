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
	"plectica/internal/share"
	"plectica/internal/store"
)

type Map struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Role    string `json:"role"`
	Owner   string `json:"owner"`
	Updated int64  `json:"updatedAt"`
	Created int64  `json:"createdAt"`
	Deleted int64  `json:"deletedAt,omitempty"`
	// Org is the organisation it lies in, Home the folder there, or the organisation.
	Org  string `json:"org,omitempty"`
	Home string `json:"home,omitempty"`
	// Visitor is who asks, where they came by a link and have not signed in.
	Visitor *visitorJSON `json:"visitor,omitempty"`
}

type visitorJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func ToMap(v *share.Seen) Map {
	out := Map{
		ID: v.Map.ID.String(), Title: v.Map.Title, Role: v.Most().String(), Owner: v.Owner,
		Updated: v.Map.Updated, Created: v.Map.Created, Deleted: v.Map.Deleted,
	}
	if v.Map.Org != (store.OrgID{}) {
		out.Org, out.Home = id.Format(v.Map.Org), id.Format(v.Map.Home.ID)
	}
	return out
}

// mapOr passes an error on or answers with a map.
func mapOr(v *share.Seen, err error) (*body[Map], error) {
	if err != nil {
		return nil, err
	}
	return &body[Map]{ToMap(v)}, nil
}

// mapAPI registers what concerns maps as a whole.
func (s *service) mapAPI(api huma.API) {
	private(s, api, http.MethodGet, "/maps", http.StatusOK, s.listMaps)
	private(s, api, http.MethodPost, "/maps", http.StatusCreated, s.postMap)
	handle(s, api, http.MethodGet, "/maps/{id}", http.StatusOK, s.getMap)
	private(s, api, http.MethodPatch, "/maps/{id}", http.StatusOK, s.patchMap)
	private(s, api, http.MethodDelete, "/maps/{id}", http.StatusNoContent, s.deleteMap)
	private(s, api, http.MethodPost, "/maps/{id}/restore", http.StatusOK, s.restoreMap)
	private(s, api, http.MethodPost, "/maps/{id}/duplicate", http.StatusCreated, s.duplicateMap)
	private(s, api, http.MethodGet, "/maps/{id}/backlinks", http.StatusOK, s.getBacklinks)
	private(s, api, http.MethodPost, "/maps/{id}/blobs/adopt", http.StatusOK, s.adoptBlobs)
}

// ParseMap reads a map's id.
func ParseMap(text string) (id.Map, error) { return parseID[id.Map](text, "map") }

// parseID reads the id of what people call so; a malformed one is an unknown one.
func parseID[T ~[id.Size]byte](text, what string) (T, error) {
	v, err := id.Parse[T](text)
	if err != nil {
		return T{}, fault.New(fault.NotFound, "there is no such "+what)
	}
	return v, nil
}

type listInput struct {
	Deleted int `query:"deleted" minimum:"0" maximum:"1"`
}

type mapsJSON struct {
	Maps []Map `json:"maps"`
}

func (s *service) listMaps(ctx context.Context, who account.Who, in *listInput) (*body[mapsJSON], error) {
	list, err := s.Share.List(ctx, caller.Asker(ctx, who), in.Deleted == 1)
	if err != nil {
		return nil, err
	}
	out := mapsJSON{Maps: []Map{}}
	for i := range list {
		out.Maps = append(out.Maps, ToMap(&list[i]))
	}
	return &body[mapsJSON]{out}, nil
}

type titleInput struct {
	Body struct {
		Title string   `json:"title"`
		Home  *refJSON `json:"home,omitempty"`
	}
}

func (s *service) postMap(ctx context.Context, who account.Who, in *titleInput) (*body[Map], error) {
	home, err := in.Body.Home.place()
	if err != nil {
		return nil, err
	}
	return mapOr(s.Share.Create(ctx, caller.Asker(ctx, who), in.Body.Title, home))
}

func (s *service) getMap(ctx context.Context, in *idInput) (*body[Map], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.Callers.Visitor(ctx, m, authz.OpenMap)
	if err != nil {
		return nil, err
	}
	out, err := mapOr(s.Share.Get(ctx, v.Asker, m))
	if err == nil && v.Key.Sort == store.SortVisit {
		out.Body.Visitor = &visitorJSON{ID: v.Account.String(), Name: v.Name}
	}
	return out, err
}

type patchInput struct {
	ID   string `path:"id"`
	Body struct {
		Title string `json:"title"`
	}
}

func (s *service) patchMap(ctx context.Context, who account.Who, in *patchInput) (*body[Map], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	return mapOr(s.Share.Rename(ctx, s.Callers.At(ctx, who, m), m, in.Body.Title))
}

func (s *service) deleteMap(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Share.Delete(ctx, s.Callers.At(ctx, who, m), m)
}

func (s *service) restoreMap(ctx context.Context, who account.Who, in *idInput) (*body[Map], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	return mapOr(s.Share.Restore(ctx, s.Callers.At(ctx, who, m), m))
}

type duplicateInput struct {
	ID   string `path:"id"`
	Body *struct {
		Title string `json:"title,omitempty"`
	}
}

func (s *service) duplicateMap(ctx context.Context, who account.Who, in *duplicateInput) (*body[Map], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	title := ""
	if in.Body != nil {
		title = in.Body.Title
	}
	return mapOr(s.Share.Duplicate(ctx, s.Callers.At(ctx, who, m), m, title))
}

type backlinkJSON struct {
	Map    string `json:"map"`
	Title  string `json:"title"` // of the map
	Card   string `json:"card"`
	Name   string `json:"name"` // of the card
	ToCard string `json:"toCard,omitempty"`
}

type backlinksJSON struct {
	Links []backlinkJSON `json:"links"`
}

func (s *service) getBacklinks(ctx context.Context, who account.Who, in *idInput) (*body[backlinksJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Share.Backlinks(ctx, s.Callers.At(ctx, who, m), m)
	if err != nil {
		return nil, err
	}
	out := backlinksJSON{Links: []backlinkJSON{}}
	for _, v := range list {
		l := backlinkJSON{Map: v.From.String(), Title: v.Title, Card: v.Card.String(), Name: v.Link.Title}
		if v.ToCard != id.Root {
			l.ToCard = v.ToCard.String()
		}
		out.Links = append(out.Links, l)
	}
	return &body[backlinksJSON]{out}, nil
}

type memberJSON struct {
	Account string `json:"account"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	Role    string `json:"role"`
}

type membersJSON struct {
	Members []memberJSON `json:"members"`
}

func toMember(v store.Person) memberJSON {
	return memberJSON{Account: v.Account.String(), Email: v.Email, Name: v.Name, Role: v.Role.String()}
}

func toMembers(list []store.Person) []memberJSON {
	out := make([]memberJSON, 0, len(list))
	for _, v := range list {
		out = append(out, toMember(v))
	}
	return out
}

type removeInput struct {
	ID      string `path:"id"`
	Account string `path:"account"`
}
