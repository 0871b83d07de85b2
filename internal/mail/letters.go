package mail

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"plectica/internal/fault"
)

// A code has so many digits.
const leastCode, mostCode = 6, 12

// Kind names what a mail is about, for logs and metrics.
type Kind string

// The kinds; each has its words in every language.
const (
	KindVerifyAddress      Kind = "verify_address"
	KindResetPassword      Kind = "reset_password"
	KindChangeAddress      Kind = "change_address"
	KindAddressChange      Kind = "address_change"
	KindPasswordChanged    Kind = "password_changed"
	KindFactorAdded        Kind = "factor_added"
	KindFactorRemoved      Kind = "factor_removed"
	KindLoginAdded         Kind = "login_added"
	KindLoginRemoved       Kind = "login_removed"
	KindNewSignIn          Kind = "new_sign_in"
	KindSignInCode         Kind = "sign_in_code"
	KindRecoveryCodeUsed   Kind = "recovery_code_used"
	KindInviteSite         Kind = "invite_site"
	KindInviteOrganisation Kind = "invite_organisation"
	KindInviteMap          Kind = "invite_map"
	KindInviteFolder       Kind = "invite_folder"
	KindAccountDeleted     Kind = "account_deleted"
	KindTokenMade          Kind = "token_made"
	KindAccountExists      Kind = "account_exists"
	KindPasskeyRefused     Kind = "passkey_refused"
	KindAlarm              Kind = "alarm"
	KindTest               Kind = "test"
)

// Kinds returns all of them.
func Kinds() []Kind {
	return []Kind{
		KindVerifyAddress, KindResetPassword, KindChangeAddress, KindAddressChange, KindPasswordChanged, KindFactorAdded, KindFactorRemoved,
		KindLoginAdded, KindLoginRemoved, KindNewSignIn, KindSignInCode, KindRecoveryCodeUsed, KindInviteSite, KindInviteOrganisation, KindInviteMap, KindInviteFolder, KindAccountDeleted, KindTokenMade,
		KindAccountExists, KindPasskeyRefused, KindAlarm, KindTest,
	}
}

func isKind(k Kind) bool { return slices.Contains(Kinds(), k) }

// Letter is what one mail says; the types below are all there are. None holds the
// name of whom it goes to: whoever signs up with somebody else's address could write
// to them through it.
type Letter interface {
	kind() Kind
	// link returns the path that the mail leads to, and until when; none is "".
	link() (path string, until time.Time)
	// check says what is missing.
	check(now time.Time) error
}

// Link is where a mail leads: a path of this site, as /reset#secret, and until when
// it works there. Later the mail is not sent any more.
type Link struct {
	Path  string
	Until time.Time
}

func (l Link) link() (string, time.Time) { return l.Path, l.Until }

func (l Link) check(now time.Time) error {
	if !strings.HasPrefix(l.Path, "/") || strings.HasPrefix(l.Path, "//") || !isURLText(l.Path) || len(l.Path) > maxLinkBytes/2 {
		return fault.New(fault.Invalid, "a mail leads to a path of this site")
	}
	if !l.Until.After(now) {
		return fault.New(fault.Invalid, "the link of a mail works for a while")
	}
	return nil
}

// Event is something that happened to an account: when, and where from, as far as it
// is known.
type Event struct {
	When    time.Time
	Device  Name       // as Firefox on Linux
	Address netip.Addr // of the device
}

// From returns the device's address, or "" when it is not known.
func (e Event) From() string {
	if !e.Address.IsValid() {
		return ""
	}
	return e.Address.Unmap().WithZone("").String()
}

func (e Event) link() (string, time.Time) { return "", time.Time{} }

func (e Event) check(time.Time) error {
	if e.When.IsZero() {
		return fault.New(fault.Invalid, "a notice says when it happened")
	}
	return nil
}

// Factor is what a person signs in with beside the password.
type Factor uint8

// The factors.
const (
	Passkey Factor = iota + 1
	App            // codes from an authenticator
	RecoveryCodes
)

// FactorChange is an Event about a factor. Label is what the person calls it.
type FactorChange struct {
	Event
	Factor Factor
	Label  Name
}

func (f FactorChange) check(now time.Time) error {
	if f.Factor < Passkey || f.Factor > RecoveryCodes {
		return fault.New(fault.Invalid, "a notice says which factor")
	}
	return f.Event.check(now)
}

// LoginChange is an Event about a provider by which somebody signs in.
type LoginChange struct {
	Event
	Provider Name
}

// The letters.
type (
	// VerifyAddress asks whether an address is whose it was said to be.
	VerifyAddress struct{ Link }
	// ResetPassword lets somebody set a new password.
	ResetPassword struct{ Link }
	// ChangeAddress asks the new address of an account whether it is.
	ChangeAddress struct{ Link }
	// AddressChange tells the address that an account had until now. Done says that
	// the change has been made; before, it has only been asked for.
	AddressChange struct {
		Event
		Done bool
	}
	// PasswordChanged tells of a new password.
	PasswordChanged struct{ Event }
	// FactorAdded and FactorRemoved tell of a second factor.
	FactorAdded   struct{ FactorChange }
	FactorRemoved struct{ FactorChange }
	// LoginAdded and LoginRemoved tell of another provider by which somebody signs in.
	LoginAdded   struct{ LoginChange }
	LoginRemoved struct{ LoginChange }
	// NewSignIn tells of a sign-in from a device that was not seen before.
	NewSignIn struct{ Event }
	// SignInCode brings the code for a sign-in that waits for it until a moment.
	SignInCode struct {
		Event
		Code  string // digits
		Until time.Time
	}
	// RecoveryCodeUsed tells that one was used, and how many are left.
	RecoveryCodeUsed struct {
		Event
		Left int
	}
	// InviteSite, InviteOrganisation and InviteMap invite somebody.
	InviteSite struct {
		Link
		Inviter Name
	}
	InviteOrganisation struct {
		Link
		Inviter, Organisation Name
	}
	InviteMap struct {
		Link
		Inviter, Map Name
	}
	// InviteFolder invites to all the maps in one.
	InviteFolder struct {
		Link
		Inviter, Folder Name
	}
	// AccountDeleted tells that an account is gone.
	AccountDeleted struct{ Event }
	// TokenMade tells of a new token for the API.
	TokenMade struct {
		Event
		Label Name
	}
	// AccountExists tells whoever signed up, or wants this address for their account,
	// that an account has it.
	AccountExists struct{ Event }
	// PasskeyRefused tells of a passkey that seems to have a copy.
	PasskeyRefused struct{ FactorChange }
	// Alarm tells operators what is not as it should be; What are codes of package
	// durability.
	Alarm struct {
		Event
		What []string
	}
	// Test is what an operator sends to see whether mail arrives.
	Test struct{}
)

func (VerifyAddress) kind() Kind      { return KindVerifyAddress }
func (ResetPassword) kind() Kind      { return KindResetPassword }
func (ChangeAddress) kind() Kind      { return KindChangeAddress }
func (AddressChange) kind() Kind      { return KindAddressChange }
func (PasswordChanged) kind() Kind    { return KindPasswordChanged }
func (FactorAdded) kind() Kind        { return KindFactorAdded }
func (FactorRemoved) kind() Kind      { return KindFactorRemoved }
func (LoginAdded) kind() Kind         { return KindLoginAdded }
func (LoginRemoved) kind() Kind       { return KindLoginRemoved }
func (NewSignIn) kind() Kind          { return KindNewSignIn }
func (SignInCode) kind() Kind         { return KindSignInCode }
func (RecoveryCodeUsed) kind() Kind   { return KindRecoveryCodeUsed }
func (InviteSite) kind() Kind         { return KindInviteSite }
func (InviteOrganisation) kind() Kind { return KindInviteOrganisation }
func (InviteMap) kind() Kind          { return KindInviteMap }
func (InviteFolder) kind() Kind       { return KindInviteFolder }
func (AccountDeleted) kind() Kind     { return KindAccountDeleted }
func (TokenMade) kind() Kind          { return KindTokenMade }
func (AccountExists) kind() Kind      { return KindAccountExists }
func (PasskeyRefused) kind() Kind     { return KindPasskeyRefused }
func (Alarm) kind() Kind              { return KindAlarm }
func (Test) kind() Kind               { return KindTest }

// link has no path: a code leads nowhere, and is not sent any more once it is over.
func (c SignInCode) link() (string, time.Time) { return "", c.Until }

func (c SignInCode) check(now time.Time) error {
	if !isCode(c.Code) {
		return fault.New(fault.Invalid, "a code is a few digits")
	}
	if !c.Until.After(now) {
		return fault.New(fault.Invalid, "the code of a mail works for a while")
	}
	return c.Event.check(now)
}

// Apart is the code as it is read: in two halves.
func (c SignInCode) Apart() string {
	half := len(c.Code) / 2
	return c.Code[:half] + " " + c.Code[half:]
}

func (Test) link() (string, time.Time) { return "", time.Time{} }
func (Test) check(time.Time) error     { return nil }
