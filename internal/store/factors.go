package store

import (
	"context"

	"plectica/internal/id"
)

// TicketKind says what a ticket is for. The numbers are stored.
type TicketKind uint8

// The kinds.
const (
	ForReset    TicketKind = 1 // sets a password anew
	ForVerify   TicketKind = 2 // proves an address
	ForEmail    TicketKind = 3 // changes an address
	ForSecond   TicketKind = 4 // a sign-in that waits for its second factor
	ForProvider TicketKind = 5 // a sign-in that is at a provider
	ForPasskey  TicketKind = 6 // a challenge to a passkey
	ForLinking  TicketKind = 7 // a provider's word that waits for the account's owner
	ForEmbed    TicketKind = 8 // lets a page of another site show a map once
)

// Ticket is a secret that is used once. Account is zero where nobody is known yet,
// and the visit's id for a frame.
type Ticket struct {
	Hash    Hash
	Kind    TicketKind
	Account id.Account
	Data    []byte
	Expires int64
}

// Tickets keeps secrets that are used once.
type Tickets interface {
	// CreateTicket replaces the account's earlier tickets of the same kind. It returns
	// fault.Limit when there are most of the kind.
	CreateTicket(ctx context.Context, t Ticket, most int) error
	// Ticket returns one that is not expired, or fault.NotFound; it stays.
	Ticket(ctx context.Context, h Hash, kind TicketKind, now int64) (Ticket, error)
	// TakeTicket is Ticket that spends it.
	TakeTicket(ctx context.Context, h Hash, kind TicketKind, now int64) (Ticket, error)
	// DropTickets forgets an account's tickets of a kind.
	DropTickets(ctx context.Context, a id.Account, kind TicketKind) error
	// SweepTickets removes at most limit that are expired.
	SweepTickets(ctx context.Context, now int64, limit int) error
	// UseReset spends a ticket for a reset, sets the password, counts the address as
	// proven if the ticket went there by mail, and ends every sign-in of the account, all or nothing. Errors as of
	// TakeTicket.
	UseReset(ctx context.Context, h Hash, c Credential, proves bool, now int64) (id.Account, error)
}

// PasskeyID is the hash of what a passkey calls itself.
type PasskeyID Hash

// Passkey is a key that a device keeps.
type Passkey struct {
	ID      PasskeyID
	Account id.Account
	Data    []byte // what the check needs, encoded by who checks
	Name    string
	Created int64
	Used    int64
}

// TOTP is a secret from which codes come that change with time.
type TOTP struct {
	Account   id.Account
	Secret    []byte // sealed
	Confirmed int64  // when the first code was shown; 0: it does not count yet
	Step      int64  // the last one used
}

// IdentityKey is who somebody is at a provider.
type IdentityKey struct {
	Issuer, Subject string
}

// Identity ties an account to who its owner is at a provider.
type Identity struct {
	IdentityKey
	Account id.Account
	Email   string // what the provider said last
	Created int64
	Used    int64
}

// Factors keeps the ways in which people show who they are, beside passwords.
type Factors interface {
	// AddPasskey returns fault.Limit when the account has most, fault.Conflict when the
	// key is known.
	AddPasskey(ctx context.Context, p Passkey, most int) error
	// Passkey returns fault.NotFound for an unknown one.
	Passkey(ctx context.Context, p PasskeyID) (Passkey, error)
	Passkeys(ctx context.Context, a id.Account) ([]Passkey, error)
	// UsePasskey stores what changed by its use; NamePasskey what its owner calls it.
	UsePasskey(ctx context.Context, p PasskeyID, data []byte, now int64) error
	NamePasskey(ctx context.Context, a id.Account, p PasskeyID, name string) error
	DropPasskey(ctx context.Context, a id.Account, p PasskeyID) error

	// SetTOTP replaces the account's secret.
	SetTOTP(ctx context.Context, t TOTP) error
	// TOTP returns fault.NotFound when there is none.
	TOTP(ctx context.Context, a id.Account) (TOTP, error)
	// UseTOTP notes that a step was used. It returns fault.Conflict when that one or a
	// later one was.
	UseTOTP(ctx context.Context, a id.Account, step, confirmed int64) error
	DropTOTP(ctx context.Context, a id.Account) error

	// SetRecovery replaces the account's codes.
	SetRecovery(ctx context.Context, a id.Account, codes []Hash) error
	// UseRecovery spends a code and returns how many are left, or fault.NotFound.
	UseRecovery(ctx context.Context, a id.Account, code Hash) (left int, err error)
	CountRecovery(ctx context.Context, a id.Account) (int, error)

	// AddIdentity returns fault.Conflict when it belongs to an account already, and
	// fault.Limit when the account has most.
	AddIdentity(ctx context.Context, v Identity, most int) error
	Identity(ctx context.Context, k IdentityKey) (Identity, error)
	Identities(ctx context.Context, a id.Account) ([]Identity, error)
	UseIdentity(ctx context.Context, k IdentityKey, email string, now int64) error
	DropIdentity(ctx context.Context, a id.Account, k IdentityKey) error
}

// TokenID names a token; it is not its secret.
type TokenID [id.Size]byte

// Token lets a program act for an account.
type Token struct {
	ID      TokenID
	Hash    Hash
	Account id.Account
	Name    string
	Hint    string // the end of its text, to know it by
	Scopes  string // separated by spaces
	Created int64
	Expires int64
	Used    int64 // 0: never
}

// Tokens keeps what programs sign in with. What ends one leaves a notice of it.
type Tokens interface {
	// CreateToken returns fault.Limit when the account has most.
	CreateToken(ctx context.Context, t Token, most int) error
	// Token returns one and its account, or fault.NotFound; also for one of an account
	// that is locked.
	Token(ctx context.Context, h Hash) (Token, Account, error)
	ListTokens(ctx context.Context, a id.Account) ([]Token, error)
	TouchToken(ctx context.Context, t TokenID, now int64) error
	// NoteExpiredTokens notes those that ended after one moment, and by another.
	NoteExpiredTokens(ctx context.Context, after, now int64) error
	// DropToken returns fault.NotFound for one that is not the account's.
	DropToken(ctx context.Context, a id.Account, t TokenID, now int64) error
}
