package store

import (
	"context"

	"plectica/internal/authz"
	"plectica/internal/id"
)

// Hash is the SHA-256 of a secret. The secrets of sign-ins, invitations and
// resets are never stored.
type Hash [32]byte

// Account is a person's account. Email is in the form it is compared in.
type Account struct {
	ID       id.Account
	Email    string
	Name     string
	Operator bool
	Created  int64
	Verified int64 // when the address was proven; 0: not yet
	Locked   int64 // when the operator locked it; 0: not
}

// Credential is a password's hash and the version of the pepper it was made with. An
// account without a password has an empty hash.
type Credential struct {
	Hash   string
	Pepper int
}

// NewAccount says what must hold for an account to be created.
type NewAccount struct {
	Account    Account
	Credential Credential
	First      bool // only while there is no operator
	Invitation Hash // is accepted; zero: none needed
	Now        int64
}

// Accounts keeps who exists.
type Accounts interface {
	// CreateAccount adds an account and accepts the invitation for it, both or
	// neither. It returns fault.Conflict when the e-mail is taken, fault.Gone
	// when First is set and an account exists, and fault.Permission when the
	// invitation is unknown, expired or used up, or its place is gone: whether or not
	// the e-mail is taken.
	CreateAccount(ctx context.Context, n NewAccount) error
	// Account and AccountByEmail return fault.NotFound for an unknown account.
	Account(ctx context.Context, a id.Account) (Account, error)
	AccountByEmail(ctx context.Context, email string) (Account, Credential, error)
	// SetCredential replaces a password. It returns fault.NotFound for an unknown account.
	SetCredential(ctx context.Context, a id.Account, c Credential) error
	// Kept returns what an account keeps under a name, or fault.NotFound.
	Kept(ctx context.Context, a id.Account, name string) ([]byte, error)
	// Keep keeps something under a name; nothing at all forgets it. It returns
	// fault.Limit when most other things are kept, or more than room bytes in all.
	Keep(ctx context.Context, a id.Account, name string, value []byte, most, room int, now int64) error
	// AnyAccount reports whether an account exists.
	AnyAccount(ctx context.Context) (bool, error)
	// AnyOperator reports whether one is an operator's.
	AnyOperator(ctx context.Context) (bool, error)

	// SetName, SetEmail, SetVerified, SetLocked and SetOperator return fault.NotFound
	// for an unknown account. A new address counts as proven; one that is taken is
	// fault.Conflict. Locking ends every sign-in and token of the account; the last
	// operator who is not locked can be neither locked nor made none: fault.Conflict.
	SetName(ctx context.Context, a id.Account, name string) error
	SetEmail(ctx context.Context, a id.Account, email string, now int64) error
	SetVerified(ctx context.Context, a id.Account, now int64) error
	SetLocked(ctx context.Context, a id.Account, at, now int64) error
	SetOperator(ctx context.Context, a id.Account, on bool) error
	// ListAccounts returns at most limit accounts whose name or address contains a
	// text, in the order of their addresses, after one.
	ListAccounts(ctx context.Context, with, after string, limit int) ([]Account, error)
	// DeleteAccount removes an account with all its sign-ins, factors, tokens, kept
	// things and memberships. It returns fault.Conflict when a map that is not deleted
	// or an organisation would be left without an owner, or the site without an
	// operator; and fault.NotFound for an unknown account. Maps that only it could see
	// any more are deleted.
	DeleteAccount(ctx context.Context, a id.Account, now int64) error
}

// SessionID names a sign-in; it is not its secret.
type SessionID [id.Size]byte

// Proof is a set of ways in which somebody showed who they are.
type Proof uint8

// The ways.
const (
	ByPassword Proof = 1 << iota
	ByProvider       // an OpenID Connect provider said so
	ByPasskey        // which is two factors in itself: having it, and a finger or PIN
	ByCode           // a code that changes with time
	ByRecovery       // a code that works once
	ByMail           // a code, or a link, that was mailed
)

// Strong reports whether somebody showed a second factor.
func (p Proof) Strong() bool { return p&(ByPasskey|ByCode|ByRecovery) != 0 }

// Session is a sign-in.
type Session struct {
	Hash    Hash
	ID      SessionID
	Account id.Account
	Created int64
	Seen    int64
	Proven  Proof
	Proved  int64  // when the last factor was shown
	Agent   string // what the browser calls itself
	Place   string // the network it came from
}

// Sessions keeps who is signed in. What ends a sign-in leaves a notice of it.
type Sessions interface {
	CreateSession(ctx context.Context, s Session) error
	// Session returns the sign-in and its account, or fault.NotFound; also for one of
	// an account that is locked.
	Session(ctx context.Context, h Hash) (Session, Account, error)
	// SessionByID is Session by what names it.
	SessionByID(ctx context.Context, v SessionID) (Session, Account, error)
	// Sessions returns at most limit sign-ins of an account, the last used first.
	Sessions(ctx context.Context, a id.Account, limit int) ([]Session, error)
	// TouchSession notes that it was used, and from where.
	TouchSession(ctx context.Context, h Hash, place string, now int64) error
	// RotateSession replaces a sign-in's secret and what was shown for it; it stays the
	// same sign-in. It returns fault.NotFound when it is over.
	RotateSession(ctx context.Context, from Hash, to Session) error
	// EndSession ends one sign-in, EndSessions all of an account but one, which may be
	// zero. An unknown one is no error.
	EndSession(ctx context.Context, v SessionID, now int64) error
	EndSessions(ctx context.Context, a id.Account, but SessionID, now int64) error
	// EndStaleSessions ends at most limit sign-ins last used before idle or made
	// before born, and forgets notices older than born. It reports how many ended.
	EndStaleSessions(ctx context.Context, idle, born, now int64, limit int) (int, error)
}

// InvitationID names an invitation; it is not its secret.
type InvitationID [id.Size]byte

// Invitation lets somebody create an account, and leads them where it says.
type Invitation struct {
	ID      InvitationID
	Hash    Hash
	By      id.Account
	Created int64
	Expires int64
	Uses    int    // how often it may be used
	Used    int    // how often it was
	Email   string // only for this address; empty: for anybody
	Mailed  bool   // the secret went to the address and to nobody else
	// Party is the organisation that they will belong to, Object what they will have a
	// role in. Zero: none.
	Party  OrgID
	Object Ref
	Role   authz.Role
}

// Invitations keeps the secrets handed out as links, and the site's settings.
type Invitations interface {
	// CreateInvitation returns fault.Limit when most others can still be used in the
	// same place.
	CreateInvitation(ctx context.Context, v Invitation, most int) error
	// Invitation returns one by its secret's hash, or fault.NotFound.
	Invitation(ctx context.Context, h Hash) (Invitation, error)
	// ListInvitations returns at most limit that are neither expired nor used up,
	// the newest first: those of the site for a zero place, else those that lead
	// into an organisation or to a thing.
	ListInvitations(ctx context.Context, of Ref, now int64, limit int) ([]Invitation, error)
	// InvitationsFor returns at most limit for an address that can still be used.
	InvitationsFor(ctx context.Context, email string, now int64, limit int) ([]Invitation, error)
	// DeleteInvitation returns fault.NotFound for an unknown one, or one of another
	// place.
	DeleteInvitation(ctx context.Context, v InvitationID, of Ref) error
	// AcceptInvitation counts one use and lets an account in, all or nothing, and
	// returns the invitation. It never lowers a role. Who has a secret that
	// was mailed to their address has proven it. It returns fault.Permission when the invitation is
	// unknown, expired, used up or for another address, its place is gone or has no
	// guests any more, or who made it may not invite there any more.
	AcceptInvitation(ctx context.Context, h Hash, a id.Account, now int64) (Invitation, error)

	// Setting returns a setting's value, or "" when it was never set.
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// Map is a map's own record; what is in it is the log's.
type Map struct {
	ID      id.Map
	Title   string
	Created int64
	Updated int64 // the later of the last edit and the last change of this record
	Deleted int64 // 0: not deleted
	Home    Ref   // the folder or organisation it lies in; zero: in none
	Org     OrgID // zero: in none
}

// Membership is a map as somebody sees it, by whatever way.
type Membership struct {
	Map    Map
	Role   authz.Role
	Direct authz.Role // of it, what they were given on the map itself
	Owner  string     // the name of its first owner; of the organisation if nobody owns it
	Rules  Rules      // of its organisation
}

// Maps keeps which maps exist.
type Maps interface {
	// CreateMap adds a map with its first owner; with Deleted set it stays out of
	// sight until RestoreMap. It returns fault.NotFound when its home is gone.
	CreateMap(ctx context.Context, m Map, owner id.Account) error
	// Map returns a map's record, deleted or not, or fault.NotFound.
	Map(ctx context.Context, m id.Map) (Map, error)
	// Membership returns fault.NotFound when the map is unknown; the role is None when
	// the account has none there. A zero account has none anywhere.
	Membership(ctx context.Context, m id.Map, a id.Account) (Membership, error)
	// ListMaps returns at most limit maps in which an account has a role, the latest
	// first: either those that are not deleted or those that are and the account owns.
	ListMaps(ctx context.Context, a id.Account, deleted bool, limit int) ([]Membership, error)
	// CountMaps returns in how many maps, those not deleted, an account has a role of
	// its own.
	CountMaps(ctx context.Context, a id.Account) (int, error)
	// SetTitle, DeleteMap and RestoreMap return fault.NotFound when there is no
	// such map in the state they need.
	SetTitle(ctx context.Context, m id.Map, title string, now int64) error
	DeleteMap(ctx context.Context, m id.Map, now int64) error
	// RestoreMap brings back a map deleted after since: what was deleted earlier may
	// be half gone.
	RestoreMap(ctx context.Context, m id.Map, since, now int64) error

	// DeletedBefore lists at most limit maps deleted before a time.
	DeletedBefore(ctx context.Context, t int64, limit int) ([]id.Map, error)
	// PurgeMap removes a map that was deleted before a time for good: first its
	// ownership record, so that no append can follow, then at most limit log rows
	// at each call, at last everything else. It reports whether the map is gone
	// entirely, and returns fault.NotFound for a map that is not so deleted.
	PurgeMap(ctx context.Context, m id.Map, before int64, limit int) (done bool, err error)
}

// RoomRecord is a map's ownership record with its name.
type RoomRecord struct {
	Map id.Map
	Room
}

// Checker lets a verifier walk over all logs.
type Checker interface {
	// Rooms returns at most limit records of maps after the given one, in order.
	Rooms(ctx context.Context, after id.Map, limit int) ([]RoomRecord, error)
	// Check asks the engine whether its files are sound.
	Check(ctx context.Context) error
}

// People is everything about who may do what.
type People interface {
	Accounts
	Sessions
	Invitations
	Tickets
	Factors
	Tokens
	Notices
}

// Store is all of it, as an engine provides it.
type Store interface {
	Log
	People
	Maps
	Access
	Orgs
	Passes
	Links
	Files
	Outbox
	Viewer
	Past
	Records
	Shipping
	Audit
	Alerts
	Checker
	// Ping reports whether the engine can be written to, without writing.
	Ping(ctx context.Context) error
	Close() error
}
