package typeset

// joiner glues what follows to what stands before it.
const joiner = 0x200d

// Widths in thousandths of an em.
const (
	wide    = 1000 // Chinese, Japanese, Korean
	picture = 1250 // emoji
	flag    = 625  // half of a flag, which is written as two letters
	average = 600
)

// block is a range of code points of about one width.
type block struct {
	last  rune
	width int16
}

// blocks lists, in order, the widths of what the font does not have. What lies
// behind the last range is of average width.
const noWidth = 0

func blocks() [66]block {
	return [...]block{
		{0x001f, noWidth}, {0x02ff, average},
		{0x036f, noWidth}, // combining marks
		{0x0482, average}, {0x0489, noWidth}, {0x058f, average},
		{0x0590, 550}, {0x05bd, noWidth}, {0x05ff, 560}, // Hebrew
		{0x060f, 400}, {0x061a, noWidth}, {0x064a, 520}, {0x065f, noWidth}, {0x066f, 520},
		{0x0670, noWidth}, {0x06d5, 520}, {0x06ed, noWidth}, {0x08d2, 520}, {0x08ff, noWidth}, // Arabic
		{0x0902, noWidth}, {0x093b, 640}, {0x093c, noWidth}, {0x0940, 500}, {0x0948, noWidth}, {0x094c, 400},
		{0x094d, noWidth}, {0x0dff, 640}, // Indic
		{0x0e30, 560}, {0x0e31, noWidth}, {0x0e33, 500}, {0x0e3a, noWidth}, {0x0e46, 560}, {0x0e4e, noWidth}, // Thai
		{0x0eff, 560}, {0x0fff, 620}, {0x109f, 760}, {0x10ff, average},
		{0x115f, wide}, {0x11ff, noWidth}, {0x137f, 720}, {0x177f, average}, {0x17ff, 700}, {0x1fff, average},
		{0x200a, 250}, {0x200f, noWidth}, {0x2027, average}, {0x202e, noWidth}, {0x205f, 400}, {0x206f, noWidth},
		{0x20cf, average}, {0x20ff, noWidth}, {0x22ff, 800}, {0x25ff, 850},
		{0x27bf, picture}, {0x2aff, 850}, {0x2bff, picture}, {0x2e7f, average},
		{0xa4cf, wide}, {0xabff, average}, {0xd7ff, wide}, {0xf8ff, average}, {0xfaff, wide}, {0xfdff, 520},
		{0xfe0f, noWidth}, {0xfe1f, average}, {0xfe2f, noWidth},
	}
}

// elsewhere returns the width of a code point the font does not have.
func elsewhere(r rune) int64 {
	switch {
	case r >= 0x10000:
		return astral(r)
	case r > 0xfe2f:
		return compatibility(r)
	case 0x4e00 <= r && r <= 0x9fff, 0x3040 <= r && r <= 0x30ff, 0xac00 <= r && r <= 0xd7a3:
		return wide // the common ones need no search
	}
	list := blocks()
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid].last < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(list) {
		return average
	}
	return int64(list[lo].width)
}

func compatibility(r rune) int64 {
	switch {
	case r <= 0xfe6f:
		return wide
	case r <= 0xfefe:
		return 520
	case r == 0xfeff:
		return noWidth
	case r <= 0xff60, 0xffe0 <= r && r <= 0xffe6:
		return wide
	case r <= 0xffdf:
		return 500
	}
	return average
}

func astral(r rune) int64 {
	switch {
	case 0x1f1e6 <= r && r <= 0x1f1ff:
		return flag
	case 0x1f3fb <= r && r <= 0x1f3ff: // skin tones join what stands before
		return noWidth
	case 0x1f000 <= r && r <= 0x1faff:
		return picture
	case 0x20000 <= r && r <= 0x3ffff:
		return wide
	case r >= 0xe0000:
		return noWidth
	}
	return average
}

func isSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == 0x3000 ||
		0x2000 <= r && r <= 0x200a && r != 0x2007
}

// isIdeographic reports whether lines may break beside r.
func isIdeographic(r rune) bool {
	return 0x2e80 <= r && r <= 0xa4cf || 0xac00 <= r && r <= 0xd7a3 || 0xf900 <= r && r <= 0xfaff ||
		0xff00 <= r && r <= 0xffef || 0x20000 <= r && r <= 0x3ffff
}

// canBreak reports whether a line may end between two characters.
func canBreak(a, b rune) bool {
	switch {
	case a == 0 || isSpace(b):
		return false
	case isSpace(a) || a == 0x200b:
		return true
	case a == '-' || a == 0x2010 || a == 0x2013 || a == 0x2014 || a == '/' || a == '|' || a == '\\':
		return isWordStart(b)
	case isIdeographic(a) || isIdeographic(b):
		return !isCloser(b) && !isOpener(a)
	}
	return false
}

// isWordStart keeps a hyphen with the digit or sign after it: -5, 1/2, --.
func isWordStart(r rune) bool {
	return r > '9' && r != '|' && r != '\\' || r == '('
}

// isCloser reports whether r must not start a line.
func isCloser(r rune) bool {
	switch r {
	case '!', '%', ')', ',', '.', ':', ';', '?', ']', '}', 0x2019, 0x201d, 0x2026,
		0x3001, 0x3002, 0x3005, 0x3009, 0x300b, 0x300d, 0x300f, 0x3011, 0x3015, 0x3017, 0x3019, 0x301b,
		0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3063, 0x3083, 0x3085, 0x3087, 0x308e, 0x309d, 0x309e,
		0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30c3, 0x30e3, 0x30e5, 0x30e7, 0x30ee, 0x30fb, 0x30fc,
		0xff01, 0xff05, 0xff09, 0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff1f, 0xff3d, 0xff5d:
		return true
	}
	return 0xfe00 <= r && r <= 0xfe0f || r == joiner || 0x0300 <= r && r <= 0x036f
}

// isOpener reports whether r must not end a line.
func isOpener(r rune) bool {
	switch r {
	case '(', '[', '{', 0x2018, 0x201c, 0x3008, 0x300a, 0x300c, 0x300e, 0x3010, 0x3014, 0x3016, 0x3018,
		0xff08, 0xff3b, 0xff5b, '$', 0xa3, 0xa5, joiner:
		return true
	}
	return false
}
