// Package disk is a model of a store whose writes can be kept apart from their
// sync, so that a crash may lose or keep them. It passes the suite of the contract.
package disk

import (
	"bytes"
	"context"
	"sync"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// Store is a store.Log in memory whose writes can be kept apart from their sync,
// so that a crash may lose or keep them. Used as a store.Log it syncs at once and
// is safe for concurrent use; the simulator uses Write, Sync and Crash.
type Store struct {
	mu    sync.Mutex
	rooms map[id.Map]*log
	dirty []dirty
}

type log struct {
	room store.Room
	rows []store.Row
	ops  map[store.OpID]uint64
}

// dirty is a write that is not yet on disk.
type dirty struct {
	batch store.Batch
}

// New returns an empty store.
func New() *Store { return &Store{rooms: make(map[id.Map]*log)} }

func (s *Store) log(m id.Map) *log {
	l := s.rooms[m]
	if l == nil {
		l = &log{ops: make(map[store.OpID]uint64)}
		s.rooms[m] = l
	}
	return l
}

// Head returns how many rows of a map are on disk.
func (s *Store) Head(m id.Map) uint64 { return s.log(m).room.Head }

// Hash returns the state hash that was written with the last of them.
func (s *Store) Hash(m id.Map) [16]byte { return s.log(m).room.Hash }

// Knows reports whether something of a client is on disk.
func (s *Store) Knows(m id.Map, c id.Client) bool {
	for op := range s.log(m).ops {
		if op.Client() == c {
			return true
		}
	}
	return false
}

// Acquire implements store.Log.
func (s *Store) Acquire(_ context.Context, m id.Map, _ string) (store.Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.log(m)
	l.room.Epoch++
	return l.room, nil
}

// Append implements store.Log.
func (s *Store) Append(_ context.Context, batches []store.Batch) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]error, len(batches))
	for i, b := range batches {
		if out[i] = s.check(b); out[i] == nil {
			s.apply(b)
		}
	}
	return out
}

// Read implements store.Log.
func (s *Store) Read(_ context.Context, m id.Map, after uint64, limit int) ([]store.Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.log(m).rows
	if after >= uint64(len(rows)) {
		return nil, nil
	}
	rows = rows[after:]
	out := append([]store.Row(nil), rows[:min(len(rows), limit)]...)
	for i, r := range out {
		if r.Seq != after+uint64(i)+1 {
			return nil, fault.New(fault.Internal, "rows are missing")
		}
		out[i].Data = bytes.Clone(r.Data)
	}
	return out, nil
}

func (s *Store) check(b store.Batch) error {
	if err := store.CheckBatch(b); err != nil {
		return err
	}
	l := s.log(b.Map)
	if l.room.Epoch == 0 || b.Epoch != l.room.Epoch || b.Head != l.room.Head {
		return fault.New(fault.Lost, "another owner has the map")
	}
	seen := make(map[store.OpID]bool, len(b.Rows))
	for _, r := range b.Rows {
		if _, ok := l.ops[r.OpID]; ok || seen[r.OpID] {
			return fault.New(fault.Conflict, "the transaction is in the log")
		}
		seen[r.OpID] = true
	}
	return nil
}

func (s *Store) apply(b store.Batch) {
	l := s.log(b.Map)
	for _, r := range b.Rows {
		r.Data = bytes.Clone(r.Data)
		l.rows = append(l.rows, r)
		l.ops[r.OpID] = r.Seq
	}
	l.room.Head += uint64(len(b.Rows))
	l.room.Hash = b.Hash
}

// Write takes a batch without syncing it.
func (s *Store) Write(b store.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(b); err != nil {
		return err
	}
	s.dirty = append(s.dirty, dirty{b})
	return nil
}

// Sync makes what was written durable.
func (s *Store) Sync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.dirty {
		s.apply(d.batch)
	}
	s.dirty = nil
}

// Crash loses what was not synced, unless keep: then the disk had it already.
func (s *Store) Crash(keep bool) {
	if keep {
		s.Sync()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = nil
}
