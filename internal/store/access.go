package store

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/id"
)

// Sort says what an id names.
type Sort uint8

// The sorts. The numbers are stored and must not change.
const (
	SortMap     Sort = 1
	SortFolder  Sort = 2
	SortOrg     Sort = 3
	SortAccount Sort = 4
	SortTeam    Sort = 5
	SortSession Sort = 6
	SortPass    Sort = 7
	SortVisit   Sort = 8
	SortToken   Sort = 9
)

// Ref names one thing or party of any sort. The zero Ref is none.
type Ref struct {
	Sort Sort
	ID   [id.Size]byte
}

// OfMap, and those below, make a Ref.
func OfMap(m id.Map) Ref         { return Ref{SortMap, m} }
func OfFolder(f FolderID) Ref    { return Ref{SortFolder, f} }
func OfOrg(o OrgID) Ref          { return Ref{SortOrg, o} }
func OfAccount(a id.Account) Ref { return Ref{SortAccount, a} }
func OfTeam(t TeamID) Ref        { return Ref{SortTeam, t} }
func OfSession(s SessionID) Ref  { return Ref{SortSession, s} }

// Grant is a role that a party has in a thing and all that lies in it. Object is a
// map, folder or organisation, Subject an account, a team or an organisation, which
// is all that belong to it.
type Grant struct {
	Object  Ref
	Subject Ref
	Role    authz.Role
	Added   int64
}

// Reason is a grant with the names that people know its ends by. Email is an
// account's.
type Reason struct {
	Grant
	ObjectName  string
	SubjectName string
	Email       string
}

// Person is somebody as others see them.
type Person struct {
	Account id.Account
	Name    string
	Email   string
	Role    authz.Role // in what is being looked at, by whatever way
}

// Access keeps who may do what. A change leaves a notice of whom or what it concerns.
type Access interface {
	// RoleIn returns an account's role in a folder or an organisation, with the
	// organisation's rules; None in what is unknown.
	RoleIn(ctx context.Context, thing Ref, a id.Account) (authz.Role, Rules, error)
	// Reasons lists at most limit grants on a thing and on what it lies in, those on
	// the thing itself first, then outwards, by name.
	Reasons(ctx context.Context, thing Ref, limit int) ([]Reason, error)
	// People lists at most limit accounts that have a role in a thing, by name.
	People(ctx context.Context, thing Ref, limit int) ([]Person, error)
	// SetGrant gives a role or changes it. It returns fault.Conflict when the thing
	// would be left without an owner, fault.Limit when it would have more than most
	// grants, and fault.NotFound when either end is gone.
	SetGrant(ctx context.Context, g Grant, most int) error
	// DropGrant returns fault.NotFound when there is none, and fault.Conflict as above.
	DropGrant(ctx context.Context, object, subject Ref, now int64) error
}

// Notice says that what somebody may do may have changed: a sign-in, pass or visit
// that ended, or grants on a thing or of a party. Seq rises.
type Notice struct {
	Seq int64
	Ref Ref
	At  int64
}

// Notices lets a running server hear of what changed, also by another process. They
// are written in the transaction of the change.
type Notices interface {
	// NoticesSince returns at most limit with Seq > after in order.
	NoticesSince(ctx context.Context, after int64, limit int) ([]Notice, error)
	// LastNotice returns the highest Seq so far, 0 if none.
	LastNotice(ctx context.Context) (int64, error)
}

// PassID names a pass; it is not its secret.
type PassID [id.Size]byte

// VisitID names a visit; it is not its secret.
type VisitID [id.Size]byte

// Pass is a link that lets whoever holds it into a map.
type Pass struct {
	ID       PassID
	Hash     Hash
	Map      id.Map
	Role     authz.Role
	Name     string
	Password Credential // empty: none is asked
	By       id.Account
	Created  int64
	Expires  int64 // 0: never
	Used     int64 // when somebody last came by it; 0: never
}

// Visit is somebody who came by a pass. What they do carries the visit's id.
type Visit struct {
	Hash    Hash
	ID      VisitID
	Pass    PassID
	Name    string // empty: they gave none
	Created int64
	Seen    int64
}

// Passes keeps passes and visits. What ends one leaves a notice of it.
type Passes interface {
	// CreatePass returns fault.Limit when the map has most passes, and fault.NotFound
	// when there is no such map.
	CreatePass(ctx context.Context, p Pass, most int) error
	// Pass returns one by its secret's hash, or fault.NotFound.
	Pass(ctx context.Context, h Hash) (Pass, error)
	// ListPasses returns at most limit passes of a map, the newest first.
	ListPasses(ctx context.Context, m id.Map, limit int) ([]Pass, error)
	// PassesBy returns at most limit passes that somebody made since a time, the newest first.
	PassesBy(ctx context.Context, a id.Account, since int64, limit int) ([]Pass, error)
	// DropPass withdraws a pass of a map and ends its visits. It returns fault.NotFound
	// for an unknown one.
	DropPass(ctx context.Context, m id.Map, p PassID, now int64) error

	// CreateVisit lets somebody in and notes that the pass was used. It returns
	// fault.NotFound when the pass is gone.
	CreateVisit(ctx context.Context, v Visit) error
	// Visit returns a visit and its pass, or fault.NotFound.
	Visit(ctx context.Context, h Hash) (Visit, Pass, error)
	// VisitByID is Visit by what names it.
	VisitByID(ctx context.Context, v VisitID) (Visit, Pass, error)
	// NameVisit changes what a visitor is called.
	NameVisit(ctx context.Context, v VisitID, name string) error
	// TouchVisit notes that it was used.
	TouchVisit(ctx context.Context, v VisitID, now int64) error
	// EndPasses ends at most limit visits by passes that have expired.
	EndPasses(ctx context.Context, now int64, limit int) error
	// SweepVisits removes at most limit visits last used before a time.
	SweepVisits(ctx context.Context, before int64, limit int) error
}
