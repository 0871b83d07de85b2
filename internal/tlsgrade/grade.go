package tlsgrade

import (
	"fmt"
	"strings"
	"time"
)

// Grade is a letter, best first.
type Grade string

// The grades. T is for what nobody should trust, M for another name's certificate.
const (
	APlus  Grade = "A+"
	A      Grade = "A"
	AMinus Grade = "A-"
	B      Grade = "B"
	C      Grade = "C"
	D      Grade = "D"
	E      Grade = "E"
	F      Grade = "F"
	T      Grade = "T"
	M      Grade = "M"
)

// order is from the best to the worst.
var order = []Grade{APlus, A, AMinus, B, C, D, E, F, T, M}

// Facts is what is known of a server.
type Facts struct {
	Versions      map[uint16]bool // that it speaks
	Suites        map[uint16][]string
	KeyBits       int    // of the certificate's key, as long as RSA's of the same strength
	Key           string // what it is
	Signature     string // "", or what is weak about the certificates' signatures
	DHBits        int    // the shortest prime, 0 without any
	CurveBits     int    // the weakest curve, as RSA's of the same strength; 0 without any
	Compresses    bool
	Renegotiation bool // safely, or not at all
	Untrusted     string
	WrongName     string
	HSTS          HSTS
}

// HSTS is what a server says of itself by Strict-Transport-Security; RFC 6797.
type HSTS struct {
	Sent, Valid bool
	MaxAge      time.Duration
}

// Finding is one thing that keeps the grade down, or would.
type Finding struct {
	Most Grade // the best grade with it; APlus for what only is to know
	Text string
}

// Report is a grade and why.
type Report struct {
	Grade    Grade
	Protocol int // of 100, as the two below
	Exchange int
	Cipher   int
	Score    int
	Findings []Finding
}

const (
	leastHSTS    = 180 * 24 * time.Hour // six months
	leastKey     = 2048                 // bits of RSA
	weakestKey   = 1024
	leastForAll  = 80 // points for A
	rulesVersion = "2009r"
)

// Judge grades a server by SSL Labs' published rules of version 2009r (May 2025):
// points for versions, exchange and ciphers, then the best grade that each weakness
// leaves. It is these rules and not their service.
func Judge(f Facts) Report {
	r := Report{Protocol: protocolPoints(f), Exchange: exchangePoints(f), Cipher: cipherPoints(f)}
	r.Score = (30*r.Protocol + 30*r.Exchange + 40*r.Cipher) / 100
	r.Findings = findings(f)
	r.Grade = letter(r.Score)
	if r.Grade == A && len(r.Findings) == 0 {
		r.Grade = APlus
	}
	for _, x := range r.Findings {
		r.Grade = worse(r.Grade, x.Most)
	}
	return r
}

func worse(a, b Grade) Grade {
	for i := len(order) - 1; i >= 0; i-- {
		if order[i] == a || order[i] == b {
			return order[i]
		}
	}
	return a
}

func letter(score int) Grade {
	switch {
	case score >= leastForAll:
		return A
	case score >= 65:
		return B
	case score >= 50:
		return C
	case score >= 35:
		return D
	case score >= 20:
		return E
	}
	return F
}

// protocolPoints is between the best and the worst version.
func protocolPoints(f Facts) int {
	return middle(func(yield func(int)) {
		for v := range f.Versions {
			if f.Versions[v] {
				yield(map[uint16]int{ssl2: 0, ssl3: 80, tls10: 90, tls11: 95, tls12: 100, tls13: 100}[v])
			}
		}
	})
}

func exchangePoints(f Facts) int {
	least := f.KeyBits
	for _, n := range []int{f.DHBits, f.CurveBits} {
		if n > 0 {
			least = min(least, n)
		}
	}
	switch {
	case least >= 4096:
		return 100
	case least >= leastKey:
		return 90
	case least >= weakestKey:
		return 80
	case least >= 512:
		return 40
	}
	return 20
}

// cipherPoints is between the strongest and the weakest cipher.
func cipherPoints(f Facts) int {
	return middle(func(yield func(int)) {
		for _, list := range f.Suites {
			for _, name := range list {
				switch n := bits(name); {
				case n >= 256:
					yield(100)
				case n >= 128:
					yield(80)
				case n > 0:
					yield(20)
				default:
					yield(0)
				}
			}
		}
	})
}

func middle(each func(func(int))) int {
	least, most := 101, -1
	each(func(n int) { least, most = min(least, n), max(most, n) })
	if most < 0 {
		return 0
	}
	return (least + most) / 2
}

// findings is all that keeps a server from the best grade.
func findings(f Facts) []Finding {
	var list []Finding
	say := func(when bool, most Grade, format string, args ...any) {
		if when {
			list = append(list, Finding{Most: most, Text: fmt.Sprintf(format, args...)})
		}
	}
	newest := f.Versions[tls11] || f.Versions[tls12] || f.Versions[tls13]
	say(f.Untrusted != "", T, "%s", f.Untrusted)
	say(f.WrongName != "", M, "%s", f.WrongName)
	say(f.Signature != "", T, "%s", f.Signature)
	say(f.Versions[ssl2], F, "SSL 2 is spoken")
	say(f.Versions[ssl3], C, "SSL 3 is spoken")
	say(f.Versions[tls10], B, "TLS 1.0 is spoken")
	say(f.Versions[tls11], B, "TLS 1.1 is spoken")
	say(!f.Versions[tls12] && !f.Versions[tls13], C, "neither TLS 1.2 nor 1.3 is spoken")
	say(!f.Versions[tls13], AMinus, "TLS 1.3 is not spoken")
	say(!f.Renegotiation, F, "renegotiation is not safe")
	say(f.Compresses, C, "what is sent is compressed")
	list = append(list, suiteFindings(f, newest)...)
	say(f.DHBits > 0 && f.DHBits < weakestKey, F, "a prime of %d bits is exchanged with", f.DHBits)
	say(f.DHBits >= weakestKey && f.DHBits < leastKey, B, "a prime of %d bits is exchanged with", f.DHBits)
	say(f.KeyBits < weakestKey, F, "the certificate's key, %s, is broken", f.Key)
	say(f.KeyBits >= weakestKey && f.KeyBits < leastKey, B, "the certificate's key, %s, is weak", f.Key)
	say(!f.HSTS.Sent, AMinus, "Strict-Transport-Security is not sent")
	say(f.HSTS.Sent && !f.HSTS.Valid, AMinus, "Strict-Transport-Security cannot be understood")
	say(f.HSTS.Valid && f.HSTS.MaxAge < leastHSTS, A, "Strict-Transport-Security is for %d days, not for 180", int(f.HSTS.MaxAge.Hours()/24))
	return list
}

func suiteFindings(f Facts, newest bool) []Finding {
	kinds := []struct {
		is   func(string) bool
		most Grade
		text string
	}{
		{broken, F, "a suite protects nothing: "},
		{func(n string) bool { return strings.Contains(n, "RC4") }, C, "RC4 is used: "},
		{func(n string) bool { return newest && strings.Contains(n, "3DES") }, C, "3DES is used: "},
		{func(n string) bool { return !secret(n) && !broken(n) }, A, "a stolen key opens what was sent before: "},
		{func(n string) bool { return !sealed(n) && !broken(n) }, A, "a suite in CBC mode or with RC4: "},
	}
	var list []Finding
	anySecret, anySealed, any := false, false, false
	first := make([]string, len(kinds))
	for _, v := range []uint16{tls13, tls12, tls11, tls10, ssl3} {
		for _, name := range f.Suites[v] {
			any, anySecret, anySealed = true, anySecret || secret(name), anySealed || sealed(name)
			for i, k := range kinds {
				if first[i] == "" && k.is(name) {
					first[i] = name
				}
			}
		}
	}
	for i, k := range kinds {
		if first[i] != "" {
			list = append(list, Finding{Most: k.most, Text: k.text + first[i]})
		}
	}
	if any && !anySecret {
		list = append(list, Finding{Most: B, Text: "no suite keeps what was sent secret when the key is stolen later"})
	}
	if any && !anySealed {
		list = append(list, Finding{Most: B, Text: "no suite encrypts and authenticates in one"})
	}
	return list
}
