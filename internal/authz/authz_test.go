package authz

import "testing"

func TestTable(t *testing.T) {
	// One row per action: the least role that may do it.
	least := map[Action]Role{
		OpenMap: View, Presence: View, Duplicate: View, ListMembers: View, Leave: View, Export: View, ReadFile: View,
		EditMap: Edit, Rename: Edit, Discuss: Edit, AddFile: Edit,
		ManageMembers: Own, DeleteMap: Own, Moderate: Own,
	}
	for a := range 256 {
		for r := range 256 {
			min, known := least[Action(a)]
			want := known && r >= int(min) && r <= int(Own)
			if got := Allowed(Role(r), Action(a)); got != want {
				t.Errorf("Allowed(%d, %d) = %v, want %v", r, a, got, want)
			}
		}
	}
}

func TestRoleNames(t *testing.T) {
	for _, r := range []Role{View, Edit, Own} {
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
