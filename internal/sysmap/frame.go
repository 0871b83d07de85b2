package sysmap

// A stop's Frame register holds what is in sight as four whole numbers in 1/64 px,
// parted by spaces: x, y, width, height. It is one register, so that of two people's
// frames one wins whole.

// FrameText writes a frame.
func FrameText(x, y, w, h int32) string {
	var b []byte
	for i, n := range [...]int32{x, y, w, h} {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendDecimal(b, int64(n))
	}
	return string(b)
}

// Decimal writes a number.
func Decimal(n int64) string { return string(appendDecimal(nil, n)) }

func appendDecimal(b []byte, n int64) []byte {
	v := uint64(n)
	if n < 0 {
		b, v = append(b, '-'), -v
	}
	var digits [20]byte
	at := len(digits)
	for first := true; first || v > 0; first = false {
		at--
		digits[at] = byte('0' + v%10)
		v /= 10
	}
	return append(b, digits[at:]...)
}

// FrameOf reads a frame. It is false for any other text, and for what is empty or lies
// outside the model's coordinates.
func FrameOf(s string) (x, y, w, h int32, ok bool) {
	var n [4]int32
	for i := range n {
		var good bool
		if n[i], s, good = cutDecimal(s); !good {
			return 0, 0, 0, 0, false
		}
		if last := i == len(n)-1; last && s != "" || !last && (s == "" || s[0] != ' ') {
			return 0, 0, 0, 0, false
		}
		if s != "" {
			s = s[1:]
		}
	}
	return n[0], n[1], n[2], n[3], n[2] > 0 && n[3] > 0
}

// cutDecimal reads a number from the start of s.
func cutDecimal(s string) (n int32, rest string, ok bool) {
	sign := int32(1)
	if s != "" && s[0] == '-' {
		sign, s = -1, s[1:]
	}
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n = n*10 + int32(s[i]-'0'); n > MaxCoordinate/10 && i < len(s)-1 && s[i+1] >= '0' && s[i+1] <= '9' {
			return 0, "", false
		}
	}
	return sign * n, s[i:], i > 0
}
