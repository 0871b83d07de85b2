// Package history is how maps were: snapshots of them, made soon after each change
// and thinned with time, the state at any moment, who changed what. A snapshot is a
// cache of the log up to where the log begins, and the only witness before. It
// changes no map, and nobody who edits ever waits for it. Safe for concurrent use.
package history

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Bounds of a snapshot.
const (
	// MaxPacked and maxUnpacked bound a snapshot's bytes, compressed and not.
	MaxPacked   = store.MaxBase
	maxUnpacked = 1 << 30
	// maxClients bounds the queues of edits that a snapshot remembers.
	maxClients = 1 << 20

	formatVersion = 1
)

// Moment is a map as it was after one of its changes.
type Moment struct {
	Map     id.Map
	Seq     uint64
	At      int64 // of the change, milliseconds since 1970
	State   *sysmap.Map
	Clients []seq.Client
}

// pack encodes a moment.
func (m *Moment) pack() ([]byte, error) {
	if len(m.Clients) > maxClients {
		return nil, fault.New(fault.Limit, "too many queues of edits for a snapshot")
	}
	hash := m.State.Hash().Bytes()
	b := varint.ID(varint.Uint(nil, formatVersion), m.Map)
	b = varint.Int(varint.Uint(b, m.Seq), m.At)
	b = varint.Bytes(b, hash[:])
	b = varint.Uint(b, uint64(len(m.Clients)))
	for _, c := range m.Clients {
		b = varint.ID(varint.ID(b, c.ID), c.Account)
		b = varint.Int(varint.Uint(b, c.Last), c.At)
	}
	b = m.State.AppendSnapshot(b)
	if len(b) > maxUnpacked {
		return nil, fault.New(fault.Limit, "the map is too large for a snapshot")
	}
	out, err := compress(b)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compress a snapshot", err)
	}
	if len(out) > MaxPacked {
		return nil, fault.New(fault.Limit, "the map is too large for a snapshot")
	}
	return out, nil
}

// unpack decodes what pack wrote of a map, and checks it: bytes may have been damaged.
// The error has kind fault.Internal.
func unpack(packed []byte, of id.Map) (*Moment, error) {
	damaged := func(err error) error { return fault.Wrap(fault.Internal, "a snapshot is damaged", err) }
	if len(packed) > MaxPacked {
		return nil, fault.New(fault.Internal, "a snapshot is larger than any is")
	}
	b, err := decompress(packed, maxUnpacked)
	if err != nil {
		return nil, damaged(err)
	}
	r := varint.NewReader(b)
	if v := r.Uint(); v != formatVersion {
		return nil, fault.New(fault.Internal, "a snapshot is of a version this program does not know")
	}
	m := &Moment{Map: varint.ReadID[id.Map](r), Seq: r.Uint(), At: r.Int()}
	hash := string(r.Bytes(len([16]byte{})))
	m.Clients = make([]seq.Client, r.Count(maxClients))
	for i := range m.Clients {
		m.Clients[i] = seq.Client{ID: varint.ReadID[id.Client](r), Account: varint.ReadID[id.Account](r), Last: r.Uint(), At: r.Int()}
	}
	if err := r.Err(); err != nil {
		return nil, damaged(err)
	}
	if m.State, err = sysmap.ReadSnapshot(r); err != nil {
		return nil, damaged(err)
	}
	if err := r.Done(); err != nil {
		return nil, damaged(err)
	}
	if got := m.State.Hash().Bytes(); m.Map != of || string(got[:]) != hash {
		return nil, fault.New(fault.Internal, "a snapshot is not of the state it says")
	}
	return m, nil
}

// compress packs what is kept among the objects.
func compress(b []byte) ([]byte, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	defer func() { _ = z.Close() }() // it holds nothing
	return z.EncodeAll(b, nil), nil
}

// decompress unpacks it to at most so many bytes.
func decompress(packed []byte, most uint64) ([]byte, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(most), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return z.DecodeAll(packed, nil)
}

// object returns the name of a snapshot's bytes among the objects.
func object(m id.Map, seq uint64, hash store.Hash) string {
	return folder(m) + strconv.FormatUint(seq, 10) + "-" + hex.EncodeToString(hash[:]) + ".zst"
}

// pictureObject returns the name of the picture of one.
func pictureObject(m id.Map, seq uint64, hash store.Hash) string {
	return folder(m) + strconv.FormatUint(seq, 10) + "-" + hex.EncodeToString(hash[:]) + ".svg.zst"
}

// Objects returns the names of the objects that a snapshot consists of. The error has
// kind fault.Internal.
func Objects(s store.Snapshot) ([]string, error) {
	if id.IsZero(s.Map) || s.Seq == 0 || s.Hash == (store.Hash{}) {
		return nil, fault.New(fault.Internal, "a snapshot that names no object")
	}
	out := []string{object(s.Map, s.Seq, s.Hash)}
	if s.Picture != (store.Hash{}) {
		out = append(out, pictureObject(s.Map, s.Seq, s.Picture))
	}
	return out, nil
}

// root is what all names of snapshots begin with.
const root = "maps/"

func folder(m id.Map) string { return root + m.String() + "/" }

func sum(b []byte) store.Hash { return sha256.Sum256(b) }
