package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/audit"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/share"
	"plectica/internal/store"
)

// refJSON names a thing that roles are given in, or a party that has them.
type refJSON struct {
	Kind  string `json:"kind" enum:"map,folder,org,account,team"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// kinds are the sorts as the API names them.
var kinds = map[string]store.Sort{
	"map": store.SortMap, "folder": store.SortFolder, "org": store.SortOrg, "account": store.SortAccount, "team": store.SortTeam,
}

func kindOf(s store.Sort) string {
	for k, v := range kinds {
		if v == s {
			return k
		}
	}
	return ""
}

func toRef(r store.Ref, name, email string) refJSON {
	return refJSON{Kind: kindOf(r.Sort), ID: id.Format(r.ID), Name: name, Email: email}
}

func parseRef(kind, text string) (store.Ref, error) {
	v, err := id.Parse[[id.Size]byte](text)
	if err != nil || kinds[kind] == 0 {
		return store.Ref{}, fault.New(fault.NotFound, "there is nobody or nothing like that here")
	}
	return store.Ref{Sort: kinds[kind], ID: v}, nil
}

// place returns the folder or organisation that is named; nothing names none.
func (r *refJSON) place() (store.Ref, error) {
	if r == nil {
		return store.Ref{}, nil
	}
	v, err := parseRef(r.Kind, r.ID)
	if err == nil && v.Sort != store.SortFolder && v.Sort != store.SortOrg {
		err = fault.New(fault.Invalid, "maps and folders lie in folders and organisations")
	}
	return v, err
}

type grantJSON struct {
	Object  refJSON `json:"object"`
	Subject refJSON `json:"subject"`
	Role    string  `json:"role"`
}

func toGrants(list []store.Reason) []grantJSON {
	out := make([]grantJSON, 0, len(list))
	for _, r := range list {
		out = append(out, grantJSON{
			Object: toRef(r.Object, r.ObjectName, ""), Subject: toRef(r.Subject, r.SubjectName, r.Email), Role: r.Role.String(),
		})
	}
	return out
}

// accessJSON is who can come to a thing, and why.
type accessJSON struct {
	Grants      []grantJSON      `json:"grants"`
	People      []memberJSON     `json:"people,omitempty"`
	Invitations []invitationJSON `json:"invitations,omitempty"`
}

type subjectInput struct {
	ID   string `path:"id"`
	Body struct {
		Subject *refJSON `json:"subject,omitempty"`
		Email   string   `json:"email,omitempty"` // of an account, instead
		Role    string   `json:"role"`
	}
}

// subject is who is to get a role.
func (s *service) subject(ctx context.Context, in *subjectInput) (store.Ref, authz.Role, error) {
	role, err := authz.ParseRole(in.Body.Role)
	if err != nil {
		return store.Ref{}, authz.None, err
	}
	audit.In(ctx).Count("role", uint64(role))
	if in.Body.Subject != nil {
		to, err := parseRef(in.Body.Subject.Kind, in.Body.Subject.ID)
		concerning(ctx, to)
		return to, role, err
	}
	email, err := account.CleanEmail(in.Body.Email)
	if err != nil {
		return store.Ref{}, authz.None, err
	}
	who, err := s.Share.Find(ctx, email)
	if err == nil {
		concerning(ctx, store.OfAccount(who.ID))
	}
	return store.OfAccount(who.ID), role, err
}

// concerning says in the request's record whom it concerns besides what it is done to.
func concerning(ctx context.Context, v store.Ref) {
	if v.Sort == store.SortAccount {
		audit.In(ctx).To(audit.OfAccount(v.ID))
		return
	}
	if name := kindOf(v.Sort); name != "" {
		audit.In(ctx).To(audit.Of(name, v.ID))
	}
}

type dropInput struct {
	ID      string `path:"id"`
	Kind    string `path:"kind"`
	Subject string `path:"subject"`
}

// accessAPI registers who may come to maps, and by which links.
func (s *service) accessAPI(api huma.API) {
	private(s, api, http.MethodGet, "/maps/{id}/access", http.StatusOK, s.getMapAccess)
	private(s, api, http.MethodPut, "/maps/{id}/access", http.StatusOK, s.putMapAccess)
	private(s, api, http.MethodDelete, "/maps/{id}/access/{kind}/{subject}", http.StatusNoContent, s.deleteMapAccess)
	private(s, api, http.MethodPut, "/maps/{id}/home", http.StatusOK, s.putHome)
	private(s, api, http.MethodGet, "/maps/{id}/links", http.StatusOK, s.getLinks)
	private(s, api, http.MethodPost, "/maps/{id}/links", http.StatusCreated, s.postLink)
	private(s, api, http.MethodDelete, "/maps/{id}/links/{link}", http.StatusNoContent, s.deleteLink)
	handle(s, api, http.MethodPost, "/links/open", http.StatusOK, s.openLink)
	handle(s, api, http.MethodPut, "/maps/{id}/visitor", http.StatusNoContent, s.putVisitor)
	handle(s, api, http.MethodGet, "/maps/{id}/names", http.StatusOK, s.getNames)
}

func (s *service) getMapAccess(ctx context.Context, who account.Who, in *idInput) (*body[accessJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	return s.mapAccess(ctx, who, m)
}

func (s *service) mapAccess(ctx context.Context, who account.Who, m id.Map) (*body[accessJSON], error) {
	a := s.Callers.At(ctx, who, m)
	reasons, err := s.Share.Reasons(ctx, a, m)
	if err != nil {
		return nil, err
	}
	people, err := s.Share.Members(ctx, a, m)
	if err != nil {
		return nil, err
	}
	out := accessJSON{Grants: toGrants(reasons), People: toMembers(people)}
	out.Invitations, err = s.openInvitations(ctx, who, store.OfMap(m))
	return &body[accessJSON]{out}, err
}

// openInvitations lists what is open in a place, for those who may know.
func (s *service) openInvitations(ctx context.Context, who account.Who, place store.Ref) ([]invitationJSON, error) {
	list, err := s.Orgs.Invitations(ctx, caller.Asker(ctx, who), place)
	if fault.Is(err, fault.Permission) || fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	out := make([]invitationJSON, 0, len(list))
	for _, v := range list {
		out = append(out, invitation(v, ""))
	}
	return out, err
}

func (s *service) putMapAccess(ctx context.Context, who account.Who, in *subjectInput) (*body[accessJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	// Before anybody is looked for: who has an account here is not everybody's to ask.
	if _, err := s.Share.Need(ctx, m, s.Callers.At(ctx, who, m), authz.ManageMembers); err != nil {
		return nil, err
	}
	to, role, err := s.subject(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := s.Share.Give(ctx, s.Callers.At(ctx, who, m), m, to, role); err != nil {
		return nil, err
	}
	return s.mapAccess(ctx, who, m)
}

func (s *service) deleteMapAccess(ctx context.Context, who account.Who, in *dropInput) (*none, error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	from, err := parseRef(in.Kind, in.Subject)
	if err != nil {
		return nil, err
	}
	concerning(ctx, from)
	return nil, s.Share.Take(ctx, s.Callers.At(ctx, who, m), m, from)
}

type homeInput struct {
	ID   string `path:"id"`
	Body struct {
		Home *refJSON `json:"home,omitempty"` // none: in no organisation
	}
}

func (s *service) putHome(ctx context.Context, who account.Who, in *homeInput) (*body[Map], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	home, err := in.Body.Home.place()
	if err != nil {
		return nil, err
	}
	return mapOr(s.Share.Move(ctx, s.Callers.At(ctx, who, m), m, home))
}

type linkJSON struct {
	ID       string `json:"id"`
	Secret   string `json:"secret,omitempty"` // only when it is made
	Role     string `json:"role"`
	Name     string `json:"name,omitempty"`
	Password bool   `json:"password"`
	Created  int64  `json:"createdAt"`
	Expires  int64  `json:"expiresAt,omitempty"`
	Used     int64  `json:"usedAt,omitempty"`
}

func toLink(p store.Pass, secret string) linkJSON {
	return linkJSON{
		ID: id.Format(p.ID), Secret: secret, Role: p.Role.String(), Name: p.Name, Password: p.Password.Hash != "",
		Created: p.Created, Expires: p.Expires, Used: p.Used,
	}
}

type linksJSON struct {
	Links []linkJSON `json:"links"`
}

func (s *service) getLinks(ctx context.Context, who account.Who, in *idInput) (*body[linksJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Share.Passes(ctx, s.Callers.At(ctx, who, m), m)
	if err != nil {
		return nil, err
	}
	out := linksJSON{Links: []linkJSON{}}
	for _, p := range list {
		out.Links = append(out.Links, toLink(p, ""))
	}
	return &body[linksJSON]{out}, nil
}

type linkInput struct {
	ID   string `path:"id"`
	Body struct {
		Role     string `json:"role"`
		Name     string `json:"name,omitempty"`
		Password string `json:"password,omitempty"`
		Expires  int64  `json:"expiresAt,omitempty"` // ms since 1970; 0: never
	}
}

func (s *service) postLink(ctx context.Context, who account.Who, in *linkInput) (*body[linkJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	role, err := authz.ParseRole(in.Body.Role)
	if err != nil {
		return nil, err
	}
	audit.In(ctx).Count("role", uint64(role))
	if in.Body.Password == "" {
		audit.In(ctx).Count("public", 1) // whoever has the link comes in
	}
	n := share.NewPass{Role: role, Name: in.Body.Name, Password: in.Body.Password}
	if in.Body.Expires != 0 {
		n.Expires = time.UnixMilli(in.Body.Expires)
	}
	p, secret, err := s.Share.CreatePass(ctx, s.Callers.At(ctx, who, m), m, n)
	if err != nil {
		return nil, err
	}
	return &body[linkJSON]{toLink(p, secret)}, nil
}

type dropLinkInput struct {
	ID   string `path:"id"`
	Link string `path:"link"`
}

func (s *service) deleteLink(ctx context.Context, who account.Who, in *dropLinkInput) (*none, error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := parseID[store.PassID](in.Link, "link")
	if err != nil {
		return nil, err
	}
	return nil, s.Share.DropPass(ctx, s.Callers.At(ctx, who, m), m, p)
}

type openInput struct {
	Body struct {
		Secret   string `json:"secret"`
		Password string `json:"password,omitempty"`
		Name     string `json:"name,omitempty"`
	}
}

// openedJSON says where a link leads. With password set, one is asked for and nothing
// else is told.
type openedJSON struct {
	Password bool   `json:"password"`
	Map      string `json:"map,omitempty"`
	Title    string `json:"title,omitempty"`
	Role     string `json:"role,omitempty"`
}

type opened struct {
	Cookie string `header:"Set-Cookie"`
	Body   openedJSON
}

// openLink exchanges a link's secret, which came in the address's fragment, for a
// cookie that holds for the one map.
func (s *service) openLink(ctx context.Context, in *openInput) (*opened, error) {
	a, err := s.Callers.Anybody(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.Share.UsePass(ctx, a, in.Body.Secret, in.Body.Password, in.Body.Name)
	if err != nil {
		return nil, err
	}
	if v.Password {
		return &opened{Body: openedJSON{Password: true}}, nil
	}
	c := http.Cookie{
		Name: caller.VisitCookie + v.Map.String(), Value: v.Secret, Path: "/", MaxAge: int(share.VisitIdle.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	return &opened{Cookie: c.String(), Body: openedJSON{Map: v.Map.String(), Title: v.Title, Role: v.Role.String()}}, nil
}

type visitorInput struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name"`
	}
}

func (s *service) putVisitor(ctx context.Context, in *visitorInput) (*none, error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.Callers.VisitBy(ctx, m)
	if err != nil {
		return nil, err
	}
	return nil, s.Share.NameVisit(ctx, v.ID, in.Body.Name)
}

type namesJSON struct {
	Names map[string]string `json:"names"`
}

// getNames tells what those are called who take part, and no more of them. Who came only
// by a link is told the names of those whose words stand in the map: who else may open
// it, which can be all of an organisation, is not theirs to know.
func (s *service) getNames(ctx context.Context, in *idInput) (*body[namesJSON], error) {
	m, err := ParseMap(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.Callers.Visitor(ctx, m, authz.OpenMap)
	if err != nil {
		return nil, err
	}
	list, err := s.Share.Names(ctx, v.Asker, m)
	if err != nil {
		return nil, err
	}
	told, err := s.told(ctx, v, m)
	if err != nil {
		return nil, err
	}
	out := namesJSON{Names: make(map[string]string, len(list))}
	for a, name := range list {
		if told(a) {
			out.Names[a.String()] = name
		}
	}
	return &body[namesJSON]{out}, nil
}

// told says whose names a visitor is told.
func (s *service) told(ctx context.Context, v caller.Visitor, m id.Map) (func(id.Account) bool, error) {
	if v.Own != authz.None {
		return func(id.Account) bool { return true }, nil
	}
	authors := map[id.Account]bool{}
	var err error
	if s.Copy != nil {
		_, err = s.Copy(ctx, m, func(a id.Account) string { authors[a] = true; return "" })
	}
	return func(a id.Account) bool { return authors[a] }, err
}
