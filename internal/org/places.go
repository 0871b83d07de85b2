package org

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/fault"
	"plectica/internal/gate"
	"plectica/internal/id"
	"plectica/internal/store"
)

// CreateTeam makes a team without people.
func (s *Service) CreateTeam(ctx context.Context, a gate.Asker, o store.OrgID, name string) (store.Team, error) {
	if err := s.manages(ctx, a, o); err != nil {
		return store.Team{}, err
	}
	name, err := cleanName(name)
	if err != nil {
		return store.Team{}, err
	}
	t := store.Team{ID: newID[store.TeamID](), Org: o, Name: name, Created: s.now()}
	return t, s.st.CreateTeam(ctx, t, maxTeams)
}

// Teams lists an organisation's teams.
func (s *Service) Teams(ctx context.Context, a gate.Asker, o store.OrgID) ([]store.Team, error) {
	if _, _, err := s.Need(ctx, a, store.OfOrg(o), authz.SeePeople); err != nil {
		return nil, err
	}
	return s.st.ListTeams(ctx, o, maxTeams)
}

// team returns a team of an organisation in which the asker may do something.
func (s *Service) team(ctx context.Context, a gate.Asker, t store.TeamID, act authz.Action) (store.Team, error) {
	v, err := s.st.Team(ctx, t)
	if err != nil {
		return store.Team{}, err
	}
	_, _, err = s.Need(ctx, a, store.OfOrg(v.Org), act)
	if fault.Is(err, fault.NotFound) {
		return store.Team{}, fault.New(fault.NotFound, "there is no such team")
	}
	return v, err
}

// TeamPeople lists who is in a team.
func (s *Service) TeamPeople(ctx context.Context, a gate.Asker, t store.TeamID) ([]store.Person, error) {
	if _, err := s.team(ctx, a, t, authz.SeePeople); err != nil {
		return nil, err
	}
	return s.st.TeamPeople(ctx, t, maxPeople)
}

// NameTeam renames a team.
func (s *Service) NameTeam(ctx context.Context, a gate.Asker, t store.TeamID, name string) error {
	if _, err := s.team(ctx, a, t, authz.ManageOrg); err != nil {
		return err
	}
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	return s.st.NameTeam(ctx, t, name)
}

// DeleteTeam removes a team and its roles.
func (s *Service) DeleteTeam(ctx context.Context, a gate.Asker, t store.TeamID) error {
	if _, err := s.team(ctx, a, t, authz.ManageOrg); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DeleteTeam(ctx, t, s.now()))
}

// SetTeamPerson puts somebody into a team or takes them out.
func (s *Service) SetTeamPerson(ctx context.Context, a gate.Asker, t store.TeamID, who id.Account, in bool) error {
	if _, err := s.team(ctx, a, t, authz.ManageOrg); err != nil {
		return err
	}
	return s.changed(ctx, s.st.SetTeamPerson(ctx, t, who, in, s.now()))
}

// Folders lists the folders of an organisation that the asker may know of.
func (s *Service) Folders(ctx context.Context, a gate.Asker, o store.OrgID) ([]store.FolderSeen, error) {
	_, rules, err := s.st.RoleIn(ctx, store.OfOrg(o), a.Account)
	if err != nil {
		return nil, err
	}
	list, err := s.st.ListFolders(ctx, o, a.Account, maxFolders)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	for i := range list {
		list[i].Role = a.Cap(list[i].Role)
	}
	return list, gate.Meets(rules, a)
}

// CreateFolder makes a folder in an organisation or in another folder.
func (s *Service) CreateFolder(ctx context.Context, a gate.Asker, home store.Ref, name string) (store.Folder, error) {
	_, rules, err := s.Need(ctx, a, home, authz.AddHere)
	if err != nil {
		return store.Folder{}, err
	}
	if name, err = cleanName(name); err != nil {
		return store.Folder{}, err
	}
	f := store.Folder{ID: newID[store.FolderID](), Org: rules.Org, Home: home, Name: name, Created: s.now()}
	return f, s.st.CreateFolder(ctx, f, bounds())
}

// NameFolder renames a folder.
func (s *Service) NameFolder(ctx context.Context, a gate.Asker, f store.FolderID, name string) error {
	if _, _, err := s.Need(ctx, a, store.OfFolder(f), authz.NameFolder); err != nil {
		return err
	}
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	return s.st.NameFolder(ctx, f, name)
}

// MoveFolder takes a folder to another place of its organisation.
func (s *Service) MoveFolder(ctx context.Context, a gate.Asker, f store.FolderID, home store.Ref) error {
	if _, _, err := s.Need(ctx, a, store.OfFolder(f), authz.RemoveFolder); err != nil {
		return err
	}
	if _, _, err := s.Need(ctx, a, home, authz.AddHere); err != nil {
		return err
	}
	return s.changed(ctx, s.st.MoveFolder(ctx, f, home, bounds(), s.now()))
}

// DeleteFolder removes a folder; what lies in it moves to where the folder was.
func (s *Service) DeleteFolder(ctx context.Context, a gate.Asker, f store.FolderID) error {
	if _, _, err := s.Need(ctx, a, store.OfFolder(f), authz.RemoveFolder); err != nil {
		return err
	}
	return s.changed(ctx, s.st.DeleteFolder(ctx, f, s.now()))
}
