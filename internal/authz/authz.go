// Package authz is the one table that says who may do what to a map. It is
// pure: no clock, no store, no state; whatever the table does not allow is
// forbidden. Everything here is a value and safe for concurrent use.
package authz

import "plectica/internal/fault"

// Role is what an account may do with one map. A higher role includes the lower
// ones. The numbers are stored and must not change.
type Role uint8

// The roles.
const (
	None Role = 0 // knows of no such map
	View Role = 1 // sees it, and is seen
	Edit Role = 2 // changes what is in it
	Own  Role = 3 // decides about the map itself
)

// Action is something done to a map.
type Action uint8

// The actions.
const (
	OpenMap       Action = 1  // read the map and follow its changes
	Presence      Action = 2  // show one's own cursor and selection
	Duplicate     Action = 3  // make a map of one's own from it
	ListMembers   Action = 4  // see who takes part
	EditMap       Action = 5  // commit ops
	Rename        Action = 6  // change the map's title
	ManageMembers Action = 7  // add, change and remove members
	DeleteMap     Action = 8  // delete it and bring it back
	Leave         Action = 9  // end one's own membership
	Export        Action = 10 // take the content along as a file
	Discuss       Action = 11 // say something, and change what one said oneself
	Moderate      Action = 12 // take away what others said
	ReadFile      Action = 20 // see and save the files on cards
	AddFile       Action = 21 // bring files to cards
)

// Allowed reports whether a role may do an action. Anything unknown is denied.
func Allowed(r Role, a Action) bool {
	if r > Own || r == None {
		return false
	}
	switch a {
	case OpenMap, Presence, Duplicate, ListMembers, Leave, Export, ReadFile:
		return r >= View
	case EditMap, Rename, Discuss, AddFile:
		return r >= Edit
	case ManageMembers, DeleteMap, Moderate:
		return r >= Own
	}
	return false
}

// String returns the role's stable name, used by the API.
func (r Role) String() string {
	switch r {
	case View:
		return "view"
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
	switch s {
	case "view":
		return View, nil
	case "edit":
		return Edit, nil
	case "own":
		return Own, nil
	}
	return None, fault.New(fault.Invalid, "a role is view, edit or own")
}
