package mail

import (
	netmail "net/mail"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"plectica/internal/fault"
)

const (
	// maxAddressBytes and maxLocalBytes are RFC 5321's bounds.
	maxAddressBytes = 254
	maxLocalBytes   = 64
	// maxDomainBytes and maxLabelBytes are DNS's.
	maxDomainBytes = 253
	maxLabelBytes  = 63
)

// Address is where a mail goes, or comes from.
type Address struct {
	Name   string // shown with it; may be empty
	Local  string
	Domain string // in lower case and ASCII
}

// String returns the address without the name.
func (a Address) String() string { return a.Local + "@" + a.Domain }

// Hidden returns what may be told of it in a log: its domain.
func (a Address) Hidden() string { return "…@" + a.Domain }

// ascii reports whether every mail server can take the address.
func (a Address) ascii() bool { return isASCII(a.Local) }

func (a Address) header() *netmail.Address {
	return &netmail.Address{Name: a.Name, Address: a.String()}
}

func errAddress() error {
	return fault.New(fault.Invalid, "this is no e-mail address that mail can be sent to")
}

// ParseAddress reads a plain address such as ada@example.org. Quoted names, comments
// and addresses of machines, which the standard allows and nobody has, are refused.
func ParseAddress(s string) (Address, error) {
	if len(s) > maxAddressBytes || !utf8.ValidString(s) {
		return Address{}, errAddress()
	}
	local, domain, ok := strings.Cut(norm.NFC.String(s), "@")
	if !ok || !isLocal(local) {
		return Address{}, errAddress()
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isDomain(domain) || len(local)+1+len(domain) > maxAddressBytes {
		return Address{}, errAddress()
	}
	return Address{Local: local, Domain: domain}, nil
}

// ParseSender reads whom mail is from: an address, or a name and an address in
// angle brackets.
func ParseSender(s string) (Address, error) {
	if !isLine(s, maxAddressBytes) {
		return Address{}, errAddress()
	}
	both, err := netmail.ParseAddress(s)
	if err != nil {
		return Address{}, errAddress()
	}
	a, err := ParseAddress(both.Address)
	if err != nil {
		return Address{}, err
	}
	if !isLine(both.Name, maxNameRunes) {
		return Address{}, fault.New(fault.Invalid, "the name beside an e-mail address has at most 60 characters, all to be seen")
	}
	a.Name = both.Name
	return a, nil
}

// isLocal reports whether s may stand before the @: words of plain characters with
// single dots between them.
func isLocal(s string) bool {
	if len(s) > maxLocalBytes {
		return false
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !isAtom(r) }) {
			return false
		}
	}
	return true
}

func isAtom(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}
	return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) && !invisible(r)
}

// isDomain reports whether s is a host name in lower case. The last label is no
// number, else it reads as an address of a machine.
func isDomain(s string) bool {
	if s == "" || len(s) > maxDomainBytes {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxLabelBytes || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) {
			return false
		}
	}
	_, err := strconv.Atoi(s[strings.LastIndexByte(s, '.')+1:])
	return err != nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
