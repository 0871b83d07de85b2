package ledger

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"math/bits"

	"plectica/internal/fault"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

// exportPage is how many records are read at once for an export.
const exportPage = 16 * store.AuditBlock

// exportHead is the first line of an export; package proof reads it. After it come the
// records, a line each, up to the checkpoint's size.
type exportHead struct {
	Form       string   `json:"plectica"`
	First      uint64   `json:"first"`      // the number of the first record
	Parts      []string `json:"parts"`      // the roots of the trees before it, the largest first
	Checkpoint string   `json:"checkpoint"` // signed
}

// exportForm is what an export calls itself.
const exportForm = "audit log 1"

// Export writes the records from one on, or from the first that is there, and what is needed
// to check them without this program. It returns how many.
func (l *Ledger) Export(ctx context.Context, w io.Writer, from uint64) (n uint64, err error) {
	first, err := l.First(ctx)
	if err != nil {
		return 0, err
	}
	from = max(from, first)
	c, err := l.Checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	if from > c.Size {
		return 0, fault.New(fault.Invalid, "the log is not that long")
	}
	h := exportHead{Form: exportForm, First: from, Parts: []string{}, Checkpoint: string(c.Text)}
	parts, err := l.parts(ctx, from)
	if err != nil {
		return 0, err
	}
	for _, p := range parts {
		h.Parts = append(h.Parts, base64.StdEncoding.EncodeToString(p[:]))
	}
	out := bufio.NewWriter(w)
	if err := json.NewEncoder(out).Encode(h); err != nil {
		return 0, fault.Wrap(fault.Internal, "write an export", err)
	}
	for at := from; at < c.Size; {
		got, err := l.c.Store.AuditLines(ctx, at, int(min(exportPage, c.Size-at)))
		if err != nil {
			return n, err
		}
		for _, line := range got.Lines[:min(uint64(len(got.Lines)), c.Size-at)] {
			_, _ = out.Write(line) // its error is Flush's
			_ = out.WriteByte('\n')
			at, n = at+1, n+1
		}
	}
	if err := out.Flush(); err != nil {
		return n, fault.Wrap(fault.Internal, "write an export", err)
	}
	return n, nil
}

// First is the number of the first record that is there.
func (l *Ledger) First(ctx context.Context) (uint64, error) {
	list, err := l.c.Store.BlocksToTrim(ctx, math.MaxInt64, 1)
	if err != nil {
		return 0, err
	}
	if len(list) > 0 {
		return list[0] * store.AuditBlock, nil
	}
	n, err := l.lastBlock(ctx)
	return n * store.AuditBlock, err
}

// parts are the roots of the complete trees that make up the first so many records.
func (l *Ledger) parts(ctx context.Context, size uint64) ([]merkle.Hash, error) {
	var out []merkle.Hash
	for at := uint64(0); at < size; {
		level := bits.Len64(size-at) - 1
		h, err := l.hash(ctx, level, at>>level)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
		at += 1 << level
	}
	return out, nil
}
