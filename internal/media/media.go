// Package media is how a card names a file: the text that stands in its Media
// register under the hash of the file's content. Such texts come from other people's
// programs, so reading one is strict and never fails loudly: what does not hold is
// no Item, and is shown as a plain file. It knows nothing of the content, of maps or
// of pictures. Everything here is a value and safe for concurrent use.
package media

// Bounds of what a text may say.
const (
	HashLen = 64        // characters of a hash, in hex
	maxKind = 64        // bytes of a type
	maxName = 255       // bytes of a name
	maxAlt  = 1000      // bytes of a description
	maxSide = 1_000_000 // px
	maxRank = 1_000_000_000
	maxSize = 1 << 50 // bytes
)

// separator stands between the fields. A description, the last one, may hold it.
const separator = '|'

// Item is a file of a card.
type Item struct {
	Kind string // its type, as "image/png"
	W, H int32  // px, upright; 0 for what is no image
	Size int64  // bytes
	Rank int32  // among the card's files: the lowest image is shown on it
	Name string // as it was called where it came from
	Alt  string // what it shows, for those who do not see it
}

// Parse reads a register's text: kind|w|h|size|rank|name|alt.
func Parse(s string) (Item, bool) {
	var it Item
	kind, s, ok := cut(s)
	w, s, ok1 := number(s, maxSide)
	h, s, ok2 := number(s, maxSide)
	size, s, ok3 := number(s, maxSize)
	rank, s, ok4 := number(s, maxRank)
	name, alt, ok5 := cut(s)
	if !ok || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !isKind(kind) || len(name) > maxName || len(alt) > maxAlt {
		return it, false
	}
	it.Kind, it.Size, it.Rank, it.Name, it.Alt = kind, size, int32(rank), name, alt
	if w > 0 && h > 0 {
		it.W, it.H = int32(w), int32(h)
	}
	return it, true
}

// Image reports whether it is a picture that can be drawn.
func (it *Item) Image() bool {
	switch it.Kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return it.W > 0
	}
	return false
}

// IsHash reports whether a register's entry is a content's hash.
func IsHash(s string) bool {
	if len(s) != HashLen {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// cut splits a text at its first separator.
func cut(s string) (field, rest string, ok bool) {
	for i := range len(s) {
		if s[i] == separator {
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

// number reads a field of digits alone, without a leading zero.
func number(s string, most int64) (n int64, rest string, ok bool) {
	field, rest, ok := cut(s)
	if !ok || field == "" || len(field) > 1 && field[0] == '0' {
		return 0, "", false
	}
	for i := range len(field) {
		if field[i] < '0' || field[i] > '9' {
			return 0, "", false
		}
		if n = n*10 + int64(field[i]-'0'); n > most {
			return 0, "", false
		}
	}
	return n, rest, true
}

// isKind reports whether s is two names with a slash between them.
func isKind(s string) bool {
	slashes := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/' && i > 0 && i < len(s)-1:
			slashes++
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '+', c == '-':
		default:
			return false
		}
	}
	return slashes == 1 && len(s) <= maxKind
}
