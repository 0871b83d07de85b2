package authz

import (
	"testing"

	"plectica/internal/wire"
)

// least is the table once more, the other way round: the least role for an action.
func least() map[Action]Role {
	return map[Action]Role{
		OpenMap: View, Presence: View, Duplicate: View, ListMembers: View, Leave: View, Export: View, ReadFile: View, ReadHistory: View,
		Discuss: Comment,
		EditMap: Edit, Rename: Edit, NameVersion: Edit, AddFile: Edit,
		ManageMembers: Own, DeleteMap: Own, Moderate: Own, MoveMap: Own,
		SeeFolder: View, SeePeople: View, AddHere: Edit, NameFolder: Edit,
		RemoveFolder: Own, GiveRoles: Own, ManageOrg: Own,
	}
}

func TestTable(t *testing.T) {
	for a := range 256 {
		for r := range 256 {
			min, known := least()[Action(a)]
			want := known && r >= int(min) && r <= int(Own)
			if got := Allowed(Role(r), Action(a)); got != want {
				t.Errorf("Allowed(%d, %d) = %v, want %v", r, a, got, want)
			}
		}
	}
}

// TestByLink: who came by a link decides nothing about the map, and leaves no trail
// that would need a name.
func TestByLink(t *testing.T) {
	for a := range 256 {
		min, known := least()[Action(a)]
		if !ByLink(Action(a)) {
			continue
		}
		if !known || min == Own || Action(a) == ListMembers || Action(a) == ReadHistory || Action(a) == NameVersion || Action(a) >= SeeFolder {
			t.Errorf("action %d is open to who came by a link", a)
		}
	}
}

func TestRoleNames(t *testing.T) {
	for _, r := range []Role{View, Comment, Edit, Own} {
		got, err := ParseRole(r.String())
		if err != nil || got != r {
			t.Errorf("ParseRole(%q) = %v, %v", r.String(), got, err)
		}
	}
	for _, s := range []string{"", "none", "owner", "VIEW"} {
		if r, err := ParseRole(s); err == nil {
			t.Errorf("ParseRole(%q) = %v, want an error", s, r)
		}
	}
	if Role(9).String() != "none" {
		t.Error("an unknown role must read as none")
	}
}

// TestRolesAsFramesHaveThem: the browser's half knows these numbers too.
func TestRolesAsFramesHaveThem(t *testing.T) {
	for r, want := range map[Role]uint8{None: wire.RoleUnknown, View: wire.RoleView, Comment: wire.RoleComment, Edit: wire.RoleEdit, Own: wire.RoleOwn} {
		if uint8(r) != want {
			t.Errorf("%v is %d in frames", r, want)
		}
	}
}
