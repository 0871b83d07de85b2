package store

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/id"
)

// OrgID names an organisation.
type OrgID [id.Size]byte

// TeamID names a team.
type TeamID [id.Size]byte

// FolderID names a folder.
type FolderID [id.Size]byte

// Rules are what an organisation asks of whoever comes to what lies in it. The zero
// Rules, of what lies in none, ask nothing.
type Rules struct {
	Org      OrgID
	Second   bool       // only who showed a second factor
	Passes   authz.Role // the highest role that links may give; None: there are no links
	Guests   bool       // people outside may be given roles in single things
	Networks []string   // prefixes that people come from; none: anywhere
	Embeds   []string   // origins whose pages may show maps
}

// Org is an organisation.
type Org struct {
	ID      OrgID
	Name    string
	Created int64
	Rules   Rules
}

// OrgSeen is an organisation as somebody sees it.
type OrgSeen struct {
	Org    Org
	Role   authz.Role
	People int // who belong to it
}

// Belonging is one person in an organisation.
type Belonging struct {
	Person
	Added  int64
	Strong bool // they have a second factor
	Guest  bool // they have a role in something, and do not belong
}

// Team is people of an organisation who are given roles together.
type Team struct {
	ID      TeamID
	Org     OrgID
	Name    string
	Created int64
	People  int
}

// Folder is a place for maps and folders in an organisation.
type Folder struct {
	ID      FolderID
	Org     OrgID
	Home    Ref // the folder or organisation it lies in
	Name    string
	Created int64
}

// FolderSeen is a folder as somebody sees it.
type FolderSeen struct {
	Folder
	Role authz.Role
}

// OrgBounds are how much an organisation may have.
type OrgBounds struct {
	People, Teams, Folders, Depth int
}

// Orgs keeps organisations, their people, teams and folders. Every change of who may
// do what leaves a notice.
type Orgs interface {
	// CreateOrg adds an organisation whose first owner belongs to it.
	CreateOrg(ctx context.Context, o Org, owner id.Account) error
	// Org returns fault.NotFound for an unknown one.
	Org(ctx context.Context, o OrgID) (Org, error)
	// ListOrgs returns at most limit organisations an account belongs to or has a role
	// in, by name; for a zero account all there are.
	ListOrgs(ctx context.Context, a id.Account, limit int) ([]OrgSeen, error)
	// SetOrg changes the name and the rules.
	SetOrg(ctx context.Context, o Org, now int64) error
	// DeleteOrg returns fault.Conflict while a map that is not deleted lies in it.
	DeleteOrg(ctx context.Context, o OrgID, now int64) error

	// Belongings lists at most limit people of an organisation, guests too, by name.
	Belongings(ctx context.Context, o OrgID, limit int) ([]Belonging, error)
	// Belongs reports whether an account belongs to an organisation.
	Belongs(ctx context.Context, o OrgID, a id.Account) (bool, error)
	// AddBelonging lets an account belong; one that does already is no error. It
	// returns fault.Limit beyond most.
	AddBelonging(ctx context.Context, o OrgID, a id.Account, most int, now int64) error
	// DropBelonging takes somebody out of the organisation: out of its teams and of
	// every role in it, guest or not. It returns fault.Conflict for the last owner and
	// fault.NotFound for somebody who has nothing there.
	DropBelonging(ctx context.Context, o OrgID, a id.Account, now int64) error

	CreateTeam(ctx context.Context, t Team, most int) error
	Team(ctx context.Context, t TeamID) (Team, error)
	// ListTeams returns at most limit teams, by name.
	ListTeams(ctx context.Context, o OrgID, limit int) ([]Team, error)
	NameTeam(ctx context.Context, t TeamID, name string) error
	// DeleteTeam takes its roles with it.
	DeleteTeam(ctx context.Context, t TeamID, now int64) error
	// TeamPeople lists at most limit people of a team, by name.
	TeamPeople(ctx context.Context, t TeamID, limit int) ([]Person, error)
	// SetTeamPerson puts somebody who belongs to the organisation into a team or takes
	// them out. It returns fault.NotFound when they do not belong.
	SetTeamPerson(ctx context.Context, t TeamID, a id.Account, in bool, now int64) error

	// CreateFolder returns fault.NotFound when its home is gone, fault.Limit beyond
	// the bounds.
	CreateFolder(ctx context.Context, f Folder, most OrgBounds) error
	Folder(ctx context.Context, f FolderID) (Folder, error)
	// ListFolders returns at most limit folders of an organisation in which an account
	// has a role, by name.
	ListFolders(ctx context.Context, o OrgID, a id.Account, limit int) ([]FolderSeen, error)
	NameFolder(ctx context.Context, f FolderID, name string) error
	// MoveFolder takes a folder with all that lies in it to another place of the
	// organisation. It returns fault.Cycle for a place within itself.
	MoveFolder(ctx context.Context, f FolderID, home Ref, most OrgBounds, now int64) error
	// DeleteFolder removes a folder; what lies in it moves to where the folder was.
	DeleteFolder(ctx context.Context, f FolderID, now int64) error
	// MoveMap takes a map to a folder or organisation, or out of any (a zero home). It
	// keeps the roles given on the map itself. It returns fault.NotFound when either is
	// gone, fault.Conflict when nobody would own the map any more.
	MoveMap(ctx context.Context, m id.Map, home Ref, now int64) error
}
