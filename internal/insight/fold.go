package insight

// Latin letters without their marks, by what they stand at. The library's tables
// would know every script and weigh as much as all of this package.
const (
	firstLatin1   = 0xc0
	latin1        = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty"
	firstExtended = 0x100
	extended      = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll" +
		"nnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
	firstMark, lastMark = 0x300, 0x36f
)

// fold returns a text as it is compared: without case, and without accents on Latin
// letters.
func fold(s string) string {
	out := make([]rune, 0, len(s))
	for _, c := range s {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case firstLatin1 <= c && c < firstExtended:
			c = rune(latin1[c-firstLatin1])
		case firstExtended <= c && c < firstExtended+rune(len(extended)):
			c = rune(extended[c-firstExtended])
		case firstMark <= c && c <= lastMark:
			continue // it stands behind its letter
		case 'Α' <= c && c <= 'Ω' || 'А' <= c && c <= 'Я':
			c += 'а' - 'А'
		case 'Ѐ' <= c && c <= 'Џ':
			c += 'ѐ' - 'Ѐ'
		}
		out = append(out, c)
	}
	return string(out)
}

// contains reports whether a text holds another.
func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}
