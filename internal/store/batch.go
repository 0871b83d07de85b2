package store

import (
	"plectica/internal/fault"
	"plectica/internal/id"
)

// CheckBatch refuses, with fault.Invalid, a batch that no engine may write: rows
// that are missing, out of order or empty. Every Append runs it.
func CheckBatch(b Batch) *fault.Error {
	if bad := CheckNote(b.Note); bad != nil {
		return bad
	}
	if len(b.Rows) == 0 && len(b.Note.Lines) > 0 && b.Map == (id.Map{}) {
		return nil
	}
	if len(b.Rows) == 0 {
		return fault.New(fault.Invalid, "a batch without rows")
	}
	if len(b.Rows) > MaxCommitRows {
		return fault.New(fault.Limit, "a batch with too many rows")
	}
	for i := range b.Rows {
		if b.Rows[i].Seq != b.Head+1+uint64(i) {
			return fault.New(fault.Invalid, "a batch whose numbers are not dense")
		}
		if len(b.Rows[i].Data) == 0 {
			return fault.New(fault.Invalid, "a row without data")
		}
	}
	return nil
}
