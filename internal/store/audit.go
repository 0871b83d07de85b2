package store

import (
	"context"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/id"
)

// Bounds of the audit log.
const (
	// AuditBlock is how many records a block has.
	AuditBlock = 256
	// MaxAuditLine bounds a record, in bytes.
	MaxAuditLine = 4 << 10
	// MaxAuditLines bounds the records of one write: a commit may join many.
	MaxAuditLines = 20_000
	// MaxAuditKeys bounds by what a block's records are found again.
	MaxAuditKeys = 8 * AuditBlock
	// MaxSeenKeys is by how many of them blocks are looked for at once.
	MaxSeenKeys = 4
)

// Note is what a write adds to the audit log: records, a line each, and the keys of
// subjects that they are the first to use. It is there if and only if the write is. A key of an
// account that does not exist is not kept; one of a subject that has another fails the write.
type Note struct {
	Lines [][]byte
	Keys  []SubjectKey
}

// Subject names somebody whom records are about; it is never in a record itself.
type Subject string

// SubjectOf is an account as a subject.
func SubjectOf(a id.Account) Subject { return Subject(accounts + a.String()) }

// accounts begins the names of accounts as subjects.
const accounts = "account:"

// Account is SubjectOf's way back; ok is false for a subject that is no account.
func (s Subject) Account() (a id.Account, ok bool, err error) {
	text, ok := strings.CutPrefix(string(s), accounts)
	if !ok {
		return a, false, nil
	}
	a, err = id.Parse[id.Account](text)
	return a, true, err
}

// SubjectKey is by what records of a subject are sealed. Without it nobody can tell any
// more whom they are about.
type SubjectKey struct {
	Subject Subject
	Alias   string // what the subject is called in records
	Key     [32]byte
	Made    int64
}

// AuditHead is how far the log is: how many records, the root of their tree (RFC 6962)
// and its right edge, the roots of the complete trees that make it up.
type AuditHead struct {
	Size  uint64
	Root  Hash
	Parts []Hash
}

// AuditLines are records that lie together, from 0 on.
type AuditLines struct {
	First uint64
	Lines [][]byte
}

// Block is AuditBlock records that lie together. Hash is the root of their tree.
type Block struct {
	N     uint64 // records N*AuditBlock and on
	At    int64  // of its first record
	Hash  Hash
	Bad   int      // how many of its records were refused or failed
	Lines [][]byte // none: its records are gone
}

// Checkpoint is a head that was signed, as text.
type Checkpoint struct {
	Size uint64
	At   int64
	Text []byte
}

// Pending is a note that goes with the first write of a context.
type Pending interface {
	// Take returns what is to be noted, and wants to hear whether it is on disk. None:
	// nothing is to be noted any more.
	Take() (n Note, done func(written bool), err error)
}

type pendingKey struct{}

// WithPending returns a context whose first write takes a note along. None: its writes
// take nothing along.
func WithPending(ctx context.Context, p Pending) context.Context {
	return context.WithValue(ctx, pendingKey{}, p)
}

// TakePending returns what a write of a context has to note.
func TakePending(ctx context.Context) (Note, func(written bool), error) {
	if p, ok := ctx.Value(pendingKey{}).(Pending); ok && p != nil {
		return p.Take()
	}
	return Note{}, func(bool) {}, nil
}

// Audit keeps the audit log. Records are added by Log.Append, and by the first write of a
// context with something pending. Everything else here changes no record.
type Audit interface {
	// AuditHead returns how far the log is.
	AuditHead(ctx context.Context) (AuditHead, error)
	// AuditEnd returns up to where there are records or blocks: in a sound log the head's size.
	AuditEnd(ctx context.Context) (uint64, error)
	// AuditLines returns records from one on, at most limit of them or a few more, in
	// order. It returns fault.Gone when the first is gone, and fault.Internal when some
	// are missing.
	AuditLines(ctx context.Context, from uint64, limit int) (AuditLines, error)

	// FoldAudit makes a block of records, and keys by which it is found. It returns
	// fault.Conflict unless the block is the next.
	FoldAudit(ctx context.Context, b Block, keys []uint64) error
	// Blocks returns at most limit blocks from one on, without their records; WholeBlocks
	// with them, where they are not gone.
	Blocks(ctx context.Context, from uint64, limit int) ([]Block, error)
	WholeBlocks(ctx context.Context, from uint64, limit int) ([]Block, error)
	// BlockBefore returns the last block whose first record is not later than a time, or
	// fault.NotFound.
	BlockBefore(ctx context.Context, at int64) (Block, error)
	// BlocksWith returns the numbers of at most limit blocks before one that are found by
	// all of the keys, the last first.
	BlocksWith(ctx context.Context, keys []uint64, before uint64, limit int) ([]uint64, error)
	// LastBlock returns the last block, without its records, or fault.NotFound.
	LastBlock(ctx context.Context) (Block, error)
	// BlocksToTrim returns the numbers of at most limit blocks before one that have their
	// records, in order.
	BlocksToTrim(ctx context.Context, before uint64, limit int) ([]uint64, error)
	// TrimAudit takes the records of at most limit blocks before one away; their hashes
	// stay. It returns how many blocks lost theirs.
	TrimAudit(ctx context.Context, before uint64, limit int) (int, error)

	// AddCheckpoint keeps a signed head; one of the same size is replaced.
	AddCheckpoint(ctx context.Context, c Checkpoint) error
	// DropCheckpoint forgets one; one that is not there is no error.
	DropCheckpoint(ctx context.Context, size uint64) error
	// Checkpoints returns at most limit from a size on, in order; LastCheckpoint the last, or
	// fault.NotFound.
	Checkpoints(ctx context.Context, from uint64, limit int) ([]Checkpoint, error)
	LastCheckpoint(ctx context.Context) (Checkpoint, error)

	// SubjectKey and SubjectByAlias return fault.NotFound for an unknown or forgotten one.
	SubjectKey(ctx context.Context, s Subject) (SubjectKey, error)
	SubjectByAlias(ctx context.Context, alias string) (SubjectKey, error)
	// ForgetSubject destroys a subject's key; an unknown one is no error.
	ForgetSubject(ctx context.Context, s Subject) error
	// ForgetSubjects destroys the keys of at most limit subjects whose name begins with
	// something and that were made before a time. It returns how many.
	ForgetSubjects(ctx context.Context, prefix string, before int64, limit int) (int, error)

	// Memory returns what was kept under a name by a part that goes on after a restart, or
	// fault.NotFound; Remember keeps it.
	Memory(ctx context.Context, name string) ([]byte, error)
	Remember(ctx context.Context, name string, data []byte) error
}

// CheckNote refuses, with fault.Invalid or fault.Limit, records that no engine may write.
func CheckNote(n Note) *fault.Error {
	if len(n.Lines) > MaxAuditLines {
		return fault.New(fault.Limit, "too many records at once")
	}
	for _, line := range n.Lines {
		if len(line) == 0 || len(line) > MaxAuditLine {
			return fault.New(fault.Invalid, "a record that is empty or too long")
		}
		for _, c := range line {
			if c < ' ' || c > '~' {
				return fault.New(fault.Invalid, "a record with a character that none has")
			}
		}
	}
	return nil
}
