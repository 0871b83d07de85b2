// Package backup keeps all of an installation elsewhere too, and proves that it can come
// back: archives by the clock, the changes between them, keys that open both, and drills
// that restore the newest archive and compare. Nobody who edits waits for it, and an archive
// counts once it was read back. Safe for concurrent use, but for what says otherwise.
package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"plectica/internal/archive"
	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

const (
	archiveDir    = "backups/"
	archiveSuffix = ".tar.zst.age"
	receiptSuffix = ".json"
	// stampForm is how an archive's name says when it was made, in UTC.
	stampForm = "20060102t150405z"
	// maxReceipt bounds a receipt, in bytes.
	maxReceipt = 64 << 10
	// maxArchives bounds how many archives of a place are listed.
	maxArchives = 10_000
	// keepNewest are never pruned, however old; nor are as many as days that they are kept,
	// so that a clock that goes wrong takes one a day and not all at once.
	keepNewest = 2
	// createTimeout bounds making an archive, and bringing it to one place.
	createTimeout = 12 * time.Hour
	// busyShare is for how much of the time a server that others use makes archives.
	busyShare = 0.25
	// unfinished is how old an archive without a receipt has to be to go.
	unfinished = 48 * time.Hour
)

// Config is what a Service is made of.
type Config struct {
	Source  archive.Source
	Places  []Place
	Keys    *Keys
	Records store.Records
	// Line tells what is done here from what was done before a restore: a new one after
	// each, of letters and digits; empty before the first.
	Line string
	// Brought, when set, hears of an archive that a place has now, and up to where each
	// map's log is in it.
	Brought func(ctx context.Context, place string, heads map[id.Map]uint64) error
	// Keep is how long archives are kept, and locked where a place can.
	Keep time.Duration
	// At and DrillAt are when in a day the backup and the drill begin; negative: never.
	At, DrillAt time.Duration
	// Scratch makes a place that a drill restores to; nil: there are no drills.
	Scratch func(ctx context.Context, t archive.Totals) (*Scratch, error)
	Now     func() time.Time
	OnError func(error)
}

// Service makes archives, keeps them as long as they should, and drills.
type Service struct {
	c     Config
	asked chan string // what somebody asked for, by its kind
	mu    sync.Mutex  // one archive or drill at a time
}

// New returns a service; Run does its work by the clock.
func New(c Config) *Service { return &Service{c: c, asked: make(chan string, 1)} }

// The kinds of records.
const (
	KindBackup = "backup"
	KindDrill  = "drill"
)

// Receipt lies beside an archive, readable by whoever sees the place: what it is, and
// nothing of what is in it.
type Receipt struct {
	archive.Head
	archive.Totals
	Key  string `json:"key"`
	Size int64  `json:"size"`
	Sum  string `json:"sha256"`
	// For are the keys that open it, by the beginning of their public halves.
	For []string `json:"for"`
	// Missing counts the contents that could not be read when it was made.
	Missing int `json:"missing,omitempty"`
}

// Made is the record of an archive.
type Made struct {
	Receipt
	Took   int64   `json:"took"` // milliseconds
	Places []Taken `json:"places"`
	Error  string  `json:"error,omitempty"`
}

// At returns why a place does not have it; empty if it has.
func (m *Made) At(place string) string {
	for _, t := range m.Places {
		if t.Name == place {
			return t.Error
		}
	}
	return m.Error
}

// Taken says how a place took an archive.
type Taken struct {
	Name  string `json:"name"`
	Error string `json:"error,omitempty"`
}

// newID returns a fresh id of an archive or drill.
func newID() (id [16]byte) {
	_, _ = rand.Read(id[:]) // it never fails
	return id
}

// Create makes an archive at the first place, reads it back, and brings it to the others.
// The record is kept also of what failed; the error says what kept it from being made.
func (s *Service) Create(ctx context.Context, share float64) (*Made, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.c.Places) == 0 {
		return nil, fault.New(fault.Invalid, "there is no place for backups: set [backup] places, or adopt what was restored")
	}
	began, id := time.Now(), newID()
	head := archive.Head{Format: archive.Format, ID: archive.Hex(id[:8]), App: s.c.Source.App, Created: s.c.Now().UnixMilli()}
	made := &Made{Receipt: Receipt{Head: head, Key: archiveKey(head), For: s.c.Keys.Names()}}
	err := s.create(ctx, made, share)
	if err != nil {
		made.Error = err.Error()
	}
	made.Took = time.Since(began).Milliseconds()
	return made, errors.Join(err, s.record(ctx, KindBackup, id, head.Created, err == nil && made.everywhere(), made))
}

func archiveKey(h archive.Head) string {
	return archiveDir + time.UnixMilli(h.Created).UTC().Format(stampForm) + "-" + h.ID + archiveSuffix
}

func (m *Made) everywhere() bool {
	return !slices.ContainsFunc(m.Places, func(t Taken) bool { return t.Error != "" })
}

// record keeps how something went, even when what it is about was given up.
func (s *Service) record(ctx context.Context, kind string, id [16]byte, at int64, ok bool, v any) error {
	const patience = 10 * time.Second
	data, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a record", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.c.Records.AddRecord(ctx, store.Record{Kind: kind, ID: id, At: at, OK: ok, Data: data})
}

func (s *Service) create(ctx context.Context, made *Made, share float64) error {
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	first, m, err := s.origin(ctx, made, share)
	if err != nil {
		return err
	}
	made.Head, made.Totals, made.Missing = m.Head, m.Totals, len(m.Missing)
	if err := s.readBack(ctx, first, made, share); err != nil {
		return err
	}
	made.Places = append(made.Places, Taken{Name: first.Name})
	if err := s.putReceipt(ctx, first, made.Receipt); err != nil {
		return err
	}
	for _, p := range s.c.Places[len(made.Places):] {
		made.Places = append(made.Places, s.taken(p, s.bringNew(ctx, first, p, made.Receipt, m)))
	}
	return nil
}

// taken notes how a place took an archive.
func (s *Service) taken(p Place, err error) Taken {
	if err == nil {
		return Taken{Name: p.Name}
	}
	s.report(err)
	return Taken{p.Name, err.Error()}
}

// origin writes the archive to the first place that takes it. Those before it that do not
// are noted.
func (s *Service) origin(ctx context.Context, made *Made, share float64) (first Place, m *archive.Manifest, err error) {
	for _, p := range s.c.Places {
		var ours bool
		if m, ours, err = s.write(ctx, p, made, share); err == nil {
			return p, m, nil
		}
		if ours || ctx.Err() != nil {
			break
		}
		made.Places = append(made.Places, s.taken(p, err))
	}
	return first, nil, err
}

// bringNew copies a new archive to another place. To one that had none, it brings all that
// was done up to then; others have that already, or get it yet.
func (s *Service) bringNew(ctx context.Context, from, to Place, r Receipt, m *archive.Manifest) error {
	_, _, none := Newest(ctx, to, s.c.Now())
	if err := s.bring(ctx, from, to, r); err != nil {
		return err
	}
	if s.c.Brought == nil || !fault.Is(none, fault.NotFound) {
		return nil
	}
	return s.c.Brought(ctx, to.Name, heads(m))
}

// bringAgain brings an archive to the places that did not take it when it was made.
func (s *Service) bringAgain(ctx context.Context, made *Made) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	have := slices.IndexFunc(made.Places, func(t Taken) bool { return t.Error == "" })
	from, ok := s.place(made.Places, have)
	if !ok {
		return fault.New(fault.NotFound, "no place has the last archive any more")
	}
	for i, t := range made.Places {
		if to, ok := s.place(made.Places, i); ok && t.Error != "" {
			made.Places[i] = s.taken(to, s.bring(ctx, from, to, made.Receipt))
		}
	}
	return s.record(ctx, KindBackup, newID(), s.c.Now().UnixMilli(), made.everywhere(), made)
}

// place is the one that the i-th of a list names, if there is one.
func (s *Service) place(list []Taken, i int) (p Place, ok bool) {
	if i < 0 {
		return p, false
	}
	n := slices.IndexFunc(s.c.Places, func(p Place) bool { return p.Name == list[i].Name })
	if n < 0 {
		return p, false
	}
	return s.c.Places[n], true
}

func (s *Service) report(err error) {
	if err != nil && s.c.OnError != nil {
		s.c.OnError(err)
	}
}

// write makes the archive at a place, one stream from the store to there. An error is ours,
// or the place's.
func (s *Service) write(ctx context.Context, p Place, made *Made, share float64) (m *archive.Manifest, ours bool, err error) {
	out := count(nil)
	ours, err = pipe(ctx, p, made.Key, s.lock(p), func(to io.Writer) (err error) {
		m, err = archive.Write(ctx, io.MultiWriter(to, out), s.c.Source, made.Head, s.c.Keys.Recipients(), share)
		return err
	})
	switch {
	case ours:
		return nil, true, err
	case err != nil:
		return nil, false, fault.Wrap(fault.Busy, "write the archive to "+p.Name, err)
	}
	made.Size, made.Sum = out.n, out.hex()
	return m, false, nil
}

// heads are up to where the maps' logs are in an archive.
func heads(m *archive.Manifest) map[id.Map]uint64 {
	out := make(map[id.Map]uint64, len(m.Maps))
	for _, v := range m.Maps {
		if of, err := id.Parse[id.Map](v.ID); err == nil { // we wrote it
			out[of] = v.Head
		}
	}
	return out
}

// lock says until when a place shall let nobody delete what is put there now.
func (s *Service) lock(p Place) blob.CreateOptions { return p.lock(s.c.Now().Add(s.c.Keep)) }

// readBack reads an archive from where it was written, whole, and folds its logs if the
// drill's key is here; else it compares what was written.
func (s *Service) readBack(ctx context.Context, p Place, made *Made, share float64) error {
	o, err := p.Open(ctx, made.Key)
	if err != nil {
		return fault.Wrap(fault.Busy, "read the archive back from "+p.Name, err)
	}
	defer func() { _ = o.Close() }() // only read
	in := count(o)
	key, err := s.c.Keys.Drill()
	switch {
	case err == nil:
		var finds *archive.Findings
		if _, finds, err = archive.Verify(ctx, in, []age.Identity{key}, share); err == nil {
			err = finds.Err()
		}
	case fault.Is(err, fault.NotFound):
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil {
		return fault.Wrap(fault.KindOf(err), "read the archive back from "+p.Name, err)
	}
	if in.hex() != made.Sum || in.n != made.Size {
		return fault.New(fault.Internal, "the archive at "+p.Name+" is not what was written")
	}
	return nil
}

func (s *Service) putReceipt(ctx context.Context, p Place, r Receipt) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a receipt", err)
	}
	_, err = p.Create(ctx, receiptKey(r.Key), bytes.NewReader(b), s.lock(p))
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fault.Wrap(fault.Busy, "write the receipt to "+p.Name, err)
	}
	return nil
}

func receiptKey(key string) string { return strings.TrimSuffix(key, archiveSuffix) + receiptSuffix }

// bring copies an archive to another place, and compares it on the way.
func (s *Service) bring(ctx context.Context, from, to Place, r Receipt) error {
	o, err := from.Open(ctx, r.Key)
	if err != nil {
		return fault.Wrap(fault.Busy, "read the archive from "+from.Name, err)
	}
	defer func() { _ = o.Close() }() // only read
	in := count(o)
	_, err = to.Create(ctx, r.Key, in, s.lock(to))
	switch {
	case fault.Is(err, fault.Conflict): // a try before came so far
		err = same(ctx, to, r)
	case err == nil && in.hex() != r.Sum:
		err = fault.New(fault.Internal, "the archive at "+from.Name+" is not what was written")
	}
	if err != nil {
		return fault.Wrap(fault.KindOf(err), "bring the archive to "+to.Name, err)
	}
	return s.putReceipt(ctx, to, r)
}

// same reads an archive and compares it with its receipt.
func same(ctx context.Context, p Place, r Receipt) error {
	o, err := p.Open(ctx, r.Key)
	if err != nil {
		return err
	}
	defer func() { _ = o.Close() }() // only read
	in := count(o)
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	if in.hex() != r.Sum {
		return fault.New(fault.Conflict, "another archive has this one's name")
	}
	return nil
}
