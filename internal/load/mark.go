package load

import "bytes"

// Every op carries a mark: two tildes and eight digits. It is all the tool looks
// for in what servers send, so that reading costs the same whatever the protocol.
const (
	markStart = "~~"
	markLen   = len(markStart) + 8
	digits    = "0123456789abcdef"
)

// appendMark appends the mark of a map's n-th op.
func appendMark(b []byte, n uint32) []byte {
	b = append(b, markStart...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[n>>shift&15])
	}
	return b
}

// nextMark returns the first mark in b and what follows it.
func nextMark(b []byte) (n uint32, rest []byte, ok bool) {
	for {
		i := bytes.Index(b, []byte(markStart))
		if i < 0 || len(b)-i < markLen {
			return 0, nil, false
		}
		if n, ok = number(b[i+len(markStart) : i+markLen]); ok {
			return n, b[i+markLen:], true
		}
		b = b[i+1:]
	}
}

func number(b []byte) (n uint32, ok bool) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uint32(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | uint32(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
