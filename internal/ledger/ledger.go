// Package ledger keeps the audit log as a whole: it folds records to blocks and finds them
// again, signs how far the log is, proves that a record is in it and that it only grew, and
// takes away what is older than it is kept, so that all of this still holds. It adds no
// record but of its own doings. A Ledger is safe for concurrent use; Run is its background
// work.
package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/keyfile"
	"plectica/internal/merkle"
	"plectica/internal/store"
)

const (
	// tendEvery is how often it is looked whether something is to be done.
	tendEvery = time.Second
	// signEvery is how old the last checkpoint gets while records come.
	signEvery = 10 * time.Second
	// keepEvery is how far apart checkpoints are that are kept for ever.
	keepEvery = 5 * time.Minute
	// trimEvery is how often old records are taken away, trimPage how many blocks at once.
	trimEvery = time.Hour
	trimPage  = 200
	// foldPage is how many blocks are folded in one go.
	foldPage = 64
)

// Config is what a Ledger is made of.
type Config struct {
	Store store.Audit
	Log   *audit.Log
	Keys  keyfile.Keys // the seeds of the log's signing keys
	// Keep is how long records are kept; 0: for ever.
	Keep time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Told is the time by which records are old, whatever the clock is set to; nil: Now's.
	Told func(ctx context.Context) (time.Time, error)
	// OnError hears of faults in the background. May be nil.
	OnError func(error)
}

// Ledger is the log as a whole.
type Ledger struct {
	c      Config
	signer *signer

	mu     sync.Mutex
	groups []merkle.Hash // roots of the trees of 2^groupLevel records, as far as they are known
	folded uint64        // blocks
	signed store.Checkpoint
	kept   int64 // when the last checkpoint was made that is kept
	// keptBlocks is of how many blocks it is, as far as this process knows.
	keptBlocks uint64
	trim       time.Time
	wake       chan struct{} // closed and made anew when there are new records
}

// New returns a ledger.
func New(c Config) *Ledger {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Told == nil {
		c.Told = func(context.Context) (time.Time, error) { return c.Now(), nil }
	}
	return &Ledger{c: c, signer: newSigner(c.Keys), wake: make(chan struct{})}
}

// Origin is what the log calls itself in checkpoints: it follows from its first key.
func (l *Ledger) Origin() string { return l.signer.name }

// Key is what checkpoints are checked with, as https://c2sp.org/signed-note has it.
func (l *Ledger) Key() string { return l.signer.verifier() }

// Written wakes whoever waits for new records. It does not wait.
func (l *Ledger) Written() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wake)
	l.wake = make(chan struct{})
}

// News returns a channel that is closed once there are records after now.
func (l *Ledger) News() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wake
}

// signer signs notes with the newest key, under the first one's name.
type signer struct {
	name string
	key  ed25519.PrivateKey
}

// algorithm is the first byte of keys of Ed25519, by https://c2sp.org/signed-note.
const algorithm = 1

func newSigner(k keyfile.Keys) *signer {
	first, ok := k.Key(1)
	if !ok {
		first, _ = k.Key(k.Current())
	}
	current, _ := k.Key(k.Current()) // there is always one
	h := sha256.Sum256(ed25519.NewKeyFromSeed(first).Public().(ed25519.PublicKey))
	return &signer{"plectica-audit/" + hex.EncodeToString(h[:8]), ed25519.NewKeyFromSeed(current)}
}

// public is the key as notes have it.
func (s *signer) public() []byte {
	return append([]byte{algorithm}, s.key.Public().(ed25519.PublicKey)...)
}

// Name implements note.Signer.
func (s *signer) Name() string { return s.name }

// KeyHash implements note.Signer.
func (s *signer) KeyHash() uint32 {
	h := sha256.Sum256(append([]byte(s.name+"\n"), s.public()...))
	return binary.BigEndian.Uint32(h[:4])
}

// Sign implements note.Signer.
func (s *signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

func (s *signer) verifier() string {
	return fmt.Sprintf("%s+%08x+%s", s.name, s.KeyHash(), base64.StdEncoding.EncodeToString(s.public()))
}

// sign returns a head as a signed checkpoint (https://c2sp.org/tlog-checkpoint).
func (l *Ledger) sign(size uint64, root merkle.Hash, at int64) (store.Checkpoint, error) {
	text := fmt.Sprintf("%s\n%d\n%s\nat %d\n", l.signer.name, size, tlog.Hash(root), at)
	b, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		return store.Checkpoint{}, fault.Wrap(fault.Internal, "sign a checkpoint", err)
	}
	return store.Checkpoint{Size: size, At: at, Text: b}, nil
}

// Checkpoint signs how far the log is now.
func (l *Ledger) Checkpoint(ctx context.Context) (store.Checkpoint, error) {
	head, err := l.c.Store.AuditHead(ctx)
	if err != nil {
		return store.Checkpoint{}, err
	}
	return l.sign(head.Size, merkle.Hash(head.Root), l.c.Now().UnixMilli())
}

// Run folds, signs and trims until ctx ends.
func (l *Ledger) Run(ctx context.Context) {
	t := time.NewTicker(tendEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if err := l.Tend(ctx); err != nil && ctx.Err() == nil && l.c.OnError != nil {
				l.c.OnError(err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Tend does what is to be done now.
func (l *Ledger) Tend(ctx context.Context) error {
	// None waits for another that cannot be done.
	return errors.Join(l.fold(ctx), l.signDue(ctx), l.trimDue(ctx))
}

// signDue makes the last checkpoint anew. The one before goes, unless it is kept: those are
// of whole blocks, so that they can be checked when the records are gone.
func (l *Ledger) signDue(ctx context.Context) error {
	head, err := l.c.Store.AuditHead(ctx)
	if err != nil {
		return err
	}
	now := l.c.Now().UnixMilli()
	if l.signed.Text == nil {
		if l.signed, err = l.c.Store.LastCheckpoint(ctx); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		l.kept = l.signed.At
	}
	if head.Size == 0 || head.Size == l.signed.Size || now-l.signed.At < signEvery.Milliseconds() && now >= l.signed.At {
		return nil
	}
	if now-l.kept >= keepEvery.Milliseconds() || now < l.kept {
		if err := l.signBlocks(ctx, now); err != nil {
			return err
		}
	}
	c, err := l.sign(head.Size, merkle.Hash(head.Root), now)
	if err != nil {
		return err
	}
	if err := l.c.Store.AddCheckpoint(ctx, c); err != nil {
		return err
	}
	was := l.signed
	l.signed = c
	if was.Size%store.AuditBlock != 0 {
		return l.c.Store.DropCheckpoint(ctx, was.Size)
	}
	return nil
}

// signBlocks makes a checkpoint of all whole blocks, to be kept.
func (l *Ledger) signBlocks(ctx context.Context, now int64) error {
	if l.folded == l.keptBlocks {
		l.kept = now
		return nil
	}
	root, err := l.rootAt(ctx, l.folded*store.AuditBlock)
	if err != nil {
		return err
	}
	c, err := l.sign(l.folded*store.AuditBlock, root, now)
	if err != nil {
		return err
	}
	if err := l.c.Store.AddCheckpoint(ctx, c); err != nil {
		return err
	}
	// So that it is missed if it goes.
	e := &audit.Event{Act: audit.AuditSign, By: audit.Who{Kind: audit.Server}}
	e.Add("upto", c.Size)
	if err := l.c.Log.Write(ctx, e); err != nil {
		return err
	}
	l.kept, l.keptBlocks = now, c.Size/store.AuditBlock
	return nil
}

// tooOld returns the first blocks that have their records and are older than a time, up to
// the first that is not: one whose records were made by a clock that was wrong takes no other
// with it. A block is as old as the one after it begins.
func (l *Ledger) tooOld(ctx context.Context, before int64) ([]uint64, error) {
	due, err := l.c.Store.BlocksToTrim(ctx, math.MaxInt64, trimPage)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	list, err := l.c.Store.Blocks(ctx, due[0], len(due)+1)
	if err != nil {
		return nil, err
	}
	n := 0
	for n < len(due) && n+1 < len(list) && list[n].N == due[n] && list[n].At < before && list[n+1].At < before {
		n++
	}
	return due[:n], nil
}

// trimDue takes away what is older than it is kept, and says so.
func (l *Ledger) trimDue(ctx context.Context) error {
	now, err := l.c.Told(ctx)
	if err != nil || now.Before(l.trim) {
		return err
	}
	l.trim = now.Add(trimEvery)
	if err := l.c.Log.ForgetStrangers(ctx, now); err != nil || l.c.Keep == 0 {
		return err
	}
	for {
		due, err := l.tooOld(ctx, now.Add(-l.c.Keep).UnixMilli())
		if err != nil || len(due) == 0 {
			return err
		}
		e := &audit.Event{Act: audit.AuditTrim, By: audit.Who{Kind: audit.Server}}
		e.Add("upto", (due[len(due)-1]+1)*store.AuditBlock)
		if err := l.c.Log.Write(ctx, e); err != nil { // what is not recorded is not done
			return err
		}
		if _, err := l.c.Store.TrimAudit(ctx, due[len(due)-1]+1, trimPage); err != nil {
			return err
		}
		if len(due) < trimPage {
			return nil
		}
	}
}
