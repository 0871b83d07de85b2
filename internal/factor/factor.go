// Package factor is the ways in which people and programs show who they are, beside
// passwords: codes that change with time, codes that work once, passkeys, and the
// tokens of programs. It is the forms and the mathematics alone: it stores nothing,
// knows no accounts and asks no clock, and says of what does not hold only that it does
// not. Everything here is safe for concurrent use.
package factor

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"

	"plectica/internal/fault"
	"plectica/internal/keyfile"
)

// Sealer keeps small secrets so that the database alone does not tell them.
type Sealer struct{ keys keyfile.Keys }

// NewSealer returns a sealer with keys.
func NewSealer(k keyfile.Keys) Sealer { return Sealer{k} }

// versionBytes is the length of the key's version in front of what is sealed.
const versionBytes = 2

func (s Sealer) aead(version int) (cipher.AEAD, error) {
	key, ok := s.keys.Key(version)
	if !ok {
		return nil, fault.New(fault.Internal, "a secret was sealed with a key that is not in the key file")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal a secret", err)
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal a secret", err)
	}
	return a, nil
}

// Seal encrypts a secret with AES-256-GCM for one owner: it opens for no other.
func (s Sealer) Seal(secret, owner []byte) ([]byte, error) {
	a, err := s.aead(s.keys.Current())
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(s.keys.Current()))
	return a.Seal(out, nil, secret, owner), nil
}

// Open decrypts what was sealed for an owner.
func (s Sealer) Open(sealed, owner []byte) ([]byte, error) {
	damaged := fault.New(fault.Internal, "a sealed secret does not open")
	if len(sealed) < versionBytes {
		return nil, damaged
	}
	a, err := s.aead(int(binary.BigEndian.Uint16(sealed)))
	if err != nil {
		return nil, err
	}
	secret, err := a.Open(nil, nil, sealed[versionBytes:], owner)
	if err != nil {
		return nil, damaged
	}
	return secret, nil
}

// random returns so many random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	return b
}
