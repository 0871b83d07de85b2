// Package store is the contract every engine keeps: the op log of each map, and
// the rows of accounts, sign-ins and memberships. It holds no driver. Package
// storetest is the contract as a test suite; every engine, and the simulator's
// model, passes it. All methods are safe for concurrent use.
package store

import (
	"context"

	"plectica/internal/id"
)

// OpID identifies one transaction of one client: 16 bytes client, 8 bytes csn
// (big endian). It is unique per map for as long as the row lives.
type OpID [24]byte

// NewOpID joins a client and its number.
func NewOpID(c id.Client, csn uint64) OpID {
	var o OpID
	copy(o[:], c[:])
	for i := range 8 {
		o[16+i] = byte(csn >> (56 - 8*i))
	}
	return o
}

// Client returns the client part.
func (o OpID) Client() id.Client { return id.Client(o[:16]) }

// CSN returns the client's number.
func (o OpID) CSN() uint64 {
	var v uint64
	for i := range 8 {
		v = v<<8 | uint64(o[16+i])
	}
	return v
}

// Row is one committed transaction.
type Row struct {
	Seq   uint64 // dense from 1 in each map
	OpID  OpID
	Actor id.Account
	At    int64  // milliseconds since 1970
	Data  []byte // sysmap's encoding of the ops, never empty
}

// Batch is what one room appends at once: rows Head+1, Head+2, … under Epoch.
type Batch struct {
	Map   id.Map
	Epoch uint64
	Head  uint64 // the log's head before this batch
	Rows  []Row
	Hash  [16]byte // state hash after the batch
	// Note goes to the audit log with the rows. A batch without rows is a note alone, and
	// has no map.
	Note Note
}

// Room is a map's ownership record.
type Room struct {
	Epoch uint64
	Head  uint64
	Hash  [16]byte
}

// Log is the op log of all maps.
type Log interface {
	// Acquire makes the caller the owner: it raises the epoch, durably, and
	// returns the record. A map never acquired starts at head 0 with a zero hash.
	Acquire(ctx context.Context, m id.Map, node string) (Room, error)

	// Append makes batches durable, all in one transaction, and answers each: nil
	// means on disk. A batch under a stale epoch or head is refused alone with
	// fault.Lost, a repeated op id with fault.Conflict; neither touches the others.
	// Any other error means the outcome is unknown: the caller drops the room and
	// acquires it again.
	Append(ctx context.Context, batches []Batch) []error

	// Read returns at most limit rows with Seq > after in order. It returns an
	// error of kind fault.Internal when rows are missing in between.
	Read(ctx context.Context, m id.Map, after uint64, limit int) ([]Row, error)
}
