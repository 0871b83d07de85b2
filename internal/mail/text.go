package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxNameRunes bounds what a person's words take up in a mail, in characters.
	maxNameRunes = 60
	// maxNameBytes bounds what is looked at of them at all.
	maxNameBytes = 4096
	// maxSubjectRunes bounds a subject, in characters.
	maxSubjectRunes = 250
	// unnamed stands where nothing of somebody's words could be shown.
	unnamed = "…"
)

// Name is what a person typed: a name, a title, a label. It is shown to somebody
// else in the site's own mail, so whichever way it is printed it is one bounded line
// of what can be seen, cannot end the quotation it stands in, and is no address that
// a mail program would make a link of.
type Name string

// String returns what may stand in a mail.
func (n Name) String() string {
	s := string(n)
	if len(s) > maxNameBytes {
		s = s[:maxNameBytes]
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, " "))
	s = strings.Join(strings.Fields(strings.Map(tame, s)), " ")
	s = noLinks(s)
	if utf8.RuneCountInString(s) > maxNameRunes {
		s = strings.TrimSpace(string([]rune(s)[:maxNameRunes-1])) + "…"
	}
	if s == "" {
		return unnamed
	}
	return s
}

// tame returns what stands for a rune of a person's words, or -1 for nothing.
func tame(r rune) rune {
	switch {
	case unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Z, r):
		return ' '
	case invisible(r):
		return -1
	case unicode.Is(unicode.Quotation_Mark, r):
		return '\''
	}
	return r
}

// invisible reports whether a rune shows nothing by itself: direction marks, joiners,
// fillers, selectors of variants, and what Unicode has not assigned.
func invisible(r rune) bool {
	const braille = '\u2800' // the pattern without a dot
	return !unicode.IsGraphic(r) || r == braille || r == utf8.RuneError ||
		unicode.In(r, unicode.C, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// noLinks takes away what makes a mail program see an address: the two slashes, the
// dot that starts another label, and what would decode to other words in a header.
func noLinks(s string) string {
	const dot = '\u2024' // it looks like one
	r := []rune(s)
	for i := 1; i+1 < len(r); i++ {
		if isDot(r[i]) && isWord(r[i-1]) && isWord(r[i+1]) && !(unicode.IsDigit(r[i-1]) && unicode.IsDigit(r[i+1])) {
			r[i] = dot
		}
	}
	s = string(r)
	for strings.Contains(s, "//") {
		s = strings.ReplaceAll(s, "//", "/ /")
	}
	return strings.ReplaceAll(s, "=?", "= ?")
}

// isDot reports whether a rune separates the labels of a domain.
func isDot(r rune) bool { return r == '.' || r == '。' || r == '．' || r == '｡' }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }

// isLine reports whether s is fit for a header: one line, all of it to be seen, and
// nothing that a reader would decode to something else.
func isLine(s string, most int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.Contains(s, "=?") {
		return false
	}
	for _, r := range s {
		if r != ' ' && (unicode.IsSpace(r) || unicode.Is(unicode.Z, r) || invisible(r)) {
			return false
		}
	}
	return s == strings.Join(strings.Fields(s), " ")
}

// isBody reports whether s is fit for the text of a mail: lines of characters.
func isBody(s string, most int) bool {
	if s == "" || len(s) > most || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && unicode.IsControl(r) })
}
