package replica

import "plectica/internal/sysmap"

// rebaseFlipped is RebaseOps as it must not be: at equal places the later edit
// stays left. Only a planted bug calls it.
func rebaseFlipped(ops []sysmap.Op, at sysmap.Where, theirs []sysmap.Edit) ([]sysmap.Op, []sysmap.Edit) {
	theirs = append([]sysmap.Edit(nil), theirs...)
	var out []sysmap.Op
	for i := range ops {
		op := &ops[i]
		if op.Kind != sysmap.OpSplice || (sysmap.Where{Card: op.ID, Field: op.Field}) != at {
			out = append(out, *op)
			continue
		}
		m := sysmap.EditOf(op)
		for j, t := range theirs {
			m, theirs[j] = m.Transform(t, true), t.Transform(m, false)
		}
		out = m.Splices(out, at)
	}
	return out, theirs
}
