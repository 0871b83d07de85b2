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
}

// Credential is a password's hash and the version of the pepper it was made with.
type Credential struct {
	Hash   string
	Pepper int
}

// NewAccount says what must hold for an account to be created.
type NewAccount struct {
	Account    Account
	Credential Credential
	First      bool // only while no account exists
	Invitation Hash // counts one use; zero: none needed
	Now        int64
}

// Accounts keeps who exists.
type Accounts interface {
	// CreateAccount adds an account and counts the invitation's use, both or
	// neither. It returns fault.Conflict when the e-mail is taken, fault.Gone
	// when First is set and an account exists, and fault.Permission when the
	// invitation is unknown, expired or used up.
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
}

// Session is a sign-in.
type Session struct {
	Hash    Hash
	Account id.Account
	Created int64
	Seen    int64
}

// Ended is a sign-in that is over. Seq rises; it lets a running server hear of
// sign-ins that another process ended.
type Ended struct {
	Seq     int64
	Hash    Hash
	Account id.Account
	At      int64
}

// Sessions keeps who is signed in.
type Sessions interface {
	CreateSession(ctx context.Context, s Session) error
	// Session returns the sign-in and its account, or fault.NotFound.
	Session(ctx context.Context, h Hash) (Session, Account, error)
	// TouchSession notes that it was used.
	TouchSession(ctx context.Context, h Hash, now int64) error
	// EndSession ends one sign-in, EndSessions all of an account. Both return
	// what was ended and note it for EndedSince.
	EndSession(ctx context.Context, h Hash, now int64) ([]Ended, error)
	EndSessions(ctx context.Context, a id.Account, now int64) ([]Ended, error)
	// EndStaleSessions ends at most limit sign-ins last used before idle or made
	// before born, and forgets notes older than born.
	EndStaleSessions(ctx context.Context, idle, born, now int64, limit int) ([]Ended, error)
	// EndedSince returns at most limit notes with Seq > after in order.
	EndedSince(ctx context.Context, after int64, limit int) ([]Ended, error)
	// LastEnded returns the highest Seq so far, 0 if none.
	LastEnded(ctx context.Context) (int64, error)
}

// InvitationID names an invitation; it is not its secret.
type InvitationID [id.Size]byte

// Invitation lets somebody create an account.
type Invitation struct {
	ID      InvitationID
	Hash    Hash
	By      id.Account
	Created int64
	Expires int64
	Uses    int // how often it may be used
	Used    int // how often it was
}

// Reset lets the holder of a secret set an account's password once.
type Reset struct {
	Hash    Hash
	Account id.Account
	Expires int64
}

// Invitations keeps the secrets handed out as links, and the site's settings.
type Invitations interface {
	CreateInvitation(ctx context.Context, v Invitation) error
	// Invitation returns one by its secret's hash, or fault.NotFound.
	Invitation(ctx context.Context, h Hash) (Invitation, error)
	// ListInvitations returns at most limit that are neither expired nor used up,
	// the newest first.
	ListInvitations(ctx context.Context, now int64, limit int) ([]Invitation, error)
	// DeleteInvitation returns fault.NotFound for an unknown one.
	DeleteInvitation(ctx context.Context, v InvitationID) error

	// CreateReset replaces the account's earlier resets.
	CreateReset(ctx context.Context, r Reset) error
	// Reset returns one that is not yet expired, or fault.NotFound.
	Reset(ctx context.Context, h Hash, now int64) (Reset, error)
	// UseReset spends the secret, sets the password and ends every sign-in of
	// the account, all or nothing. It returns fault.NotFound when the secret is
	// unknown, expired or spent.
	UseReset(ctx context.Context, h Hash, c Credential, now int64) (id.Account, []Ended, error)

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
}

// Membership is a map as one member sees it.
type Membership struct {
	Map   Map
	Role  authz.Role
	Owner string // the name of its first owner
}

// Member is one account's part in a map.
type Member struct {
	Account id.Account
	Email   string
	Name    string
	Role    authz.Role
}

// Maps keeps which maps exist and who takes part.
type Maps interface {
	// CreateMap adds a map with its first owner; with Deleted set it stays out of
	// sight until RestoreMap.
	CreateMap(ctx context.Context, m Map, owner id.Account) error
	// Membership returns fault.NotFound when the map is unknown or the account
	// takes no part in it, deleted or not.
	Membership(ctx context.Context, m id.Map, a id.Account) (Membership, error)
	// ListMaps returns at most limit maps of an account, the latest first:
	// either those that are not deleted or those that are and the account owns.
	ListMaps(ctx context.Context, a id.Account, deleted bool, limit int) ([]Membership, error)
	// CountMaps returns how many maps ListMaps would list, those not deleted.
	CountMaps(ctx context.Context, a id.Account) (int, error)
	// SetTitle, DeleteMap and RestoreMap return fault.NotFound when there is no
	// such map in the state they need.
	SetTitle(ctx context.Context, m id.Map, title string, now int64) error
	DeleteMap(ctx context.Context, m id.Map, now int64) error
	// RestoreMap brings back a map deleted after since: what was deleted earlier may
	// be half gone.
	RestoreMap(ctx context.Context, m id.Map, since, now int64) error

	// Members returns at most limit members in the order of their names.
	Members(ctx context.Context, m id.Map, limit int) ([]Member, error)
	// SetMember adds a member or changes the role. It returns fault.Conflict
	// when the map would lose its last owner, fault.Limit when it would have
	// more than max members.
	SetMember(ctx context.Context, m id.Map, a id.Account, r authz.Role, max int, now int64) error
	// RemoveMember returns fault.NotFound for somebody who is no member, and
	// fault.Conflict for the last owner.
	RemoveMember(ctx context.Context, m id.Map, a id.Account) error

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
}

// Store is all of it, as an engine provides it.
type Store interface {
	Log
	People
	Maps
	Links
	Files
	Outbox
	Checker
	// Ping reports whether the engine can be written to, without writing.
	Ping(ctx context.Context) error
	Close() error
}
