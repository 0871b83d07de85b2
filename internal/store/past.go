package store

import (
	"context"

	"plectica/internal/id"
)

// Bounds of what is kept of maps' pasts.
const (
	MaxVersions    = 1000    // names in one map
	MaxVersionName = 100     // characters
	MaxBase        = 1 << 28 // bytes of a base's data
)

// Base is the state of a map up to where its log may be gone.
type Base struct {
	Seq  uint64
	At   int64 // of the last change in it, milliseconds since 1970
	Data []byte
}

// Snapshot names a state of a map that lies among the objects.
type Snapshot struct {
	Map     id.Map
	Seq     uint64
	Hash    Hash  // of the object's bytes
	Picture Hash  // of the object that shows it; zero: none
	Size    int64 // of both, in bytes
	At      int64 // of the last change in it
	Made    int64
	Damaged bool // it was found not to be what was written
}

// Behind is a map whose log goes on after its newest sound snapshot.
type Behind struct {
	Map   id.Map
	Head  uint64
	Seq   uint64 // of that snapshot, or of the base; 0: neither
	Since int64  // when the first change after it was made
}

// Stride is a change without what it changed.
type Stride struct {
	Seq   uint64
	Actor id.Account
	At    int64
}

// Version is a moment of a map that somebody gave a name.
type Version struct {
	Seq  uint64
	Name string
	By   id.Account
	Made int64
}

// Past keeps what is known of how maps were. All lists of a map are newest first.
type Past interface {
	// Room returns a map's ownership record, or fault.NotFound.
	Room(ctx context.Context, m id.Map) (Room, error)
	// Base returns where a map's log begins. It returns fault.NotFound for one that
	// begins with the first change.
	Base(ctx context.Context, m id.Map) (Base, error)
	// Trim sets a later base and removes at most limit rows of the log up to it; it
	// reports whether none are left. It refuses a base after the head with
	// fault.Invalid, and one before the base that is set with fault.Conflict.
	Trim(ctx context.Context, m id.Map, b Base, limit int) (done bool, err error)
	// Strides returns at most limit changes before a seq, without what they changed.
	Strides(ctx context.Context, m id.Map, before uint64, limit int) ([]Stride, error)

	// AddSnapshot notes a snapshot, in the place of a damaged one. One that is there
	// and sound is fault.Conflict, one of a map that has no log fault.NotFound.
	AddSnapshot(ctx context.Context, s Snapshot) error
	// Snapshots returns at most limit snapshots of a map before a seq.
	Snapshots(ctx context.Context, m id.Map, before uint64, limit int) ([]Snapshot, error)
	// SpoilSnapshot notes that one is damaged; DropSnapshot forgets one. One that is
	// not here is no error.
	SpoilSnapshot(ctx context.Context, m id.Map, seq uint64) error
	DropSnapshot(ctx context.Context, m id.Map, seq uint64) error
	// Spoilt returns at most limit damaged snapshots.
	Spoilt(ctx context.Context, limit int) ([]Snapshot, error)
	// Orphans returns at most limit snapshots of maps that are gone.
	Orphans(ctx context.Context, limit int) ([]Snapshot, error)
	// Behind returns at most limit maps, after one, that have changes in no sound
	// snapshot, and the last map that was looked at, or done when there are no more.
	Behind(ctx context.Context, after id.Map, limit int) (list []Behind, last id.Map, done bool, err error)

	// SetVersion gives a moment a name, or another one. It returns fault.NotFound for a
	// moment that the map has not come to, fault.Limit beyond MaxVersions.
	SetVersion(ctx context.Context, m id.Map, v Version) error
	// DropVersion returns fault.NotFound when the moment has no name.
	DropVersion(ctx context.Context, m id.Map, seq uint64) error
	Versions(ctx context.Context, m id.Map) ([]Version, error)
}

// Record is something done to keep everything, and how it went.
type Record struct {
	Kind string
	ID   [id.Size]byte
	At   int64
	OK   bool
	Data []byte // what the one who did it says, as text
}

// MaxRecordBytes bounds a record's text.
const MaxRecordBytes = 64 << 10

// Records keeps them.
type Records interface {
	AddRecord(ctx context.Context, r Record) error
	// Records returns at most limit of a kind, newest first.
	Records(ctx context.Context, kind string, limit int) ([]Record, error)
	// DropRecords forgets those of a kind made before a time.
	DropRecords(ctx context.Context, kind string, before int64) error
}

// Shipping keeps up to where each map's log was sent to other places.
type Shipping interface {
	// Unshipped returns at most limit maps, after one, whose log goes on after what a
	// place has, and the last map that was looked at, or done when there are no more.
	// Since is when the first change that is missing there was made.
	Unshipped(ctx context.Context, place string, after id.Map, limit int) (list []Behind, last id.Map, done bool, err error)
	// Shipped returns up to where a place has a map's log.
	Shipped(ctx context.Context, place string, m id.Map) (uint64, error)
	// NoteShipped says that a place has maps' logs up to a seq; it never goes back.
	NoteShipped(ctx context.Context, place string, upTo map[id.Map]uint64) error
}
