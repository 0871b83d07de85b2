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

type orgJSON struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Role     string   `json:"role"` // none: they belong, and may do only what they are given
	People   int      `json:"people,omitempty"`
	Second   bool     `json:"second"`
	Links    string   `json:"links"` // the highest role that links may give, or none
	Guests   bool     `json:"guests"`
	Networks []string `json:"networks"`
	Embeds   []string `json:"embeds"`
}

func toOrg(v store.OrgSeen) orgJSON {
	r := v.Org.Rules
	return orgJSON{
		ID: id.Format(v.Org.ID), Name: v.Org.Name, Role: v.Role.String(), People: v.People, Second: r.Second, Links: r.Passes.String(), Guests: r.Guests,
		Networks: append([]string{}, r.Networks...), Embeds: append([]string{}, r.Embeds...),
	}
}

// orgOr passes an error on or answers with an organisation.
func orgOr(v store.OrgSeen, err error) (*body[orgJSON], error) {
	if err != nil {
		return nil, err
	}
	return &body[orgJSON]{toOrg(v)}, nil
}

// orgAPI registers organisations, their people, teams and folders.
func (s *service) orgAPI(api huma.API) {
	private(s, api, http.MethodGet, "/orgs", http.StatusOK, s.getOrgs)
	private(s, api, http.MethodPost, "/orgs", http.StatusCreated, s.postOrg)
	private(s, api, http.MethodGet, "/orgs/{id}", http.StatusOK, s.getOrg)
	private(s, api, http.MethodPut, "/orgs/{id}", http.StatusOK, s.putOrg)
	private(s, api, http.MethodDelete, "/orgs/{id}", http.StatusNoContent, s.deleteOrg)
	private(s, api, http.MethodGet, "/orgs/{id}/people", http.StatusOK, s.getPeople)
	private(s, api, http.MethodDelete, "/orgs/{id}/people/{account}", http.StatusNoContent, s.deletePerson)
	private(s, api, http.MethodGet, "/orgs/{id}/teams", http.StatusOK, s.getTeams)
	private(s, api, http.MethodPost, "/orgs/{id}/teams", http.StatusCreated, s.postTeam)
	private(s, api, http.MethodPatch, "/teams/{id}", http.StatusNoContent, s.patchTeam)
	private(s, api, http.MethodDelete, "/teams/{id}", http.StatusNoContent, s.deleteTeam)
	private(s, api, http.MethodGet, "/teams/{id}/people", http.StatusOK, s.getTeamPeople)
	private(s, api, http.MethodPut, "/teams/{id}/people/{account}", http.StatusNoContent, s.putTeamPerson)
	private(s, api, http.MethodDelete, "/teams/{id}/people/{account}", http.StatusNoContent, s.deleteTeamPerson)
	private(s, api, http.MethodGet, "/orgs/{id}/folders", http.StatusOK, s.getFolders)
	private(s, api, http.MethodPost, "/folders", http.StatusCreated, s.postFolder)
	private(s, api, http.MethodPatch, "/folders/{id}", http.StatusNoContent, s.patchFolder)
	private(s, api, http.MethodDelete, "/folders/{id}", http.StatusNoContent, s.deleteFolder)
	for path, sort := range map[string]store.Sort{"/orgs": store.SortOrg, "/folders": store.SortFolder} {
		private(s, api, http.MethodGet, path+"/{id}/access", http.StatusOK, s.getAccess(sort))
		private(s, api, http.MethodPut, path+"/{id}/access", http.StatusOK, s.putAccess(sort))
		private(s, api, http.MethodDelete, path+"/{id}/access/{kind}/{subject}", http.StatusNoContent, s.deleteAccess(sort))
	}
}

func parseOrg(text string) (store.OrgID, error)       { return parseID[store.OrgID](text, "organisation") }
func parseTeam(text string) (store.TeamID, error)     { return parseID[store.TeamID](text, "team") }
func parseFolder(text string) (store.FolderID, error) { return parseID[store.FolderID](text, "folder") }
func parseAccount(text string) (id.Account, error)    { return parseID[id.Account](text, "person") }

type orgsJSON struct {
	Orgs []orgJSON `json:"orgs"`
}

func (s *service) getOrgs(ctx context.Context, who account.Who, _ *none) (*body[orgsJSON], error) {
	list, err := s.Orgs.List(ctx, caller.Asker(ctx, who))
	if err != nil {
		return nil, err
	}
	out := orgsJSON{Orgs: []orgJSON{}}
	for _, v := range list {
		out.Orgs = append(out.Orgs, toOrg(v))
	}
	return &body[orgsJSON]{out}, nil
}

type newOrgInput struct {
	Body struct {
		Name     string `json:"name"`
		Everyone string `json:"everyone,omitempty" enum:"none,view,comment,edit" default:"none"` // what all who belong to it may do
	}
}

func (s *service) postOrg(ctx context.Context, who account.Who, in *newOrgInput) (*body[orgJSON], error) {
	everyone := authz.None
	if in.Body.Everyone != "none" {
		var err error
		if everyone, err = authz.ParseRole(in.Body.Everyone); err != nil {
			return nil, err
		}
	}
	return orgOr(s.Orgs.Create(ctx, caller.Asker(ctx, who), in.Body.Name, everyone))
}

func (s *service) getOrg(ctx context.Context, who account.Who, in *idInput) (*body[orgJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	return orgOr(s.Orgs.Get(ctx, caller.Asker(ctx, who), o))
}

type orgInput struct {
	ID   string `path:"id"`
	Body struct {
		Name     string   `json:"name"`
		Second   bool     `json:"second"`
		Links    string   `json:"links" enum:"none,view,comment,edit"`
		Guests   bool     `json:"guests"`
		Networks []string `json:"networks"`
		Embeds   []string `json:"embeds"`
	}
}

func (s *service) putOrg(ctx context.Context, who account.Who, in *orgInput) (*body[orgJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	r := store.Rules{Second: b.Second, Guests: b.Guests, Networks: b.Networks, Embeds: b.Embeds}
	if b.Links != "none" {
		if r.Passes, err = authz.ParseRole(b.Links); err != nil {
			return nil, err
		}
	}
	// What it asks of people, so that it is seen when it asks for less.
	en := audit.In(ctx)
	en.Count("second", truth(b.Second))
	en.Count("guests", truth(b.Guests))
	en.Count("networks", uint64(len(b.Networks)))
	en.Count("embeds", uint64(len(b.Embeds)))
	en.Count("links", uint64(r.Passes))
	return orgOr(s.Orgs.Set(ctx, caller.Asker(ctx, who), o, b.Name, r))
}

func (s *service) deleteOrg(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Orgs.Delete(ctx, caller.Asker(ctx, who), o)
}

type personJSON struct {
	memberJSON
	Added  int64 `json:"addedAt,omitempty"`
	Strong bool  `json:"strong"` // they have a second factor
	Guest  bool  `json:"guest"`
}

type peopleJSON struct {
	People []personJSON `json:"people"`
}

func (s *service) getPeople(ctx context.Context, who account.Who, in *idInput) (*body[peopleJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Orgs.People(ctx, caller.Asker(ctx, who), o)
	if err != nil {
		return nil, err
	}
	out := peopleJSON{People: []personJSON{}}
	for _, v := range list {
		out.People = append(out.People, personJSON{memberJSON: toMember(v.Person), Added: v.Added, Strong: v.Strong, Guest: v.Guest})
	}
	return &body[peopleJSON]{out}, nil
}

func (s *service) deletePerson(ctx context.Context, who account.Who, in *removeInput) (*none, error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	a, err := parseAccount(in.Account)
	if err != nil {
		return nil, err
	}
	concerning(ctx, store.OfAccount(a))
	return nil, s.Orgs.Remove(ctx, caller.Asker(ctx, who), o, a)
}

type teamJSON struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	People int    `json:"people"`
}

func toTeam(t store.Team) teamJSON {
	return teamJSON{ID: id.Format(t.ID), Name: t.Name, People: t.People}
}

type teamsJSON struct {
	Teams []teamJSON `json:"teams"`
}

func (s *service) getTeams(ctx context.Context, who account.Who, in *idInput) (*body[teamsJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Orgs.Teams(ctx, caller.Asker(ctx, who), o)
	if err != nil {
		return nil, err
	}
	out := teamsJSON{Teams: []teamJSON{}}
	for _, t := range list {
		out.Teams = append(out.Teams, toTeam(t))
	}
	return &body[teamsJSON]{out}, nil
}

type namedInput struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name"`
	}
}

func (s *service) postTeam(ctx context.Context, who account.Who, in *namedInput) (*body[teamJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	t, err := s.Orgs.CreateTeam(ctx, caller.Asker(ctx, who), o, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &body[teamJSON]{toTeam(t)}, nil
}

func (s *service) patchTeam(ctx context.Context, who account.Who, in *namedInput) (*none, error) {
	t, err := parseTeam(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Orgs.NameTeam(ctx, caller.Asker(ctx, who), t, in.Body.Name)
}

func (s *service) deleteTeam(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	t, err := parseTeam(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Orgs.DeleteTeam(ctx, caller.Asker(ctx, who), t)
}

func (s *service) getTeamPeople(ctx context.Context, who account.Who, in *idInput) (*body[membersJSON], error) {
	t, err := parseTeam(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Orgs.TeamPeople(ctx, caller.Asker(ctx, who), t)
	if err != nil {
		return nil, err
	}
	return &body[membersJSON]{membersJSON{Members: toMembers(list)}}, nil
}

func (s *service) putTeamPerson(ctx context.Context, who account.Who, in *removeInput) (*none, error) {
	return s.teamPerson(ctx, who, in, true)
}

func (s *service) deleteTeamPerson(ctx context.Context, who account.Who, in *removeInput) (*none, error) {
	return s.teamPerson(ctx, who, in, false)
}

func (s *service) teamPerson(ctx context.Context, who account.Who, in *removeInput, put bool) (*none, error) {
	t, err := parseTeam(in.ID)
	if err != nil {
		return nil, err
	}
	a, err := parseAccount(in.Account)
	if err != nil {
		return nil, err
	}
	concerning(ctx, store.OfAccount(a))
	return nil, s.Orgs.SetTeamPerson(ctx, caller.Asker(ctx, who), t, a, put)
}

type folderJSON struct {
	ID   string  `json:"id"`
	Org  string  `json:"org"`
	Home refJSON `json:"home"`
	Name string  `json:"name"`
	Role string  `json:"role,omitempty"`
}

func toFolder(f store.Folder) folderJSON {
	return folderJSON{ID: id.Format(f.ID), Org: id.Format(f.Org), Home: toRef(f.Home, "", ""), Name: f.Name}
}

type foldersJSON struct {
	Folders []folderJSON `json:"folders"`
}

func (s *service) getFolders(ctx context.Context, who account.Who, in *idInput) (*body[foldersJSON], error) {
	o, err := parseOrg(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.Orgs.Folders(ctx, caller.Asker(ctx, who), o)
	if err != nil {
		return nil, err
	}
	out := foldersJSON{Folders: []folderJSON{}}
	for _, f := range list {
		v := toFolder(f.Folder)
		v.Role = f.Role.String()
		out.Folders = append(out.Folders, v)
	}
	return &body[foldersJSON]{out}, nil
}

type newFolderInput struct {
	Body struct {
		Name string  `json:"name"`
		Home refJSON `json:"home"`
	}
}

func (s *service) postFolder(ctx context.Context, who account.Who, in *newFolderInput) (*body[folderJSON], error) {
	home, err := in.Body.Home.place()
	if err != nil {
		return nil, err
	}
	f, err := s.Orgs.CreateFolder(ctx, caller.Asker(ctx, who), home, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &body[folderJSON]{toFolder(f)}, nil
}

type folderInput struct {
	ID   string `path:"id"`
	Body struct {
		Name string   `json:"name,omitempty"`
		Home *refJSON `json:"home,omitempty"`
	}
}

func (s *service) patchFolder(ctx context.Context, who account.Who, in *folderInput) (*none, error) {
	f, err := parseFolder(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Home != nil {
		home, err := in.Body.Home.place()
		if err != nil {
			return nil, err
		}
		if err := s.Orgs.MoveFolder(ctx, caller.Asker(ctx, who), f, home); err != nil {
			return nil, err
		}
	}
	if in.Body.Name == "" {
		return nil, nil
	}
	return nil, s.Orgs.NameFolder(ctx, caller.Asker(ctx, who), f, in.Body.Name)
}

func (s *service) deleteFolder(ctx context.Context, who account.Who, in *idInput) (*none, error) {
	f, err := parseFolder(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Orgs.DeleteFolder(ctx, caller.Asker(ctx, who), f)
}

// thing reads an id of a sort that is known from the path.
func thing(sort store.Sort, text string) (store.Ref, error) { return parseRef(kindOf(sort), text) }

func (s *service) getAccess(sort store.Sort) func(context.Context, account.Who, *idInput) (*body[accessJSON], error) {
	return func(ctx context.Context, who account.Who, in *idInput) (*body[accessJSON], error) {
		of, err := thing(sort, in.ID)
		if err != nil {
			return nil, err
		}
		return s.access(ctx, who, of)
	}
}

func (s *service) access(ctx context.Context, who account.Who, of store.Ref) (*body[accessJSON], error) {
	list, err := s.Orgs.Reasons(ctx, caller.Asker(ctx, who), of)
	if err != nil {
		return nil, err
	}
	open, err := s.openInvitations(ctx, who, of)
	return &body[accessJSON]{accessJSON{Grants: toGrants(list), Invitations: open}}, err
}

func (s *service) putAccess(sort store.Sort) func(context.Context, account.Who, *subjectInput) (*body[accessJSON], error) {
	return func(ctx context.Context, who account.Who, in *subjectInput) (*body[accessJSON], error) {
		of, err := thing(sort, in.ID)
		if err != nil {
			return nil, err
		}
		if _, _, err := s.Orgs.Need(ctx, caller.Asker(ctx, who), of, authz.GiveRoles); err != nil {
			return nil, err
		}
		to, role, err := s.subject(ctx, in)
		if err != nil {
			return nil, err
		}
		if err := s.Orgs.Give(ctx, caller.Asker(ctx, who), of, to, role); err != nil {
			return nil, err
		}
		return s.access(ctx, who, of)
	}
}

func (s *service) deleteAccess(sort store.Sort) func(context.Context, account.Who, *dropInput) (*none, error) {
	return func(ctx context.Context, who account.Who, in *dropInput) (*none, error) {
		of, err := thing(sort, in.ID)
		if err != nil {
			return nil, err
		}
		from, err := parseRef(in.Kind, in.Subject)
		if err != nil {
			return nil, err
		}
		concerning(ctx, from)
		return nil, s.Orgs.Take(ctx, caller.Asker(ctx, who), of, from)
	}
}
