package sysmap

// Order keys are fractions in base 62: between any two there is another. Two or
// three random digits at the end keep two people who insert in the same gap from
// making equal keys. Siblings are sorted by (key, id).

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const (
	base      = len(digits)
	lead      = 4 // digits that count up when appending, so that keys stay short
	jitterLen = 2
)

// OrderCrowded is the length in bytes above which siblings want new keys.
const OrderCrowded = 40

func digitOf(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'Z':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 36
	}
	return -1
}

// ValidOrder reports whether s is a key: 1 to MaxOrder digits, the last not 0.
func ValidOrder(s string) bool {
	if s == "" || len(s) > MaxOrder || s[len(s)-1] == digits[0] {
		return false
	}
	for i := range len(s) {
		if digitOf(s[i]) < 0 {
			return false
		}
	}
	return true
}

// Between returns a key after a and before b; empty means no bound. rnd is the
// jitter. If there is no room, because a >= b, the key comes right after a. A key
// may be longer than MaxOrder when siblings are crowded beyond repair; Apply
// refuses it.
func Between(a, b string, rnd uint64) string {
	if b != "" && a >= b {
		b = ""
	}
	c, ok := step(a, b)
	if !ok {
		c = midpoint(a, b)
	}
	return c + jitter(rnd) // c is less than b and no prefix of it, so more digits do no harm
}

// jitter returns random digits that do not end in 0.
func jitter(rnd uint64) string {
	var b [jitterLen + 1]byte
	for i := range jitterLen {
		b[i] = digits[rnd%uint64(base)]
		rnd /= uint64(base)
	}
	b[jitterLen] = digits[1+rnd%uint64(base-1)]
	return string(b[:])
}

// step counts the leading digits of the open side up or down by one.
func step(a, b string) (string, bool) {
	switch {
	case a == "" && b == "":
		return number4(base * base * base * base / 2), true
	case b == "":
		n := leading(a) + 1
		return number4(n), n < base*base*base*base
	case a == "":
		n := leading(b) - 1
		return number4(max(n, 0)), n > 0
	}
	return "", false
}

func leading(s string) int {
	n := 0
	for i := range lead {
		n *= base
		if i < len(s) {
			n += digitOf(s[i])
		}
	}
	return n
}

func number4(n int) string {
	var b [lead]byte
	for i := lead - 1; i >= 0; i-- {
		b[i] = digits[n%base]
		n /= base
	}
	return string(b[:])
}

// midpoint returns a string between a and b in the order of bytes, given that
// neither ends in 0 and a < b.
func midpoint(a, b string) string {
	var out []byte
	for {
		da, db := 0, base
		if a != "" {
			da = digitOf(a[0])
		}
		if b != "" {
			db = digitOf(b[0])
		}
		switch {
		case da == db:
			out = append(out, digits[da])
			a, b = rest(a), b[1:]
		case db-da > 1:
			return string(append(out, digits[(da+db)/2]))
		default: // below b's digit everything after a's is free
			out = append(out, digits[da])
			a, b = rest(a), ""
		}
	}
}

func rest(s string) string {
	if s == "" {
		return ""
	}
	return s[1:]
}
