package witness

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"plectica/internal/fault"
	"plectica/internal/keyfile"
	"plectica/internal/proof"
)

// algorithm is the first byte of keys of witnesses with Ed25519, by
// https://c2sp.org/tlog-cosignature.
const algorithm = 4

// cosigner is one version of the key by which a witness signs.
type cosigner struct {
	name    string
	private ed25519.PrivateKey
}

// cosigners returns all versions of a witness's key, the newest first, under a name that
// follows from the first.
func cosigners(k keyfile.Keys) []cosigner {
	var out []cosigner
	name := ""
	for version := 1; version <= k.Current(); version++ {
		seed, ok := k.Key(version)
		if !ok {
			continue
		}
		private := ed25519.NewKeyFromSeed(seed)
		if name == "" {
			h := sha256.Sum256(private.Public().(ed25519.PublicKey))
			name = "plectica-witness/" + hex.EncodeToString(h[:8])
		}
		out = append([]cosigner{{name, private}}, out...)
	}
	return out
}

// public is the key as notes have it.
func (c cosigner) public() []byte {
	return append([]byte{algorithm}, c.private.Public().(ed25519.PublicKey)...)
}

// id tells signatures of this key from others'.
func (c cosigner) id() []byte {
	h := sha256.Sum256(append([]byte(c.name+"\n"), c.public()...))
	return h[:4]
}

// text is the key as others are told it.
func (c cosigner) text() string {
	return fmt.Sprintf("%s+%x+%s", c.name, c.id(), base64.StdEncoding.EncodeToString(c.public()))
}

// key is what the cosigner's signatures are checked with, by what checks everybody's.
func (c cosigner) key() (proof.Key, error) {
	k, err := proof.ParseWitness(c.text())
	if err != nil {
		return k, fault.Wrap(fault.Internal, "read the witness's own key", err)
	}
	return k, nil
}

// line is the line with which a checkpoint's text is cosigned at a time, to the second.
func (c cosigner) line(body []byte, now time.Time) string {
	at := uint64(max(now.Unix(), 0))
	sig := binary.BigEndian.AppendUint64(c.id(), at)
	sig = append(sig, ed25519.Sign(c.private, proof.Cosigned(body, at))...)
	return fmt.Sprintf("— %s %s\n", c.name, base64.StdEncoding.EncodeToString(sig))
}
