package factor

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash/crc32"
	"strings"
)

const (
	// RecoveryCodes is how many codes a set has.
	RecoveryCodes = 10
	// recoveryBytes and recoveryChars are the length of a code: 120 bits, five in each
	// character. That is enough to keep a plain hash of it.
	recoveryBytes = 15
	recoveryChars = 24
	recoveryGroup = 4
	// maxRecoveryText bounds what is read as a code, in bytes.
	maxRecoveryText = 64
	// recoveryAlphabet leaves out what is taken for another: i, l, o and u.
	recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
)

// NewRecovery returns a set of codes that work once, and what is kept of them.
func NewRecovery() (texts []string, hashes [][sha256.Size]byte) {
	for range RecoveryCodes {
		plain := recoveryText(random(recoveryBytes))
		hashes = append(hashes, sha256.Sum256([]byte(plain)))
		var groups []string
		for i := 0; i < len(plain); i += recoveryGroup {
			groups = append(groups, plain[i:i+recoveryGroup])
		}
		texts = append(texts, strings.Join(groups, "-"))
	}
	return texts, hashes
}

func recoveryText(b []byte) string {
	var out strings.Builder
	bits, have := uint(0), 0
	for _, v := range b {
		bits, have = bits<<8|uint(v), have+8
		for have >= 5 {
			have -= 5
			out.WriteByte(recoveryAlphabet[bits>>have&31])
		}
	}
	return out.String()
}

// ParseRecovery returns what is kept of a code, however it was typed: with other
// groups, in capitals, with an o for a zero.
func ParseRecovery(text string) ([sha256.Size]byte, bool) {
	if len(text) > maxRecoveryText {
		return [sha256.Size]byte{}, false
	}
	plain := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(text))
	if len(plain) != recoveryChars || strings.Trim(plain, recoveryAlphabet) != "" {
		return [sha256.Size]byte{}, false
	}
	return sha256.Sum256([]byte(plain)), true
}

const (
	// TokenPrefix begins every token, so that people and programs that look for
	// secrets know one.
	TokenPrefix = "plec_"
	tokenBytes  = 32
	tokenChars  = 43
	tokenSum    = 6
	tokenLength = len(TokenPrefix) + tokenChars + 1 + tokenSum
	tokenHint   = 4
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewToken returns a program's token, what is kept of it, and the end that people know
// it by.
func NewToken() (text string, hash [sha256.Size]byte, hint string) {
	b := random(tokenBytes)
	body := TokenPrefix + base64.RawURLEncoding.EncodeToString(b)
	text = body + "_" + checksum(body)
	return text, sha256.Sum256(b), text[len(text)-tokenHint:]
}

// checksum tells a mistyped or shortened token before anything is looked up. It is no
// protection.
func checksum(body string) string {
	var out [tokenSum]byte
	v := crc32.ChecksumIEEE([]byte(body))
	for i := range out {
		out[tokenSum-1-i] = base62[v%62]
		v /= 62
	}
	return string(out[:])
}

// ParseToken returns what would be kept of a token.
func ParseToken(text string) ([sha256.Size]byte, bool) {
	none := [sha256.Size]byte{}
	if len(text) != tokenLength || !strings.HasPrefix(text, TokenPrefix) || text[tokenLength-tokenSum-1] != '_' {
		return none, false
	}
	body, sum := text[:tokenLength-tokenSum-1], text[tokenLength-tokenSum:]
	if subtle.ConstantTimeCompare([]byte(checksum(body)), []byte(sum)) != 1 {
		return none, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(body[len(TokenPrefix):])
	if err != nil || len(b) != tokenBytes { // the decoder passes over line ends
		return none, false
	}
	return sha256.Sum256(b), true
}
