package whence

import "strings"

// forwarded splits one line of RFC 7239's header and returns the node of each
// element's for. Each line is read by itself and has to be whole: a quotation mark
// that a stranger left open must not swallow what a proxy wrote after it.
func forwarded(line string) (list []string, err error) {
	s := scanner{rest: line}
	for {
		node, err := s.element()
		if err != nil {
			return nil, err
		}
		if list = append(list, node); len(list) > MaxHops {
			return nil, malformed()
		}
		if s.rest == "" {
			return list, nil
		}
		s.rest = s.rest[1:] // the comma
	}
}

// scanner is what is left of a line.
type scanner struct{ rest string }

// element reads pairs up to a comma or the end.
func (s *scanner) element() (node string, err error) {
	seen := false
	for {
		s.space()
		name, ok := s.token()
		if !ok || !s.skip('=') {
			return "", malformed()
		}
		value, ok := s.value()
		if !ok {
			return "", malformed()
		}
		if strings.EqualFold(name, "for") {
			if seen {
				return "", malformed()
			}
			node, seen = value, true
		}
		s.space()
		if s.rest == "" || s.rest[0] == ',' {
			break
		}
		if !s.skip(';') {
			return "", malformed()
		}
	}
	if !seen {
		return "", malformed() // a proxy that does not say for whom
	}
	return node, nil
}

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

func (s *scanner) skip(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// value reads a token or a quoted string.
func (s *scanner) value() (string, bool) {
	if s.skip('"') {
		return s.quoted()
	}
	return s.token()
}

func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i == len(s.rest) {
				return "", false
			}
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// token reads what needs no quotation marks.
func (s *scanner) token() (string, bool) {
	n := 0
	for n < len(s.rest) && isToken(s.rest[n]) {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t, n > 0
}

func isToken(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
