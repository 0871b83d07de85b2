package oracle

import (
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

// Letters says of each character of each text whose it is.
type Letters map[sysmap.Where][]id.Client

// Apply takes in one transaction and reports whether all it deleted was its own
// client's.
func (a Letters) Apply(c id.Client, ops []sysmap.Op) (ownOnly bool) {
	ownOnly = true
	for i := range ops {
		op := &ops[i]
		switch op.Kind {
		case sysmap.OpPut, sysmap.OpRelate:
			a[sysmap.Where{Card: op.ID, Field: sysmap.Title}] = by(c, op.Title)
			a[sysmap.Where{Card: op.ID, Field: sysmap.Body}] = by(c, op.Body)
		case sysmap.OpSplice:
			at := sysmap.Where{Card: op.ID, Field: op.Field}
			was := a[at]
			for _, who := range was[op.Pos : op.Pos+op.Del] {
				ownOnly = ownOnly && who == c
			}
			next := append([]id.Client(nil), was[:op.Pos]...)
			next = append(next, by(c, op.Ins)...)
			a[at] = append(next, was[op.Pos+op.Del:]...)
		case sysmap.OpDel, sysmap.OpUndel, sysmap.OpPurge, sysmap.OpPlace, sysmap.OpSet, sysmap.OpEnds:
		}
	}
	return ownOnly
}

func by(c id.Client, text string) []id.Client {
	var out []id.Client
	for range text {
		out = append(out, c)
	}
	return out
}
