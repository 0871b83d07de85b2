package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"plectica/internal/audit"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/keyfile"
	"plectica/internal/ledger"
	"plectica/internal/proof"
	"plectica/internal/store"
)

// auditPage is how many blocks, or records that are in none yet, are read at once.
const auditPage = 64

// maxDamage is how many kinds of damage are told one by one.
const maxDamage = 100

// AuditVerified is what was found in an audit log.
type AuditVerified struct {
	Records     uint64
	Gone        uint64 // of them, those older than they are kept
	Checkpoints int    // signed by the log, and of what it was then
	Unchecked   int    // whose records are gone, so that nobody can tell any more
	Bad         []string
}

func (v *AuditVerified) bad(format string, args ...any) {
	if len(v.Bad) < maxDamage {
		v.Bad = append(v.Bad, fmt.Sprintf(format, args...))
	}
}

// claim is a checkpoint that the log is compared with.
type claim struct {
	proof.Checkpoint
	whose string
}

// auditSource is what is read of a log.
type auditSource interface {
	AuditHead(ctx context.Context) (store.AuditHead, error)
	AuditEnd(ctx context.Context) (uint64, error)
	AuditLines(ctx context.Context, from uint64, limit int) (store.AuditLines, error)
	WholeBlocks(ctx context.Context, from uint64, limit int) ([]store.Block, error)
	Checkpoints(ctx context.Context, from uint64, limit int) ([]store.Checkpoint, error)
	SeenKeys(ctx context.Context, from, to uint64, yield func(n, key uint64)) error
	SubjectKeys(ctx context.Context, after store.Subject, limit int) ([]store.SubjectKey, error)
}

// auditor goes through a log from its beginning.
type auditor struct {
	st     auditSource
	tree   *proof.Tree
	claims []claim         // what is to be compared yet, by size
	upTo   uint64          // records that were taken away for their age, as the log says
	signed []uint64        // sizes of the checkpoints that it says it keeps
	has    map[uint64]bool // of those that are there
	out    *AuditVerified
}

// AuditKeys reads the seeds of the audit log's keys, or makes the first if nothing was
// signed yet.
func AuditKeys(ctx context.Context, d *datadir.Dir, st store.Audit) (keyfile.Keys, error) {
	_, err := st.LastCheckpoint(ctx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return keyfile.Keys{}, err
	}
	return keyfile.Load(d.Path(datadir.Audit), "audit log's key", "nobody can tell that the log is still the same", err != nil)
}

// NoteCommand records that a command of the program is run on an installation. Where there
// is none, or one that another version of the program left, there is nothing to record it
// in. who is whose command it is, by the machine.
func NoteCommand(ctx context.Context, c config.Config, act audit.Act, who string) (err error) {
	db, err := existing(c)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if n, err := db.Schema(ctx); err != nil || n != db.Newest() {
		return nil //nolint:nilerr // the command itself says what is wrong with the database
	}
	st, err := db.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	log := audit.New(audit.Config{Store: st, Append: func(ctx context.Context, b store.Batch) error {
		return errors.Join(st.Append(ctx, []store.Batch{b})...)
	}})
	return log.Write(ctx, &audit.Event{Act: act, By: audit.Who{Kind: audit.Command}, From: audit.From{Agent: who}})
}

// withLedger opens the audit log of an installation.
func withLedger(ctx context.Context, c config.Config, do func(l *ledger.Ledger, st store.Audit) error) (err error) {
	db, err := existing(c)
	if err != nil {
		return err
	}
	d, err := datadir.Open(c.Data)
	if err != nil {
		return err
	}
	st, err := db.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	keys, err := AuditKeys(ctx, d, st)
	if err != nil {
		return err
	}
	return do(ledger.New(ledger.Config{Store: st, Keys: keys}), st)
}

// AuditKey returns what the checkpoints of an installation are checked with.
func AuditKey(ctx context.Context, c config.Config) (key string, err error) {
	return key, withLedger(ctx, c, func(l *ledger.Ledger, _ store.Audit) error {
		key = l.Key()
		return nil
	})
}

// AuditCheckpoint signs how far the log of an installation is.
func AuditCheckpoint(ctx context.Context, c config.Config) (text []byte, err error) {
	return text, withLedger(ctx, c, func(l *ledger.Ledger, _ store.Audit) error {
		k, err := l.Checkpoint(ctx)
		text = k.Text
		return err
	})
}

// Kept are checkpoints that somebody else kept: one, or those of a witness's file.
type Kept struct {
	File []byte
	// Witness is the key of the witness that has to have cosigned each; empty: none has to.
	Witness string
}

// open checks every one of them.
func (k Kept) open(log proof.Key) ([]proof.Checkpoint, error) {
	if k.Witness == "" {
		return proof.OpenAll(k.File, log)
	}
	w, err := proof.ParseWitness(k.Witness)
	if err != nil {
		return nil, err
	}
	return proof.OpenAll(k.File, log, w)
}

// VerifyAudit checks the audit log of an installation: that the records make up its head,
// and every checkpoint that it signed. key is the log's, as somebody else was told it; empty:
// as it is there. outside are checkpoints that somebody else kept.
func VerifyAudit(ctx context.Context, c config.Config, key string, outside ...Kept) (out AuditVerified, err error) {
	return out, withLedger(ctx, c, func(l *ledger.Ledger, st store.Audit) error {
		if key == "" {
			key = l.Key()
		}
		return verifyAudit(ctx, st, key, &out, outside...)
	})
}

func verifyAudit(ctx context.Context, st auditSource, key string, out *AuditVerified, outside ...Kept) error {
	by, err := proof.ParseKey(key)
	if err != nil {
		return err
	}
	a := &auditor{st: st, tree: &proof.Tree{}, out: out, has: map[uint64]bool{}}
	if err := a.collect(ctx, by, outside); err != nil {
		return err
	}
	if err := a.blocks(ctx); err != nil {
		return err
	}
	if err := a.tail(ctx); err != nil {
		return err
	}
	if err := a.subjects(ctx); err != nil {
		return err
	}
	return a.end(ctx)
}

// collect reads the checkpoints that the log is compared with.
func (a *auditor) collect(ctx context.Context, by proof.Key, outside []Kept) error {
	for _, kept := range outside {
		list, err := kept.open(by)
		if err != nil {
			a.out.bad("the checkpoint that was brought: %v", err)
			continue
		}
		for _, c := range list {
			a.claims = append(a.claims, claim{c, fmt.Sprintf("the checkpoint of %d records that was brought", c.Size)})
		}
	}
	for from := uint64(0); ; {
		list, err := a.st.Checkpoints(ctx, from, auditPage)
		if err != nil {
			return err
		}
		for _, k := range list {
			c, err := proof.Open(k.Text, by)
			if err != nil || c.Size != k.Size {
				a.out.bad("checkpoint of %d records: %v", k.Size, err)
			} else {
				a.claims = append(a.claims, claim{c, fmt.Sprintf("the checkpoint of %d records", k.Size)})
			}
			a.has[k.Size] = true
			from = k.Size + 1
		}
		if len(list) < auditPage {
			break
		}
	}
	slices.SortStableFunc(a.claims, func(x, y claim) int { return int(int64(x.Size) - int64(y.Size)) })
	return nil
}

// reached compares what was said of a size that the tree has come to.
func (a *auditor) reached() {
	for len(a.claims) > 0 && a.claims[0].Size <= a.tree.Size() {
		c := a.claims[0]
		a.claims = a.claims[1:]
		switch {
		case c.Size < a.tree.Size():
			a.out.Unchecked++
		case c.Root != a.tree.Root():
			a.out.bad("%s says that the log was another one", c.whose)
		default:
			a.out.Checkpoints++
		}
	}
}

// add takes records one by one, as far as something was said of a size among them.
func (a *auditor) add(lines [][]byte) {
	for _, line := range lines {
		a.tree.Add(line)
		if len(a.claims) > 0 && a.claims[0].Size <= a.tree.Size() {
			a.reached()
		}
	}
}

// blocks goes through the blocks.
func (a *auditor) blocks(ctx context.Context) error {
	a.reached() // what was said of an empty log
	for n := uint64(0); ; {
		list, err := a.st.WholeBlocks(ctx, n, auditPage)
		if err != nil {
			a.out.bad("blocks %d and on: %v", n, err)
			return nil // without it nothing that follows has its place
		}
		if len(list) == 0 {
			return nil
		}
		for _, b := range list {
			if b.N != n {
				a.out.bad("block %d is missing", n)
				return nil
			}
			if err := a.block(b); err != nil {
				return err
			}
			n++
		}
		if err := a.index(ctx, list); err != nil {
			return err
		}
	}
}

func (a *auditor) block(b store.Block) error {
	first := a.tree.Size()
	switch {
	case len(b.Lines) == 0:
		if a.out.Gone != first {
			a.out.bad("records %d to %d are gone, though older ones are there", first, first+store.AuditBlock-1)
		}
		a.out.Gone += store.AuditBlock
		if err := a.tree.AddPart(b.Hash, blockLevel); err != nil {
			return err
		}
		a.reached()
		return nil
	case len(a.claims) > 0 && a.claims[0].Size < first+store.AuditBlock:
		a.add(b.Lines)
	default:
		var part proof.Tree
		for _, line := range b.Lines {
			part.Add(line)
		}
		if err := a.tree.AddPart(part.Root(), blockLevel); err != nil {
			return err
		}
		a.reached()
		if part.Root() != b.Hash {
			a.out.bad("records %d to %d are not what their block was", first, first+store.AuditBlock-1)
		}
	}
	a.told(b)
	return nil
}

// blockLevel is the level of blocks in the tree.
const blockLevel = 8

// told compares what a block says of its records.
func (a *auditor) told(b store.Block) {
	bad := 0
	for _, line := range b.Lines {
		a.saysOfItself(line)
		if !bytes.Contains(line, []byte(`"res":"ok"`)) {
			bad++
		}
	}
	if bad != b.Bad || !bytes.Contains(b.Lines[0], fmt.Appendf(nil, `,"at":%d,`, b.At)) {
		a.out.bad("block %d says something else than its records", b.N)
	}
}

// tail goes through the records that are in no block yet.
func (a *auditor) tail(ctx context.Context) error {
	head, err := a.st.AuditHead(ctx)
	if err != nil {
		a.out.bad("the head: %v", err)
		return nil
	}
	for a.tree.Size() < head.Size {
		got, err := a.st.AuditLines(ctx, a.tree.Size(), auditPage*store.AuditBlock)
		if err != nil {
			a.out.bad("records %d and on: %v", a.tree.Size(), err)
			return nil
		}
		a.add(got.Lines)
		for _, line := range got.Lines {
			a.saysOfItself(line)
		}
	}
	return nil
}

// saysOfItself notes what a record says of records that were taken away, and of checkpoints that
// are kept.
func (a *auditor) saysOfItself(line []byte) {
	trims := bytes.HasPrefix(line, []byte(`{"act":"audit.trim",`))
	if !trims && !bytes.HasPrefix(line, []byte(`{"act":"audit.sign",`)) {
		return
	}
	var v struct {
		N struct {
			UpTo uint64 `json:"upto"`
		} `json:"n"`
	}
	switch err := json.Unmarshal(line, &v); {
	case err != nil:
	case trims:
		a.upTo = max(a.upTo, v.N.UpTo)
	default:
		a.signed = append(a.signed, v.N.UpTo)
	}
}

// end compares what the log says of itself now.
func (a *auditor) end(ctx context.Context) error {
	a.out.Records = a.tree.Size()
	head, err := a.st.AuditHead(ctx)
	if err != nil {
		return nil //nolint:nilerr // that the head cannot be read was told
	}
	if root := a.tree.Root(); head.Size != a.tree.Size() || head.Root != root {
		a.out.bad("the head says that there are other records: %d, where there are %d", head.Size, a.tree.Size())
	}
	if edge, err := proof.From(head.Size, heads(head.Parts)); err != nil || edge.Root() != head.Root {
		a.out.bad("the head's parts are not its own")
	}
	end, err := a.st.AuditEnd(ctx)
	if err != nil {
		return err
	}
	if end != head.Size {
		a.out.bad("there are records up to %d, which the head does not know", end)
	}
	for _, size := range a.signed {
		if !a.has[size] {
			a.out.bad("the checkpoint of %d records is gone, which the log kept", size)
		}
	}
	if a.out.Gone > a.upTo {
		a.out.bad("%d records are gone, and the log says of %d that they were taken away for their age", a.out.Gone, a.upTo)
	}
	for _, c := range a.claims {
		a.out.bad("%s says that the log had %d records: it was cut", c.whose, c.Size)
	}
	return nil
}

func heads(list []store.Hash) []proof.Hash {
	out := make([]proof.Hash, len(list))
	for i, h := range list {
		out[i] = proof.Hash(h)
	}
	return out
}

// ExportAudit writes the records of an installation from one on, with what is needed to
// check them elsewhere. It returns how many.
func ExportAudit(ctx context.Context, c config.Config, w io.Writer, from uint64) (n uint64, err error) {
	return n, withLedger(ctx, c, func(l *ledger.Ledger, _ store.Audit) (err error) {
		n, err = l.Export(ctx, w, from)
		return err
	})
}

// VerifyExport checks an export with the log's key, and compares it with checkpoints that
// somebody else kept. It needs no installation.
func VerifyExport(r io.Reader, key string, outside ...Kept) (proof.Export, error) {
	by, err := proof.ParseKey(key)
	if err != nil {
		return proof.Export{}, fault.Wrap(fault.Invalid, "read the key", err)
	}
	var claims []proof.Checkpoint
	for _, kept := range outside {
		list, err := kept.open(by)
		if err != nil {
			return proof.Export{}, fault.Wrap(fault.Invalid, "read the checkpoint", err)
		}
		claims = append(claims, list...)
	}
	out, err := proof.ReadExport(r, by, claims...)
	if err != nil {
		return out, fault.Wrap(fault.Invalid, "the audit log is not what it was", err)
	}
	return out, nil
}
