// Package wire holds the frames that browsers and server exchange, and their
// limits. Decoding is total: any bytes give a frame or a fault.Invalid. It keeps
// no state; every function is safe for concurrent use.
package wire

import (
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
	"plectica/internal/varint"
)

// Protocol is the version of the frames; Subprotocol its name in the handshake.
const (
	Protocol    = 1
	Subprotocol = "map.v1"
)

// The bounds of SYNC section 10. Times are in milliseconds, sizes in bytes.
const (
	MaxMessage      = 256 << 10 // one socket message from a client
	MaxInflated     = 1 << 20   // the same after decompression
	MaxTxnsInFrame  = 256
	MaxPushOps      = 2 * sysmap.MaxOps // merging may cut an edit of a text in two
	MaxSelection    = 256               // selected cards others are told of
	MaxName         = 400               // bytes; an account's name is no longer
	MaxURL          = 300
	MaxText         = 400
	MaxPresences    = 2400 // entries of one presence frame
	MaxInFlight     = 64   // pushes sent and not yet answered
	HandshakeMS     = 5000
	PresenceEveryMS = 50
	PingAfterMS     = 2000
	DeadAfterMS     = 3000
	AnswerAfterMS   = 20_000 // a push or Hello without an answer
)

// Kind is a frame's first byte.
type Kind uint8

// The kinds of frames. The numbers travel and must not change.
const (
	KindHello     Kind = 1
	KindPush      Kind = 2
	KindPresence  Kind = 3
	KindPing      Kind = 4
	KindWelcome   Kind = 16
	KindCommit    Kind = 17
	KindNack      Kind = 18
	KindRole      Kind = 19
	KindResync    Kind = 20
	KindDrain     Kind = 21
	KindPresences Kind = 22
	KindPong      Kind = 23
)

// Close codes.
const (
	CloseNormal    = 1000
	CloseProtocol  = 1002
	CloseAuth      = 4401
	CloseForbidden = 4403
	CloseGone      = 4404
	CloseTooOld    = 4409
	CloseSlow      = 4413
	CloseRate      = 4429
)

// Hello opens a connection.
type Hello struct {
	Proto   uint64
	Schema  uint64
	Map     id.Map
	Client  id.Client
	Nonce   id.Nonce
	LastSeq uint64 // last seq applied; 0: start from nothing
	Epoch   uint64 // last epoch seen
	NextCSN uint64 // first csn not yet known to be decided
	Caps    uint64
}

// Push is one transaction of the client.
type Push struct {
	CSN     uint64
	BaseSeq uint64
	Group   uint64
	Ops     []sysmap.Op
}

// Presence is where a person is and what they hold. Others learn it; nothing
// stores it.
type Presence struct {
	HasCursor bool
	X, Y      int32 // 1/64 px
	Selection []id.Object
	Editing   id.Object
	View      [4]int32  // viewport x, y, w, h in 1/64 px
	Laser     bool      // the cursor points something out
	Stop      id.Object // of the presentation the person gives, or id.Root
}

// Ping asks for a Pong.
type Ping struct {
	T       uint64
	HaveSeq uint64
}

// Welcome answers Hello. Commits from From+1 follow; with a URL, From is the
// snapshot's seq and the client fetches it first.
type Welcome struct {
	Epoch   uint64
	Head    uint64
	From    uint64
	Role    uint8
	Author  uint64
	LastCSN uint64 // final: what lies above is to be rebased and sent again
	MaxOps  uint64
	Cards   uint64 // limit of living cards
	URL     string
}

// Txn is one committed transaction as everyone gets it.
type Txn struct {
	Actor  id.Account
	Author uint64
	CSN    uint64
	At     int64
	Ops    []sysmap.Op
}

// Commit carries transactions FromSeq, FromSeq+1, …
type Commit struct {
	FromSeq uint64
	Txns    []Txn
}

// Nack refuses a push for good.
type Nack struct {
	CSN  uint64
	Code fault.Kind
	At   id.Object // nearest living place, for a place under a deleted card
}

// The roles as frames carry them. Package authz says what each may do.
const (
	RoleUnknown uint8 = 0 // nothing was heard of it yet
	RoleView    uint8 = 1
	RoleComment uint8 = 2
	RoleEdit    uint8 = 3
	RoleOwn     uint8 = 4
)

// Role tells a changed role. Resync asks the client to connect anew. Drain asks
// it to come back after a while.
type Role struct{ Role uint8 }

// Resync asks the client to connect anew.
type Resync struct{ Reason uint8 }

// Drain asks the client to come back after AfterMS plus up to JitterMS.
type Drain struct{ AfterMS, JitterMS uint64 }

// Entry is what one connection's people learn about another's.
type Entry struct {
	Author   uint64
	Gone     bool
	Name     string // set in the first entry about an author
	Presence Presence
}

// Presences is a batch, latest only.
type Presences struct{ List []Entry }

// Pong answers Ping; CRC is of the state hash at Head.
type Pong struct {
	T    uint64
	Head uint64
	CRC  uint64
}

// Frame is one of the structs above.
type Frame interface{ append(b []byte) []byte }

// Append encodes a frame at the end of b.
func Append(b []byte, f Frame) []byte { return f.append(b) }

func (f *Hello) append(b []byte) []byte {
	b = varint.Uint(varint.Uint(append(b, byte(KindHello)), f.Proto), f.Schema)
	b = varint.ID(varint.ID(varint.ID(b, f.Map), f.Client), f.Nonce)
	b = varint.Uint(varint.Uint(b, f.LastSeq), f.Epoch)
	return varint.Uint(varint.Uint(b, f.NextCSN), f.Caps)
}

func (f *Push) append(b []byte) []byte {
	b = varint.Uint(append(b, byte(KindPush)), f.CSN)
	b = varint.Uint(varint.Uint(b, f.BaseSeq), f.Group)
	return sysmap.AppendOps(b, f.Ops)
}

func (f *Presence) append(b []byte) []byte {
	return AppendPresence(append(b, byte(KindPresence)), f)
}

// AppendPresence encodes a presence without its kind.
func AppendPresence(b []byte, f *Presence) []byte {
	b = varint.Bool(b, f.HasCursor)
	b = varint.Int(varint.Int(b, int64(f.X)), int64(f.Y))
	b = varint.Uint(b, uint64(len(f.Selection)))
	for _, k := range f.Selection {
		b = varint.ID(b, k)
	}
	b = varint.ID(b, f.Editing)
	for _, v := range f.View {
		b = varint.Int(b, int64(v))
	}
	b = varint.Bool(varint.Bool(b, f.Laser), f.Stop != id.Root)
	if f.Stop != id.Root {
		b = varint.ID(b, f.Stop)
	}
	return b
}

func (f *Ping) append(b []byte) []byte {
	return varint.Uint(varint.Uint(append(b, byte(KindPing)), f.T), f.HaveSeq)
}

func (f *Welcome) append(b []byte) []byte {
	b = append(b, byte(KindWelcome))
	b = varint.Uint(varint.Uint(varint.Uint(b, f.Epoch), f.Head), f.From)
	b = varint.Uint(varint.Uint(append(b, f.Role), f.Author), f.LastCSN)
	b = varint.Uint(varint.Uint(b, f.MaxOps), f.Cards)
	return varint.String(b, f.URL)
}

func (f *Commit) append(b []byte) []byte {
	b = varint.Uint(append(b, byte(KindCommit)), f.FromSeq)
	b = varint.Uint(b, uint64(len(f.Txns)))
	for i := range f.Txns {
		t := &f.Txns[i]
		b = varint.Uint(varint.ID(b, t.Actor), t.Author)
		b = varint.Int(varint.Uint(b, t.CSN), t.At)
		b = sysmap.AppendOps(b, t.Ops)
	}
	return b
}

func (f *Nack) append(b []byte) []byte {
	b = varint.Uint(append(b, byte(KindNack)), f.CSN)
	return varint.ID(append(b, byte(f.Code)), f.At)
}

func (f *Role) append(b []byte) []byte   { return append(b, byte(KindRole), f.Role) }
func (f *Resync) append(b []byte) []byte { return append(b, byte(KindResync), f.Reason) }

func (f *Drain) append(b []byte) []byte {
	return varint.Uint(varint.Uint(append(b, byte(KindDrain)), f.AfterMS), f.JitterMS)
}

func (f *Presences) append(b []byte) []byte {
	b = varint.Uint(append(b, byte(KindPresences)), uint64(len(f.List)))
	for i := range f.List {
		e := &f.List[i]
		b = varint.Bool(varint.Uint(b, e.Author), e.Gone)
		if !e.Gone {
			b = AppendPresence(varint.String(b, e.Name), &e.Presence)
		}
	}
	return b
}

func (f *Pong) append(b []byte) []byte {
	b = varint.Uint(append(b, byte(KindPong)), f.T)
	return varint.Uint(varint.Uint(b, f.Head), f.CRC)
}

// Next reads one frame. The error has kind fault.Invalid, or fault.Schema for ops
// of a newer version.
func Next(r *varint.Reader) (Frame, error) {
	f, err := next(r, Kind(r.Byte()))
	if err != nil {
		return nil, err
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

func next(r *varint.Reader, k Kind) (Frame, error) {
	switch k {
	case KindHello:
		return &Hello{
			Proto: r.Uint(), Schema: r.Uint(),
			Map: varint.ReadID[id.Map](r), Client: varint.ReadID[id.Client](r), Nonce: varint.ReadID[id.Nonce](r),
			LastSeq: r.Uint(), Epoch: r.Uint(), NextCSN: r.Uint(), Caps: r.Uint(),
		}, nil
	case KindPush:
		f := &Push{CSN: r.Uint(), BaseSeq: r.Uint(), Group: r.Uint()}
		var err error
		f.Ops, err = sysmap.ReadOps(r, MaxPushOps)
		return f, err
	case KindPresence:
		f := ReadPresence(r)
		return &f, nil
	case KindPing:
		return &Ping{T: r.Uint(), HaveSeq: r.Uint()}, nil
	case KindWelcome:
		return &Welcome{
			Epoch: r.Uint(), Head: r.Uint(), From: r.Uint(), Role: r.Byte(), Author: r.Uint(),
			LastCSN: r.Uint(), MaxOps: r.Uint(), Cards: r.Uint(), URL: r.String(MaxURL),
		}, nil
	case KindCommit:
		return nextCommit(r)
	case KindNack:
		return &Nack{CSN: r.Uint(), Code: fault.Kind(r.Byte()), At: varint.ReadID[id.Object](r)}, nil
	case KindRole:
		return &Role{Role: r.Byte()}, nil
	case KindResync:
		return &Resync{Reason: r.Byte()}, nil
	case KindDrain:
		return &Drain{AfterMS: r.Uint(), JitterMS: r.Uint()}, nil
	case KindPresences:
		return nextPresences(r), nil
	case KindPong:
		return &Pong{T: r.Uint(), Head: r.Uint(), CRC: r.Uint()}, nil
	}
	r.Fail()
	return nil, r.Err()
}

func nextCommit(r *varint.Reader) (Frame, error) {
	f := &Commit{FromSeq: r.Uint()}
	n := r.Count(MaxTxnsInFrame)
	f.Txns = make([]Txn, n)
	for i := range f.Txns {
		t := &f.Txns[i]
		t.Actor, t.Author = varint.ReadID[id.Account](r), r.Uint()
		t.CSN, t.At = r.Uint(), r.Int()
		var err error
		if t.Ops, err = sysmap.ReadOps(r, sysmap.MaxLargeOps); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// ReadPresence decodes a presence without its kind.
func ReadPresence(r *varint.Reader) Presence {
	f := Presence{HasCursor: r.Bool(), X: r.Int32(), Y: r.Int32()}
	if n := r.Count(MaxSelection); n > 0 {
		f.Selection = make([]id.Object, n)
	}
	for i := range f.Selection {
		f.Selection[i] = varint.ReadID[id.Object](r)
	}
	f.Editing = varint.ReadID[id.Object](r)
	for i := range f.View {
		f.View[i] = r.Int32()
	}
	f.Laser = r.Bool()
	if r.Bool() {
		f.Stop = varint.ReadID[id.Object](r)
	}
	return f
}

func nextPresences(r *varint.Reader) *Presences {
	f := &Presences{List: make([]Entry, r.Count(MaxPresences))}
	for i := range f.List {
		e := &f.List[i]
		e.Author, e.Gone = r.Uint(), r.Bool()
		if !e.Gone {
			e.Name, e.Presence = r.String(MaxName), ReadPresence(r)
		}
	}
	return f
}
