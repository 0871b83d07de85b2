package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Checkpoint is a log's word on how far it is and what it holds
// (https://c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

const (
	// maxCheckpoint bounds a checkpoint's text with its signatures, in bytes.
	maxCheckpoint = 16 << 10
	// maxSignatures bounds the signatures on one.
	maxSignatures = 100
	// ed25519Key is the first byte of the keys that are known here.
	ed25519Key = 1
)

// Key is somebody who signs checkpoints: a log, or a witness.
type Key struct {
	Name   string
	id     uint32
	public ed25519.PublicKey
}

// ErrKey says that a text is no key.
var ErrKey = errors.New("this is no key of a log: it has the form name+hash+key")

// ParseKey reads a key as https://c2sp.org/signed-note has it: name+hash+key.
func ParseKey(text string) (Key, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "+")
	sum, encoded, ok2 := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(encoded)
	id, ierr := strconv.ParseUint(sum, 16, 32)
	if !ok || !ok2 || err != nil || ierr != nil || len(sum) != 8 || !isName(name) || len(key) != 1+ed25519.PublicKeySize || key[0] != ed25519Key {
		return Key{}, ErrKey
	}
	k := Key{Name: name, id: keyID(name, key), public: key[1:]}
	if uint64(k.id) != id {
		return Key{}, ErrKey
	}
	return k, nil
}

func keyID(name string, key []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(h[:])
}

func isName(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '+' })
}

// ErrCheckpoint says what is wrong with a checkpoint.
type ErrCheckpoint struct{ what string }

// Error implements error.
func (e *ErrCheckpoint) Error() string { return "the checkpoint " + e.what }

// Open reads a checkpoint that one of the keys has signed, all of which have to be by name
// and signature what they say.
func Open(text []byte, by Key) (Checkpoint, error) {
	bad := func(what string) (Checkpoint, error) { return Checkpoint{}, &ErrCheckpoint{what} }
	if len(text) > maxCheckpoint || !utf8.Valid(text) {
		return bad("is no text of its form")
	}
	for _, c := range text {
		if c < ' ' && c != '\n' {
			return bad("is no text of its form")
		}
	}
	i := bytes.LastIndex(text, []byte("\n\n"))
	if i < 0 || text[len(text)-1] != '\n' {
		return bad("has no signatures")
	}
	body, signatures := text[:i+1], strings.Split(strings.TrimSuffix(string(text[i+2:]), "\n"), "\n")
	if len(signatures) > maxSignatures {
		return bad("has too many signatures")
	}
	signed := false
	for _, line := range signatures {
		name, sig, err := parseSignature(line)
		if err != nil {
			return bad("has a signature of another form")
		}
		if name != by.Name || binary.BigEndian.Uint32(sig) != by.id {
			continue // somebody else's
		}
		if !ed25519.Verify(by.public, body, sig[4:]) {
			return bad("was changed: the signature of " + by.Name + " is of another text")
		}
		signed = true
	}
	if !signed {
		return bad("is not signed by " + by.Name)
	}
	return parseCheckpoint(string(body))
}

// parseSignature reads a line "— name base64(id || signature)".
func parseSignature(line string) (name string, sig []byte, err error) {
	rest, ok := strings.CutPrefix(line, "— ")
	name, encoded, ok2 := strings.Cut(rest, " ")
	sig, err = base64.StdEncoding.DecodeString(encoded)
	if !ok || !ok2 || err != nil || !isName(name) || len(sig) < 5 {
		return "", nil, errors.New("no signature")
	}
	return name, sig, nil
}

// parseCheckpoint reads origin, size and root, a line each; further lines are for others.
func parseCheckpoint(body string) (c Checkpoint, err error) {
	lines := strings.Split(body, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return c, &ErrCheckpoint{"is no text of its form"}
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	root, rerr := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || rerr != nil || len(root) != HashSize || strconv.FormatUint(size, 10) != lines[1] {
		return c, &ErrCheckpoint{"is no text of its form"}
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}, nil
}

// String says it in one line.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s at %d: %s", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}
