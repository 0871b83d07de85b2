package factor

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"plectica/internal/fault"
)

const (
	// PasskeyTime is how long a passkey's owner has for an answer.
	PasskeyTime = 5 * time.Minute
	// handleBytes is the length of what a passkey knows its owner by.
	handleBytes = 32
	// MaxPasskeyBody bounds a passkey's answer, in bytes.
	MaxPasskeyBody = 32 << 10
	// maxKeyID bounds what a passkey calls itself, in bytes, as the standard does.
	maxKeyID = 1023
)

// Site is where a page of ours came from: passkeys are for one name.
type Site struct {
	Name   string // what people call it
	RP     string // its host name
	Origin string
}

// SiteOf returns the site of an origin, which must be one of the server's own.
func SiteOf(name, origin string, own []string) (Site, error) {
	if origin == "" || !slices.Contains(own, origin) {
		return Site{}, fault.New(fault.Permission, "passkeys work only on this server's own pages")
	}
	u, err := url.Parse(origin)
	if err != nil {
		return Site{}, fault.Wrap(fault.Internal, "read an origin of our own", err)
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err == nil {
		return Site{}, fault.New(fault.Invalid, "passkeys need a name: open this site by its name instead of its number address")
	}
	return Site{Name: name, RP: host, Origin: origin}, nil
}

// Passkey is what is kept of a key that a device keeps.
type Passkey struct {
	Handle     []byte   `json:"h"` // what it knows its owner by: random, not the account
	ID         []byte   `json:"i"`
	Key        []byte   `json:"k"`
	Flags      byte     `json:"f"`
	Count      uint32   `json:"n"` // how often it was used, as it says; many stay at 0
	Model      []byte   `json:"m,omitempty"`
	Transports []string `json:"t,omitempty"`
	RP         string   `json:"r"` // the name it works for
}

// Hash names the passkey in the store.
func (p Passkey) Hash() [sha256.Size]byte { return sha256.Sum256(p.ID) }

// Encode returns what is stored.
func (p Passkey) Encode() ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "write a passkey", err)
	}
	return b, nil
}

// DecodePasskey reads what was stored.
func DecodePasskey(b []byte) (Passkey, error) {
	var p Passkey
	if err := json.Unmarshal(b, &p); err != nil {
		return Passkey{}, fault.Wrap(fault.Internal, "read a passkey", err)
	}
	return p, nil
}

func (p Passkey) descriptor() protocol.CredentialDescriptor {
	d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: p.ID}
	for _, t := range p.Transports {
		d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
	}
	return d
}

func (p Passkey) credential() webauthn.Credential {
	return webauthn.Credential{
		ID: p.ID, PublicKey: p.Key, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(p.Flags)),
		Authenticator: webauthn.Authenticator{AAGUID: p.Model, SignCount: p.Count},
	}
}

// Owner is whose passkeys they are. Without a Handle they have none yet.
type Owner struct {
	Handle      []byte
	Email, Name string
	Keys        []Passkey
}

// WebAuthnID implements webauthn.User.
func (o Owner) WebAuthnID() []byte { return o.Handle }

// WebAuthnName implements webauthn.User.
func (o Owner) WebAuthnName() string { return o.Email }

// WebAuthnDisplayName implements webauthn.User.
func (o Owner) WebAuthnDisplayName() string { return o.Name }

// WebAuthnCredentials implements webauthn.User.
func (o Owner) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, 0, len(o.Keys))
	for _, k := range o.Keys {
		out = append(out, k.credential())
	}
	return out
}

// Challenge is what was asked of a passkey. It is kept until the answer comes, which
// is checked once.
type Challenge struct {
	Random string   `json:"c"`
	Site   Site     `json:"s"`
	Handle []byte   `json:"h,omitempty"` // whose; none: whoever answers
	Keys   [][]byte `json:"k,omitempty"` // which; none: any
}

func (c Challenge) session() webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: c.Random, RelyingPartyID: c.Site.RP, Origin: c.Site.Origin, UserID: c.Handle, AllowedCredentialIDs: c.Keys,
		UserVerification: protocol.VerificationRequired, CredParams: algorithms(),
	}
}

// algorithms are the signatures that count.
func algorithms() []protocol.CredentialParameter {
	var out []protocol.CredentialParameter
	for _, a := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		out = append(out, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a})
	}
	return out
}

func (s Site) party() (*webauthn.WebAuthn, error) {
	limit := webauthn.TimeoutConfig{Timeout: PasskeyTime, TimeoutUVD: PasskeyTime}
	w, err := webauthn.New(&webauthn.Config{
		RPID: s.RP, RPDisplayName: s.Name, RPOrigins: []string{s.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: limit, Registration: limit},
		// Extensions that nobody asked for change nothing.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "ask for a passkey", err)
	}
	return w, nil
}

// Register asks for a new passkey. The options are for the page's
// PublicKeyCredential.parseCreationOptionsFromJSON.
func (s Site) Register(o Owner) (options json.RawMessage, c Challenge, err error) {
	w, err := s.party()
	if err != nil {
		return nil, Challenge{}, err
	}
	if len(o.Handle) == 0 {
		o.Handle = random(handleBytes)
	}
	var known []protocol.CredentialDescriptor
	for _, k := range o.Keys {
		known = append(known, k.descriptor())
	}
	made, session, err := w.BeginRegistration(o, webauthn.WithExclusions(known), webauthn.WithCredentialParameters(algorithms()))
	if err != nil {
		return nil, Challenge{}, fault.Wrap(fault.Internal, "ask for a new passkey", err)
	}
	return encodeOptions(made.Response, Challenge{Random: session.Challenge, Site: s, Handle: o.Handle})
}

// Ask asks for a passkey's signature: of one of an owner's, or of any for a zero Owner.
// The options are for the page's PublicKeyCredential.parseRequestOptionsFromJSON.
func (s Site) Ask(o Owner) (options json.RawMessage, c Challenge, err error) {
	w, err := s.party()
	if err != nil {
		return nil, Challenge{}, err
	}
	c = Challenge{Site: s, Handle: o.Handle}
	var allowed []protocol.CredentialDescriptor
	for _, k := range o.Keys {
		if k.RP == s.RP {
			allowed, c.Keys = append(allowed, k.descriptor()), append(c.Keys, k.ID)
		}
	}
	if o.Handle != nil && len(allowed) == 0 {
		return nil, Challenge{}, fault.New(fault.NotFound, "no passkey of this account works at this address")
	}
	made, session, err := w.BeginDiscoverableLogin(webauthn.WithAllowedCredentials(allowed))
	if err != nil {
		return nil, Challenge{}, fault.Wrap(fault.Internal, "ask for a passkey", err)
	}
	c.Random = session.Challenge
	return encodeOptions(made.Response, c)
}

func encodeOptions(options any, c Challenge) (json.RawMessage, Challenge, error) {
	b, err := json.Marshal(options)
	if err != nil {
		return nil, Challenge{}, fault.Wrap(fault.Internal, "ask for a passkey", err)
	}
	return b, c, nil
}

func refused(err error) error {
	return fault.Wrap(fault.Invalid, "the passkey's answer does not hold; try again", err)
}

// Registered checks the answer to Register.
func (c Challenge) Registered(body []byte) (Passkey, error) {
	if len(body) > MaxPasskeyBody {
		return Passkey{}, refused(nil)
	}
	w, err := c.Site.party()
	if err != nil {
		return Passkey{}, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(body)
	if err != nil {
		return Passkey{}, refused(err)
	}
	made, err := w.CreateCredential(Owner{Handle: c.Handle}, c.session(), answer)
	if err != nil {
		return Passkey{}, refused(err)
	}
	if len(made.ID) > maxKeyID {
		return Passkey{}, refused(nil)
	}
	p := Passkey{
		Handle: c.Handle, ID: made.ID, Key: made.PublicKey, Flags: made.Flags.MsgpByte(),
		Count: made.Authenticator.SignCount, Model: made.Authenticator.AAGUID, RP: c.Site.RP,
	}
	for _, t := range made.Transport {
		if knownTransport(t) {
			p.Transports = append(p.Transports, string(t))
		}
	}
	return p, nil
}

// knownTransport keeps out what a page could make up.
func knownTransport(t protocol.AuthenticatorTransport) bool {
	return slices.Contains([]protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal}, t)
}

// Answer is a passkey's signature before it is checked.
type Answer struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// ParseAnswer reads the answer to Ask.
func ParseAnswer(body []byte) (Answer, error) {
	if len(body) > MaxPasskeyBody {
		return Answer{}, refused(nil)
	}
	a, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return Answer{}, refused(err)
	}
	return Answer{a}, nil
}

// Hash names the passkey that answers, in the store.
func (a Answer) Hash() [sha256.Size]byte { return sha256.Sum256(a.parsed.RawID) }

// Check says whether an answer to a challenge is a passkey's, and returns the passkey
// as it is to be kept now. When it counts backwards it has a copy somewhere: then the
// answer does not hold and copied is set.
func (c Challenge) Check(a Answer, p Passkey) (now Passkey, copied bool, err error) {
	w, err := c.Site.party()
	if err != nil {
		return Passkey{}, false, err
	}
	handle := a.parsed.Response.UserHandle
	if p.RP != c.Site.RP || len(handle) > 0 && !bytes.Equal(handle, p.Handle) || len(c.Handle) > 0 && !bytes.Equal(c.Handle, p.Handle) {
		return Passkey{}, false, refused(nil)
	}
	if len(c.Keys) > 0 && !slices.ContainsFunc(c.Keys, func(k []byte) bool { return bytes.Equal(k, p.ID) }) {
		return Passkey{}, false, refused(nil)
	}
	session := c.session()
	session.UserID, session.AllowedCredentialIDs = p.Handle, nil
	used, err := w.ValidateLogin(Owner{Handle: p.Handle, Keys: []Passkey{p}}, session, a.parsed)
	if err != nil {
		return Passkey{}, false, refused(err)
	}
	if used.Authenticator.CloneWarning {
		return Passkey{}, true, fault.New(fault.Permission, "this passkey counts backwards, as a copy of it would; use another way, and remove it")
	}
	p.Count, p.Flags = used.Authenticator.SignCount, used.Flags.MsgpByte()
	return p, false, nil
}
