// Package id holds the typed 128-bit identifiers of the field: maps, objects,
// clients, accounts. It makes none itself: whoever needs a new one brings the
// randomness. Everything here is a value and safe for concurrent use.
package id

import "plectica/internal/fault"

// Size is the length of every identifier in bytes.
const Size = 16

// TextLen is the length of an identifier's text form in characters.
const TextLen = 26

// Map names a map.
type Map [Size]byte

// Object names a card, relationship, perspective or distinction in a map.
type Object [Size]byte

// Client names one queue of pending edits, in practice one browser tab.
type Client [Size]byte

// Account names a person's account.
type Account [Size]byte

// Nonce names one connection of a client.
type Nonce [Size]byte

// Root is the place of cards that lie on the map itself.
var Root Object

// String returns the text form.
func (v Map) String() string { return Format(v) }

// String returns the text form.
func (v Object) String() string { return Format(v) }

// String returns the text form.
func (v Client) String() string { return Format(v) }

// String returns the text form.
func (v Account) String() string { return Format(v) }

// String returns the text form.
func (v Nonce) String() string { return Format(v) }

// IsZero reports whether v is the zero identifier.
func IsZero[T ~[Size]byte](v T) bool { return v == T{} }

// alphabet is base32hex in lower case: it sorts as the bytes do.
const alphabet = "0123456789abcdefghijklmnopqrstuv"

// Format returns v as TextLen characters that sort as the bytes do.
func Format[T ~[Size]byte](v T) string {
	var out [TextLen]byte
	for i := range out {
		out[i] = alphabet[bitsAt(v, i*5)]
	}
	return string(out[:])
}

// bitsAt returns the five bits of v that start at bit i; bits past the end are zero.
func bitsAt[T ~[Size]byte](v T, i int) byte {
	w := uint16(v[i/8]) << 8
	if i/8+1 < Size {
		w |= uint16(v[i/8+1])
	}
	return byte(w>>(11-i%8)) & 31
}

// Parse reads the text form back. The error has kind fault.Invalid.
func Parse[T ~[Size]byte](s string) (T, error) {
	var v T
	if len(s) != TextLen {
		return v, fault.New(fault.Invalid, "identifier has the wrong length")
	}
	for i := range len(s) {
		d, ok := digit(s[i])
		if !ok {
			return T{}, fault.New(fault.Invalid, "identifier has a wrong character")
		}
		putBits(&v, i*5, d)
	}
	if Format(v) != s { // the last character carries three bits only
		return T{}, fault.New(fault.Invalid, "identifier is not canonical")
	}
	return v, nil
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'v':
		return c - 'a' + 10, true
	}
	return 0, false
}

func putBits[T ~[Size]byte](v *T, i int, d byte) {
	w := uint16(d) << (11 - i%8)
	(*v)[i/8] |= byte(w >> 8)
	if i/8+1 < Size {
		(*v)[i/8+1] |= byte(w)
	}
}

// FromBytes copies a 16-byte slice into an identifier.
// The error has kind fault.Invalid.
func FromBytes[T ~[Size]byte](b []byte) (T, error) {
	if len(b) != Size {
		return T{}, fault.New(fault.Invalid, "identifier has the wrong length")
	}
	return T(b), nil
}

// Compare orders two identifiers by their bytes.
func Compare[T ~[Size]byte](a, b T) int {
	for i := range Size {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}
