package oracle

import (
	"bytes"

	"plectica/internal/sysmap"
)

// SameWork reports whether what is in the log is what the tab made: other ops as
// they were, and of text edits every letter typed.
func SameWork(made, logged []sysmap.Op) bool {
	return bytes.Equal(others(made), others(logged)) && typed(made) == typed(logged)
}

func others(ops []sysmap.Op) []byte {
	var out []sysmap.Op
	for i := range ops {
		if ops[i].Kind != sysmap.OpSplice {
			out = append(out, ops[i])
		}
	}
	return sysmap.AppendOps(nil, out)
}

func typed(ops []sysmap.Op) string {
	var out []byte
	for i := range ops {
		if ops[i].Kind == sysmap.OpSplice {
			out = append(out, ops[i].Ins...)
		}
	}
	return string(out)
}
