package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"plectica/internal/fault"
	"plectica/internal/mail"
)

const (
	// MinPassword is the least length of a password in characters.
	MinPassword = 15
	// maxPasswordBytes bounds what is hashed.
	maxPasswordBytes = 1024
	maxEmailBytes    = 254
	maxNameRunes     = 100
	maxNameBytes     = 400
)

// CleanEmail returns the form e-mails are compared in: the domain in ASCII, all of it
// in lower case. Mail goes to this form and to no other, whatever was typed: so what
// only looks like another's address gets no mail of theirs. The error has kind
// fault.Invalid.
func CleanEmail(s string) (string, error) {
	bad := fault.New(fault.Invalid, "this is no e-mail address")
	s = strings.TrimSpace(s)
	if len(s) > maxEmailBytes || !utf8.ValidString(s) {
		return "", bad
	}
	local, _, _ := strings.Cut(norm.NFC.String(s), "@")
	if !norm.NFKC.IsNormalString(local) || strings.ContainsFunc(local, turnsASCII) {
		return "", fault.New(fault.Invalid, "the e-mail address has characters that stand for others; type it plainly")
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return "", bad
	}
	a.Local = strings.ToLower(a.Local)
	return a.String(), nil
}

// turnsASCII reports whether a letter beyond ASCII has one of ASCII as its small form,
// as the Turkish capital I with a dot and the sign of the kelvin.
func turnsASCII(r rune) bool { return r >= utf8.RuneSelf && unicode.ToLower(r) < utf8.RuneSelf }

// cleanName returns a name fit to be shown to others.
func cleanName(s string) (string, error) {
	bad := fault.New(fault.Invalid, "a name has 1 to 100 characters")
	if len(s) > maxNameBytes || !utf8.ValidString(s) {
		return "", bad
	}
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	if s == "" || utf8.RuneCountInString(s) > maxNameRunes {
		return "", bad
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return "", fault.New(fault.Invalid, "a name holds characters that cannot be seen")
		}
	}
	return s, nil
}

// CheckPassword says what is wrong with a new password. There are no rules of
// composition: only length, and that it is not among the first to be tried. site is
// what the site calls itself.
func CheckPassword(password, email, name, site string) error {
	if len(password) > maxPasswordBytes {
		return fault.New(fault.Invalid, "a password has at most 1024 bytes")
	}
	if !utf8.ValidString(password) {
		return fault.New(fault.Invalid, "the password is not text")
	}
	p := norm.NFC.String(password)
	if utf8.RuneCountInString(p) < MinPassword {
		return fault.New(fault.Invalid, "a password has at least 15 characters; a few words make a good one")
	}
	if guessable(strings.ToLower(p), knownWords(email, name, site)) {
		return fault.New(fault.Invalid, "this password is among the first that others would try")
	}
	return nil
}
