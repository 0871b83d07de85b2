package seq

import (
	"plectica/internal/authz"
	"plectica/internal/id"
	"plectica/internal/mutant"
	"plectica/internal/sysmap"
)

// may reports whether a peer's role, and who it is, allow all of a transaction's
// ops. An op on nothing that is known is judged as an edit; whether it holds is the
// model's to say.
func (r *Room) may(p *Peer, ops []sysmap.Op) bool {
	edit, discuss := authz.Allowed(p.Role, authz.EditMap), authz.Allowed(p.Role, authz.Discuss)
	if !edit && !discuss || len(ops) == 0 {
		return edit
	}
	made := make(map[id.Object]sysmap.Type)
	for i := range ops {
		op := &ops[i]
		t, by := made[op.ID], p.Account
		if op.Kind == sysmap.OpPut {
			t = op.Type
			made[op.ID] = t
		} else if o := r.batch().next.Get(op.ID); o != nil {
			t, by = o.Type, o.Created.By
		}
		allowed := edit
		if t == sysmap.Thread || t == sysmap.Message {
			allowed = discuss && mayTouch(p, op, t, by)
		}
		if !allowed {
			return false
		}
	}
	return true
}

// mayTouch reports whether a peer may do this to a discussion or to what somebody
// said: whoever takes part settles or reopens discussions; words are their author's,
// and who owns the map may take them away.
func mayTouch(p *Peer, op *sysmap.Op, t sysmap.Type, by id.Account) bool {
	if by == p.Account || mutant.On && mutant.Is(mutant.OthersWordsEdited) {
		return true
	}
	switch op.Kind {
	case sysmap.OpSet:
		return t == sysmap.Thread
	case sysmap.OpDel, sysmap.OpUndel:
		return authz.Allowed(p.Role, authz.Moderate)
	case sysmap.OpPut, sysmap.OpRelate, sysmap.OpPurge, sysmap.OpPlace, sysmap.OpEnds, sysmap.OpSplice:
	}
	return false
}
