// Package factortest is a passkey in software, for tests: it answers as a browser with
// a real one does, and can be told to answer wrongly. It is never part of the server.
// A Device is for one goroutine.
package factortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Flags of what an authenticator did.
const (
	Present  = 1 << 0
	Verified = 1 << 2
	attested = 1 << 6
)

// Device is a device with at most one passkey.
type Device struct {
	Origin string // of the page
	RP     string // empty: what was asked for
	Flags  byte
	Count  uint32
	Cross  bool // the page is in a frame of another site's
	// Mute leaves the owner's handle out, as keys do that were named by the site.
	Mute bool

	id, handle []byte
	key        *ecdsa.PrivateKey
}

// New returns a device whose owner shows that they are.
func New(origin string) *Device { return &Device{Origin: origin, Flags: Present | Verified} }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (d *Device) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": d.Cross})
	if err != nil {
		panic(err) // strings and a bool
	}
	return b
}

func (d *Device) data(rp string, more byte) []byte {
	if d.RP != "" {
		rp = d.RP
	}
	h := sha256.Sum256([]byte(rp))
	out := append(h[:], d.Flags|more)
	return binary.BigEndian.AppendUint32(out, d.Count)
}

// byteString begins a CBOR string of bytes.
func byteString(b []byte) []byte {
	out := []byte{0x59, byte(len(b) >> 8), byte(len(b))}
	return append(out, b...)
}

// Create makes the passkey and answers as navigator.credentials.create does.
func (d *Device) Create(t testing.TB, opts []byte) []byte {
	t.Helper()
	var o options
	if err := json.Unmarshal(opts, &o); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	d.id = make([]byte, 32)
	rand.Read(d.id) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	if d.handle, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		t.Fatal(err)
	}
	public, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	// {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32}, public[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 32), public[33:]...)
	auth := append(d.data(o.RP.ID, attested), make([]byte, 16)...)
	auth = append(append(auth, 0, byte(len(d.id))), d.id...)
	auth = append(auth, cose...)
	// {"fmt": "none", "attStmt": {}, "authData": …}
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(object, byteString(auth)...)
	return answer(t, d.id, map[string]any{
		"clientDataJSON": b64(d.client("webauthn.create", o.Challenge)), "attestationObject": b64(object), "transports": []string{"internal", "made-up"},
	})
}

// Get signs and answers as navigator.credentials.get does.
func (d *Device) Get(t testing.TB, opts []byte) []byte {
	t.Helper()
	var o options
	if err := json.Unmarshal(opts, &o); err != nil {
		t.Fatal(err)
	}
	client, auth := d.client("webauthn.get", o.Challenge), d.data(o.RPID, 0)
	clientHash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, auth...), clientHash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	response := map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(auth), "signature": b64(sig)}
	if !d.Mute {
		response["userHandle"] = b64(d.handle)
	}
	return answer(t, d.id, response)
}

func answer(t testing.TB, id []byte, response map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{
		"id": b64(id), "rawId": b64(id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Handle is what the passkey knows its owner by.
func (d *Device) Handle() []byte { return d.handle }

// Forge is Get with another's key, as somebody would who knows the passkey's name only.
func (d *Device) Forge(t testing.TB, opts []byte) []byte {
	t.Helper()
	other := *d
	var err error
	if other.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	return other.Get(t, opts)
}
