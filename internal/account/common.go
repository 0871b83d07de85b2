package account

import (
	"strings"
	"unicode"

	zxcvbn "github.com/ccojocar/zxcvbn-go"
)

const (
	// product is the program's own name, which nobody needs a list to try.
	product = "plectica"
	// leastScore is the least estimate of 0 to 4 with which a password is taken.
	leastScore = 3
	// leastKnown is the least length of a piece of a name or an address that counts.
	leastKnown = 3
	// maxEstimated bounds how much of a password is estimated, in bytes: longer ones are
	// no easier, and one of signs that stand for letters takes the square of its length.
	maxEstimated = 32
)

// famous are the passwords that were given as good examples, which no list has.
func famous() []string { return []string{"correct horse battery staple", "correcthorsebatterystaple"} }

// guessable reports whether a password is among the first that others would try: leaked
// ones, words, names, dates and rows of keys, what is made of a few of them, and what
// anybody knows of its owner.
func guessable(p string, known []string) bool {
	p = once(p)
	if len(p) > maxEstimated {
		p = strings.ToValidUTF8(p[:maxEstimated], "")
	}
	return zxcvbn.PasswordStrength(p, append(famous(), known...)).Score < leastScore
}

// once is what a text says over and over, or all of it.
func once(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

// knownWords are the pieces of what anybody knows about an account: its address, its
// name, and what the site and the program are called.
func knownWords(texts ...string) (all []string) {
	for _, text := range append(texts, product) {
		text = strings.ToLower(text)
		all = append(all, text)
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(word) >= leastKnown {
				all = append(all, word)
			}
		}
	}
	return all
}
