package account

import (
	_ "embed"
	"strings"
	"unicode"
)

const (
	// product is the program's own name, which nobody needs a list to try.
	product = "plectica"
	// mostFiller is how many characters around what is known make no password, and
	// mostSigns how many of them if they are no letters.
	mostFiller = 4
	mostSigns  = 8
	// leastKnown is the least length of a piece of a name or an address that counts.
	leastKnown = 3
	// maxPieced bounds what is looked at in pieces, in bytes.
	maxPieced = 64
)

// commonList are long passwords that everybody thinks of, one a line, in lower case.
//
//go:embed common.txt
var commonList string

// leakedList are the passwords that were found most often in what was stolen
// elsewhere, and all of our length among them. leaked.LICENSE.txt says whose list it is.
//
//go:embed leaked.txt
var leakedList string

// common reports whether a password in lower case is on a list. The lists are
// short: walking them costs nothing beside the hash.
func common(p string) bool {
	for _, list := range []string{commonList, leakedList} {
		for line := range strings.Lines(list) {
			if strings.TrimSuffix(line, "\n") == p {
				return true
			}
		}
	}
	return false
}

// guessable reports whether a password in lower case is hardly more than one or two
// leaked passwords or known words, however often they are said in a row.
func guessable(p string, known []string) bool {
	p = once(p)
	if len(p) > maxPieced {
		return false
	}
	letters := strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, p)
	return pieced(p, known) || len(p)-len(letters) <= mostSigns && pieced(once(letters), known)
}

// pieced reports whether a text, but for a little, is one or two of what is known.
func pieced(p string, known []string) bool {
	// The longest piece that begins at a place or later, and ends at one or earlier.
	var after, until [maxPieced + 1]int
	count := func(word string) {
		for from := 0; ; {
			i := strings.Index(p[from:], word)
			if i < 0 {
				return
			}
			i += from
			after[i], until[i+len(word)] = max(after[i], len(word)), max(until[i+len(word)], len(word))
			from = i + 1
		}
	}
	for line := range strings.Lines(leakedList) {
		count(strings.TrimSuffix(line, "\n"))
	}
	for _, word := range known {
		count(word)
	}
	for i := len(p) - 1; i >= 0; i-- {
		after[i] = max(after[i], after[i+1])
	}
	best := after[0]
	for i := 1; i <= len(p); i++ {
		until[i] = max(until[i], until[i-1])
		best = max(best, until[i]+after[i])
	}
	return best > 0 && len(p)-best <= mostFiller
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
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(word) >= leastKnown {
				all = append(all, word)
			}
		}
	}
	return all
}
