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
		t := made[op.ID]
		o := r.batch().next.Get(op.ID)
		if op.Kind == sysmap.OpPut {
			t = op.Type
			made[op.ID] = t
		} else if o != nil {
			t = o.Type
		}
		allowed := edit
		if t == sysmap.Thread || t == sysmap.Message {
			allowed = discuss && !quotes(op) && (o == nil || r.mayTouch(p, op, o))
		}
		if !allowed {
			return false
		}
	}
	return true
}

// quotes reports whether an op says who said something, and when, which is for files
// that are read by the server.
func quotes(op *sysmap.Op) bool {
	for _, g := range append(op.Regs[:len(op.Regs):len(op.Regs)], op.Reg) {
		if g.Field == sysmap.QuotedName || g.Field == sysmap.QuotedAt {
			return true
		}
	}
	return false
}

// mayTouch reports whether a peer may do this to a discussion or to what somebody said:
// whoever takes part settles or reopens discussions; words are their author's, and who
// owns the map may take them away; only who took something away brings it back. Nobody
// takes a discussion away with the words of others but the owner.
func (r *Room) mayTouch(p *Peer, op *sysmap.Op, o *sysmap.Object) bool {
	if mutant.On && mutant.Is(mutant.OthersWordsEdited) {
		return true
	}
	own, moderates := o.Created.By == p.Account, authz.Allowed(p.Role, authz.Moderate)
	switch op.Kind {
	case sysmap.OpPut, sysmap.OpSet:
		return own || o.Type == sysmap.Thread
	case sysmap.OpDel:
		return moderates || own && r.spokenBy(o, p.Account)
	case sysmap.OpUndel:
		return (own || moderates) && (!o.Dead || o.Updated.By == p.Account)
	case sysmap.OpRelate, sysmap.OpPurge, sysmap.OpPlace, sysmap.OpEnds, sysmap.OpSplice:
	}
	return own // and the model refuses it
}

// spokenBy reports whether all that is said in a discussion was said by one account.
func (r *Room) spokenBy(o *sysmap.Object, a id.Account) bool {
	m := r.batch().next
	for _, k := range m.Deps(o.ID) {
		if s := m.GetLive(k); s != nil && s.Created.By != a {
			return false
		}
	}
	return true
}
