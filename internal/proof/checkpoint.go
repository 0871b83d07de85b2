package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
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
	At     int64 // when the log says it was, in milliseconds since 1970; 0: it does not say
}

const (
	// maxCheckpoint bounds a checkpoint's text with its signatures, in bytes.
	maxCheckpoint = 16 << 10
	// maxSignatures bounds the signatures on one.
	maxSignatures = 100
	// logKey and witnessKey are the first bytes of keys: what is signed with them is the text,
	// or the text and when.
	logKey     = 1
	witnessKey = 4
)

// Key is somebody who signs checkpoints: a log, or a witness.
type Key struct {
	Name   string
	id     uint32
	kind   byte
	public ed25519.PublicKey
}

var (
	// ErrKey says that a text is no key of a log.
	ErrKey = errors.New("this is no key of a log: it has the form name+hash+key")
	// ErrWitnessKey says that a text is no key of a witness.
	ErrWitnessKey = errors.New("this is no key of a witness: it has the form name+hash+key")
)

// ParseKey reads a log's key as https://c2sp.org/signed-note has it: name+hash+key.
func ParseKey(text string) (Key, error) {
	k, err := parseKey(text)
	if err != nil || k.kind != logKey {
		return Key{}, ErrKey
	}
	return k, nil
}

// ParseWitness reads a witness's key as https://c2sp.org/tlog-cosignature has it for Ed25519.
func ParseWitness(text string) (Key, error) {
	k, err := parseKey(text)
	if err != nil || k.kind != witnessKey {
		return Key{}, ErrWitnessKey
	}
	return k, nil
}

func parseKey(text string) (Key, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "+")
	sum, encoded, ok2 := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	id, ierr := strconv.ParseUint(sum, 16, 32)
	if !ok || !ok2 || err != nil || ierr != nil || len(sum) != 8 || !isName(name) || len(key) != 1+ed25519.PublicKeySize {
		return Key{}, ErrKey
	}
	k := Key{Name: name, id: keyID(name, key), kind: key[0], public: key[1:]}
	if uint64(k.id) != id {
		return Key{}, ErrKey
	}
	return k, nil
}

func keyID(name string, key []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(h[:])
}

// cosigned is the length of a witness's signature: when it was made, in seconds, and Ed25519's.
const cosigned = 8 + ed25519.SignatureSize

// signed checks a signature of a checkpoint's text, which is without the key's id.
func (k Key) signed(body, sig []byte) bool {
	if k.kind == logKey {
		return ed25519.Verify(k.public, body, sig)
	}
	if len(sig) != cosigned {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(k.public, Cosigned(body, at), sig[8:])
}

// Cosigned is what a witness signs of a checkpoint's text at a time, in seconds since 1970
// (https://c2sp.org/tlog-cosignature).
func Cosigned(body []byte, at uint64) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), body...)
}

func isName(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '+' })
}

// ErrCheckpoint says what is wrong with a checkpoint.
type ErrCheckpoint struct{ what string }

// Error implements error.
func (e *ErrCheckpoint) Error() string { return "the checkpoint " + e.what }

// Open reads a checkpoint that a log has signed, and every one of the witnesses too, if there
// are any. Signatures by others are not looked at, and count for nothing.
func Open(text []byte, log Key, witnesses ...Key) (Checkpoint, error) {
	body, signatures, err := cut(text)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, by := range append([]Key{log}, witnesses...) {
		if err := signedBy(body, signatures, by); err != nil {
			return Checkpoint{}, err
		}
	}
	return parseCheckpoint(string(body))
}

// cut parts a checkpoint's text from the lines with its signatures.
func cut(text []byte) (body []byte, signatures []string, err error) {
	if len(text) > maxCheckpoint || !utf8.Valid(text) {
		return nil, nil, &ErrCheckpoint{"is no text of its form"}
	}
	for _, c := range text {
		if c < ' ' && c != '\n' {
			return nil, nil, &ErrCheckpoint{"is no text of its form"}
		}
	}
	i := bytes.LastIndex(text, []byte("\n\n"))
	if i < 0 || text[len(text)-1] != '\n' {
		return nil, nil, &ErrCheckpoint{"has no signatures"}
	}
	signatures = strings.Split(strings.TrimSuffix(string(text[i+2:]), "\n"), "\n")
	if len(signatures) > maxSignatures {
		return nil, nil, &ErrCheckpoint{"has too many signatures"}
	}
	return text[:i+1], signatures, nil
}

// signedBy checks that a key signed a text, and that whatever says to be by it is.
func signedBy(body []byte, signatures []string, by Key) error {
	signed := false
	for _, line := range signatures {
		name, sig, err := parseSignature(line)
		if err != nil {
			return &ErrCheckpoint{"has a signature of another form"}
		}
		if name != by.Name || binary.BigEndian.Uint32(sig) != by.id {
			continue // somebody else's
		}
		if !by.signed(body, sig[4:]) {
			return &ErrCheckpoint{"was changed: the signature of " + by.Name + " is of another text"}
		}
		signed = true
	}
	if !signed {
		return &ErrCheckpoint{"is not signed by " + by.Name}
	}
	return nil
}

// parseSignature reads a line "— name base64(id || signature)".
func parseSignature(line string) (name string, sig []byte, err error) {
	rest, ok := strings.CutPrefix(line, "— ")
	name, encoded, ok2 := strings.Cut(rest, " ")
	sig, err = base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || !ok2 || err != nil || !isName(name) || len(sig) < 5 {
		return "", nil, errors.New("no signature")
	}
	return name, sig, nil
}

// parseCheckpoint reads origin, size and root, a line each. Of further lines, which are never
// empty, the one is known here that says when; others are for others.
func parseCheckpoint(body string) (c Checkpoint, err error) {
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) < 3 || slices.Contains(lines, "") {
		return c, &ErrCheckpoint{"is no text of its form"}
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	root, rerr := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || rerr != nil || len(root) != HashSize || strconv.FormatUint(size, 10) != lines[1] {
		return c, &ErrCheckpoint{"is no text of its form"}
	}
	c = Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}
	if len(lines) > 3 {
		if text, ok := strings.CutPrefix(lines[3], "at "); ok {
			c.At, _ = strconv.ParseInt(text, 10, 64) // another form says no time
		}
	}
	return c, nil
}

// String says it in one line.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s at %d: %s", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Split parts a file of checkpoints into them: a witness keeps them with an empty line between
// one and the next. A file of one is that one. Nothing is checked but where each ends.
func Split(file []byte) ([][]byte, error) {
	var out [][]byte
	for len(file) > 0 {
		body := bytes.Index(file, []byte("\n\n"))
		if body < 0 {
			return nil, &ErrCheckpoint{"has no signatures"}
		}
		end, rest := len(file), len(file)
		if i := bytes.Index(file[body+2:], []byte("\n\n")); i >= 0 {
			end, rest = body+2+i+1, body+2+i+2
		}
		out, file = append(out, file[:end]), file[rest:]
	}
	if len(out) == 0 {
		return nil, &ErrCheckpoint{"is not there: the file is empty"}
	}
	return out, nil
}

// OpenAll opens every checkpoint of a file as Open does, and says of which one, from 1, what is
// wrong with it.
func OpenAll(file []byte, log Key, witnesses ...Key) ([]Checkpoint, error) {
	texts, err := Split(file)
	if err != nil {
		return nil, err
	}
	var out []Checkpoint
	for i, text := range texts {
		c, err := Open(text, log, witnesses...)
		if err != nil && len(texts) > 1 {
			return nil, fmt.Errorf("number %d of %d: %w", i+1, len(texts), err)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
