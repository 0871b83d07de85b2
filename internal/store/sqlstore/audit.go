package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"plectica/internal/fault"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

const (
	textAuditHead = `SELECT size, root, parts FROM audit_head WHERE one = 1`
	textAuditSet  = `INSERT INTO audit_head (one, size, root, parts) VALUES (1, $1, $2, $3)`
	textAuditMove = `UPDATE audit_head SET size = $1, root = $2, parts = $3 WHERE one = 1 AND size = $4 AND root = $5`
	textAuditAdd  = `INSERT INTO audit (first, size, lines) VALUES ($1, $2, $3)`
	textAuditEnd  = `SELECT CASE WHEN t.n > b.n THEN t.n ELSE b.n END FROM
		(SELECT COALESCE(MAX(first + size), 0) AS n FROM audit) t, (SELECT COALESCE((MAX(n) + 1) * $1, 0) AS n FROM audit_block) b`
	textAuditTail   = `SELECT first, size, lines FROM audit WHERE first >= $1 AND first < $2 AND first + size > $3 ORDER BY first`
	textAuditBlocks = `SELECT n, at, hash, bad, lines FROM audit_block WHERE n >= $1 AND n < $2 ORDER BY n`
	textOnlyBlocks  = `SELECT n, at, hash, bad FROM audit_block WHERE n >= $1 ORDER BY n LIMIT $2`
	textBlockBefore = `SELECT n, at, hash, bad FROM audit_block WHERE at <= $1 ORDER BY at DESC, n DESC LIMIT 1`
	textBlockLast   = `SELECT n, at, hash, bad FROM audit_block ORDER BY n DESC LIMIT 1`
	textLastBlock   = `SELECT COALESCE(MAX(n), -1) FROM audit_block`
	textAddBlock    = `INSERT INTO audit_block (n, at, hash, bad, lines) VALUES ($1, $2, $3, $4, $5)`
	textFolded      = `DELETE FROM audit WHERE first >= $1 AND first < $2`
	textTailSize    = `SELECT COALESCE(SUM(size), 0) FROM audit WHERE first >= $1 AND first < $2`
	textAddSeen     = `INSERT INTO audit_seen (key, n) VALUES `
	textSeen        = `SELECT n FROM audit_seen WHERE key = $1 AND n < $2`
	textSeenToo     = ` AND EXISTS (SELECT 1 FROM audit_seen o WHERE o.key = $%d AND o.n = audit_seen.n)`
	textToTrim      = `SELECT n FROM audit_block WHERE n < $1 AND length(lines) > 0 ORDER BY n LIMIT $2`
	textTrimBlock   = `UPDATE audit_block SET lines = $1 WHERE n = $2`
	textUnseen      = `DELETE FROM audit_seen WHERE n = $1`
)

// auditStatements are those of each write.
type auditStatements struct{ head, add, move *sql.Stmt }

func (a *auditStatements) prepare(ctx context.Context, db *sql.DB, d Dialect) (err error) {
	if a.head, err = db.PrepareContext(ctx, d.headText()); err != nil {
		return err
	}
	if a.add, err = db.PrepareContext(ctx, textAuditAdd); err != nil {
		return err
	}
	a.move, err = db.PrepareContext(ctx, textAuditMove)
	return err
}

// headText reads the head so that nobody else moves it before the transaction ends.
func (d Dialect) headText() string {
	if d.Remote != nil {
		return textAuditHead + ` FOR UPDATE`
	}
	return textAuditHead // there is one writer
}

// note adds records to the audit log, at the end of a transaction: who holds the head
// waits for nothing else.
func (s *Store) note(ctx context.Context, tx *sql.Tx, n store.Note) error {
	if len(n.Lines) == 0 {
		return nil
	}
	if bad := store.CheckNote(n); bad != nil {
		return bad
	}
	// In one order, or two transactions could wait for each other.
	keys := slices.Clone(n.Keys)
	slices.SortFunc(keys, func(a, b store.SubjectKey) int { return strings.Compare(string(a.Subject), string(b.Subject)) })
	for _, k := range keys {
		if err := addSubject(ctx, tx, k); err != nil {
			return err
		}
	}
	if edge := s.known.take(); edge != nil {
		moved, err := s.moveHead(ctx, tx, edge, n.Lines)
		if err != nil || moved {
			return err
		}
	}
	head, there, err := scanHead(tx.StmtContext(ctx, s.audit.head).QueryRowContext(ctx))
	if err != nil {
		return err
	}
	edge, ok := merkle.NewEdge(head.Size, hashes(head.Parts))
	if !ok || edge.Root() != merkle.Hash(head.Root) {
		return fault.New(fault.Internal, "the head of the audit log is damaged")
	}
	if !there {
		if _, err := tx.ExecContext(ctx, textAuditSet, 0, head.Root[:], []byte{}); err != nil {
			return err
		}
	}
	moved, err := s.moveHead(ctx, tx, edge, n.Lines)
	if err == nil && !moved {
		err = fault.New(fault.Internal, "the head of the audit log moved by itself")
	}
	return err
}

// moveHead adds records after an edge, if it is the head's; false: it is not, and nothing was
// written.
func (s *Store) moveHead(ctx context.Context, tx *sql.Tx, edge *merkle.Edge, lines [][]byte) (moved bool, err error) {
	was, before := edge.Size(), edge.Root()
	for _, line := range lines {
		edge.Add(merkle.Leaf(line))
	}
	root, parts := edge.Root(), joinHashes(edge.Parts())
	res, err := tx.StmtContext(ctx, s.audit.move).ExecContext(ctx, int64(edge.Size()), root[:], parts, int64(was), before[:])
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if s.d.Remote == nil {
		s.known.may(edge)
	}
	return true, s.addLines(ctx, tx, was, lines)
}

// knownHead is the edge that the head had after the last transaction of this process, so that
// it need not be read. The head is moved only from where that is: another process may write.
type knownHead struct {
	mu        sync.Mutex
	edge, now *merkle.Edge // now: of the transaction that is under way
}

// take returns the edge, and forgets it until the transaction is over.
func (k *knownHead) take() *merkle.Edge {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.edge
	k.edge = nil
	return e
}

// may notes what the edge will be.
func (k *knownHead) may(e *merkle.Edge) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = e
}

// ended notes whether what the edge was to be is on disk.
func (k *knownHead) ended(written bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now != nil && written {
		k.edge = k.now
	}
	k.now = nil
}

// addLines writes records in as few rows as may be: none reaches into another block.
func (s *Store) addLines(ctx context.Context, tx *sql.Tx, first uint64, lines [][]byte) error {
	add := tx.StmtContext(ctx, s.audit.add)
	for len(lines) > 0 {
		n := min(len(lines), int(store.AuditBlock-first%store.AuditBlock))
		if _, err := add.ExecContext(ctx, int64(first), n, joinLines(lines[:n])); err != nil {
			return err
		}
		first, lines = first+uint64(n), lines[n:]
	}
	return nil
}

func joinLines(lines [][]byte) []byte {
	n := 0
	for _, l := range lines {
		n += len(l) + 1
	}
	out := make([]byte, 0, n)
	for _, l := range lines {
		out = append(append(out, l...), '\n')
	}
	return out
}

// splitLines is joinLines' way back. It returns nothing for what was not so joined.
func splitLines(b []byte, want int) ([][]byte, error) {
	if bytes.Count(b, []byte("\n")) != want || want == 0 || b[len(b)-1] != '\n' {
		return nil, fault.New(fault.Internal, "records of the audit log are damaged")
	}
	return bytes.Split(b[:len(b)-1], []byte("\n")), nil
}

func hashes(list []store.Hash) []merkle.Hash {
	out := make([]merkle.Hash, len(list))
	for i, h := range list {
		out[i] = merkle.Hash(h)
	}
	return out
}

func joinHashes(list []merkle.Hash) []byte {
	out := make([]byte, 0, len(list)*merkle.HashSize)
	for _, h := range list {
		out = append(out, h[:]...)
	}
	return out
}

func scanHead(row *sql.Row) (h store.AuditHead, there bool, err error) {
	var parts []byte
	err = row.Scan(&h.Size, hashBlob(&h.Root), &parts)
	if errors.Is(err, sql.ErrNoRows) {
		return store.AuditHead{Root: store.Hash(merkle.Empty())}, false, nil
	}
	if err == nil && len(parts)%merkle.HashSize != 0 {
		err = fault.New(fault.Internal, "the head of the audit log is damaged")
	}
	for ; err == nil && len(parts) > 0; parts = parts[merkle.HashSize:] {
		h.Parts = append(h.Parts, store.Hash(parts[:merkle.HashSize]))
	}
	return h, err == nil, err
}

// AuditHead implements store.Audit.
func (s *Store) AuditHead(ctx context.Context) (store.AuditHead, error) {
	h, _, err := scanHead(s.r.QueryRowContext(ctx, textAuditHead))
	if err != nil {
		return h, broken("read the head of the audit log", err)
	}
	return h, nil
}

// AuditEnd implements store.Audit.
func (s *Store) AuditEnd(ctx context.Context) (n uint64, err error) {
	if err := s.r.QueryRowContext(ctx, textAuditEnd, store.AuditBlock).Scan(&n); err != nil {
		return 0, broken("find the end of the audit log", err)
	}
	return n, nil
}

// tailRow is one of the table audit.
type tailRow struct {
	first uint64
	size  int
	lines []byte
}

// AuditLines implements store.Audit.
func (s *Store) AuditLines(ctx context.Context, from uint64, limit int) (store.AuditLines, error) {
	out := store.AuditLines{First: from}
	to := from + uint64(max(limit, 0))
	for next := from; next < to; next = from + uint64(len(out.Lines)) {
		// Most is read at the end, where records are in no block yet.
		lines, err := s.tailOf(ctx, next, to)
		if err != nil {
			return store.AuditLines{}, err
		}
		if len(lines) > 0 {
			out.Lines = append(out.Lines, lines...)
			return out, nil
		}
		if lines, err = s.linesOf(ctx, next, to); err != nil {
			return store.AuditLines{}, err
		}
		if len(lines) == 0 {
			return out, s.ended(ctx, next)
		}
		out.Lines = append(out.Lines, lines...)
	}
	return out, nil
}

// ended returns an error if the log does not end before a record.
func (s *Store) ended(ctx context.Context, next uint64) error {
	head, err := s.AuditHead(ctx)
	if err == nil && next < head.Size {
		// What came or was folded a moment ago is there now.
		again, err := s.tailOf(ctx, next, next+1)
		if err == nil && len(again) == 0 {
			again, err = s.linesOf(ctx, next, next+1)
		}
		if err == nil && len(again) == 0 {
			return fault.New(fault.Internal, fmt.Sprintf("the audit log lacks record %d of %d", next, head.Size))
		}
		return err
	}
	return err
}

// tailOf returns records from one on that are in no block yet.
func (s *Store) tailOf(ctx context.Context, from, to uint64) (lines [][]byte, err error) {
	// No row reaches into another block.
	low := from - from%store.AuditBlock
	rows, err := collect(ctx, s.r, "read records", textAuditTail, []any{int64(low), int64(to), int64(from)}, func(v *tailRow) []any {
		return []any{&v.first, &v.size, &v.lines}
	})
	if err != nil {
		return nil, err
	}
	next := from
	for i, r := range rows {
		if r.first > next || i > 0 && r.first != next {
			return lines, nil // what is between is missed by whoever asks for it
		}
		got, err := splitLines(r.lines, r.size)
		if err != nil {
			return nil, err
		}
		lines = append(lines, got[next-r.first:]...)
		next = from + uint64(len(lines))
	}
	return lines, nil
}

// linesOf returns records from one on that are in blocks.
func (s *Store) linesOf(ctx context.Context, from, to uint64) (lines [][]byte, err error) {
	const size = store.AuditBlock
	list, err := s.folded(ctx, from/size, (to+size-1)/size)
	if err != nil {
		return nil, err
	}
	for i, b := range list {
		if b.N != from/size+uint64(i) {
			break
		}
		if len(b.lines) == 0 {
			return nil, fault.New(fault.Gone, "these records are older than they are kept")
		}
		got, err := splitLines(b.lines, size)
		if err != nil {
			return nil, err
		}
		lines = append(lines, got...)
	}
	if len(lines) == 0 {
		return nil, nil
	}
	return lines[from%size:], nil
}

// folded is a row of the table audit_block.
type folded struct {
	store.Block
	lines []byte
}

// FoldAudit implements store.Audit.
func (s *Store) FoldAudit(ctx context.Context, b store.Block, keys []uint64) error {
	if len(b.Lines) != store.AuditBlock || len(keys) > store.MaxAuditKeys {
		return fault.New(fault.Invalid, "this is no block")
	}
	low, high := int64(b.N*store.AuditBlock), int64((b.N+1)*store.AuditBlock)
	return s.write(ctx, "fold records", func(tx *sql.Tx) error {
		var last, size int64
		if err := tx.QueryRowContext(ctx, textLastBlock).Scan(&last); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, textTailSize, low, high).Scan(&size); err != nil {
			return err
		}
		if last+1 != int64(b.N) || size != store.AuditBlock {
			return fault.New(fault.Conflict, "this block is not the next")
		}
		if _, err := tx.ExecContext(ctx, textAddBlock, int64(b.N), b.At, b.Hash[:], b.Bad, joinLines(b.Lines)); err != nil {
			return err
		}
		if err := addSeen(ctx, tx, b.N, keys); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, textFolded, low, high)
		return err
	})
}

// seenAtOnce is how many keys one statement adds.
const seenAtOnce = 64

func addSeen(ctx context.Context, tx *sql.Tx, n uint64, keys []uint64) error {
	for part := range slices.Chunk(keys, seenAtOnce) {
		args := append(make([]any, 0, 1+len(part)), int64(n))
		var text strings.Builder
		text.WriteString(textAddSeen)
		for i, k := range part {
			args = append(args, int64(k))
			if i > 0 {
				text.WriteString(", ")
			}
			fmt.Fprintf(&text, "($%d, $1)", i+2)
		}
		text.WriteString(" ON CONFLICT DO NOTHING")
		if _, err := tx.ExecContext(ctx, text.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

func blockColumns(v *store.Block) []any { return []any{&v.N, &v.At, hashBlob(&v.Hash), &v.Bad} }

// Blocks implements store.Audit.
func (s *Store) Blocks(ctx context.Context, from uint64, limit int) ([]store.Block, error) {
	return collect(ctx, s.r, "list blocks", textOnlyBlocks, []any{int64(from), limit}, blockColumns)
}

// WholeBlocks implements store.Audit.
func (s *Store) WholeBlocks(ctx context.Context, from uint64, limit int) ([]store.Block, error) {
	list, err := s.folded(ctx, from, from+uint64(max(limit, 0)))
	if err != nil {
		return nil, err
	}
	out := make([]store.Block, len(list))
	for i, b := range list {
		if out[i] = b.Block; len(b.lines) == 0 {
			continue // gone
		}
		if out[i].Lines, err = splitLines(b.lines, store.AuditBlock); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// folded returns the blocks from one on and before another.
func (s *Store) folded(ctx context.Context, from, to uint64) ([]folded, error) {
	return collect(ctx, s.r, "read blocks", textAuditBlocks, []any{int64(from), int64(to)}, func(v *folded) []any {
		return append(blockColumns(&v.Block), &v.lines)
	})
}

// BlockBefore implements store.Audit.
func (s *Store) BlockBefore(ctx context.Context, at int64) (b store.Block, err error) {
	none := fault.New(fault.NotFound, "there is no block so old")
	return b, one(s.r.QueryRowContext(ctx, textBlockBefore, at), "find a block", none, blockColumns(&b)...)
}

// BlocksWith implements store.Audit.
func (s *Store) BlocksWith(ctx context.Context, keys []uint64, before uint64, limit int) ([]uint64, error) {
	if len(keys) == 0 || len(keys) > store.MaxSeenKeys {
		return nil, fault.New(fault.Invalid, "blocks are found by one to four keys")
	}
	text, args := textSeen, []any{int64(keys[0]), int64(before)}
	for _, k := range keys[1:] {
		args = append(args, int64(k))
		text += fmt.Sprintf(textSeenToo, len(args))
	}
	args = append(args, limit)
	text += fmt.Sprintf(` ORDER BY n DESC LIMIT $%d`, len(args))
	return collect(ctx, s.r, "find blocks", text, args, func(v *uint64) []any { return []any{v} })
}

// LastBlock implements store.Audit.
func (s *Store) LastBlock(ctx context.Context) (b store.Block, err error) {
	none := fault.New(fault.NotFound, "there is no block yet")
	return b, one(s.r.QueryRowContext(ctx, textBlockLast), "find the last block", none, blockColumns(&b)...)
}

// BlocksToTrim implements store.Audit.
func (s *Store) BlocksToTrim(ctx context.Context, before uint64, limit int) ([]uint64, error) {
	return collect(ctx, s.r, "list blocks", textToTrim, []any{int64(before), limit}, func(v *uint64) []any { return []any{v} })
}

// TrimAudit implements store.Audit.
func (s *Store) TrimAudit(ctx context.Context, before uint64, limit int) (n int, err error) {
	err = s.write(ctx, "trim the audit log", func(tx *sql.Tx) error {
		list, err := collect(ctx, tx, "list blocks", textToTrim, []any{int64(before), limit}, func(v *int64) []any { return []any{v} })
		if err != nil {
			return err
		}
		n = len(list)
		for _, b := range list {
			if _, err := tx.ExecContext(ctx, textTrimBlock, []byte{}, b); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, textUnseen, b); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
