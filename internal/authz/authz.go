// Package authz is the one table that says who may do what to a map, a folder or an
// organisation. It is pure: no clock, no store, no state; whatever the table does not
// allow is forbidden. Everything here is a value and safe for concurrent use.
package authz

import "plectica/internal/fault"

// Role is what somebody may do with one thing. A higher role includes the lower
// ones, and what holds for a thing holds for all that lies in it. The numbers are
// stored and must not change.
type Role uint8

// The roles.
const (
	None    Role = 0 // knows of no such thing
	View    Role = 1 // sees it, and is seen
	Comment Role = 2 // takes part in what is said about it
	Edit    Role = 3 // changes what is in it
	Own     Role = 4 // decides about the thing itself
)

// Action is something done to a map, a folder or an organisation.
type Action uint8

// The actions on maps.
const (
	OpenMap       Action = 1  // read the map and follow its changes
	Presence      Action = 2  // show one's own cursor and selection
	Duplicate     Action = 3  // make a map of one's own from it
	ListMembers   Action = 4  // see who takes part
	EditMap       Action = 5  // commit ops
	Rename        Action = 6  // change the map's title
	ManageMembers Action = 7  // give and take roles, make and withdraw links
	DeleteMap     Action = 8  // delete it and bring it back
	Leave         Action = 9  // end one's own part
	Export        Action = 10 // take the content along as a file
	Discuss       Action = 11 // say something, and change what one said oneself
	Moderate      Action = 12 // take away what others said
	MoveMap       Action = 13 // take it to another place
	ReadHistory   Action = 14 // see how it was; not by a link, which shows what is
	NameVersion   Action = 15 // give moments of it names
	ReadFile      Action = 20 // see and save the files on cards
	AddFile       Action = 21 // bring files to cards
)

// The actions on folders and organisations.
const (
	SeeFolder    Action = 30 // know of it, its name and what in it one may see
	AddHere      Action = 31 // make maps and folders in it, and bring some here
	NameFolder   Action = 32 // change its name
	RemoveFolder Action = 33 // move or remove it
	GiveRoles    Action = 34 // give and take roles in it
	SeePeople    Action = 40 // see who is in the organisation, and its teams
	ManageOrg    Action = 41 // change its name and rules, its people and teams; end it
)

// Allowed reports whether a role may do an action. Anything unknown is denied.
func Allowed(r Role, a Action) bool {
	if r > Own || r == None {
		return false
	}
	switch a {
	case OpenMap, Presence, Duplicate, ListMembers, Leave, Export, ReadHistory, ReadFile, SeeFolder, SeePeople:
		return r >= View
	case Discuss:
		return r >= Comment
	case EditMap, Rename, NameVersion, AddFile, AddHere, NameFolder:
		return r >= Edit
	case ManageMembers, DeleteMap, MoveMap, Moderate, RemoveFolder, GiveRoles, ManageOrg:
		return r >= Own
	}
	return false
}

// ByLink reports whether somebody may do an action who came by a link and has not
// signed in: what needs somebody who can be named later is for people with accounts.
func ByLink(a Action) bool {
	switch a {
	case OpenMap, Presence, EditMap, Discuss, ReadFile, AddFile, Export:
		return true
	}
	return false
}

// String returns the role's stable name, used by the API.
func (r Role) String() string {
	switch r {
	case View:
		return "view"
	case Comment:
		return "comment"
	case Edit:
		return "edit"
	case Own:
		return "own"
	case None:
		return "none"
	}
	return "none"
}

// ParseRole reads the name of a role that can be given to somebody.
// The error has kind fault.Invalid.
func ParseRole(s string) (Role, error) {
	for _, r := range []Role{View, Comment, Edit, Own} {
		if s == r.String() {
			return r, nil
		}
	}
	return None, fault.New(fault.Invalid, "a role is view, comment, edit or own")
}
