package deliver

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// parseFrames reads SYSLOG-FRAMEs as RFC 5425, section 4.3, has them, and nothing else:
//
//	SYSLOG-FRAME = MSG-LEN SP SYSLOG-MSG
//	MSG-LEN      = NONZERO-DIGIT *DIGIT
func parseFrames(b []byte) (out [][]byte, err error) {
	for len(b) > 0 {
		digits, rest, ok := bytes.Cut(b, []byte(" "))
		if !ok || len(digits) == 0 || len(digits) > 7 || digits[0] == '0' {
			return nil, fmt.Errorf("no length: %.20q", b)
		}
		n, err := strconv.ParseUint(string(digits), 10, 32)
		if err != nil || int(n) > len(rest) {
			return nil, fmt.Errorf("a wrong length: %.20q of %d", b, len(rest))
		}
		out, b = append(out, rest[:n]), rest[n:]
	}
	return out, nil
}

// message is one of RFC 5424.
type message struct {
	pri                         int
	host, app, proc, id, sdName string
	at                          time.Time
	params                      map[string]string
	msg                         string
}

var header = regexp.MustCompile(`^<(0|[1-9][0-9]{0,2})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) `)

// parseMessage reads a SYSLOG-MSG as RFC 5424, section 6, has it: with exactly one element
// of structured data, and a text in UTF-8.
func parseMessage(b []byte) (m message, err error) {
	found := header.FindSubmatch(b)
	if found == nil {
		return m, errors.New("no header")
	}
	if m.pri, err = strconv.Atoi(string(found[1])); err != nil || m.pri > 191 {
		return m, errors.New("a wrong priority")
	}
	if m.at, err = time.Parse(time.RFC3339, string(found[2])); err != nil {
		return m, err
	}
	m.host, m.app, m.proc, m.id = string(found[3]), string(found[4]), string(found[5]), string(found[6])
	rest, err := m.element(b[len(found[0]):])
	if err != nil {
		return m, err
	}
	text, ok := bytes.CutPrefix(rest, []byte(" \xef\xbb\xbf"))
	if !ok || !utf8.Valid(text) {
		return m, errors.New("a text that is not in UTF-8")
	}
	m.msg = string(text)
	return m, nil
}

// element reads an SD-ELEMENT.
func (m *message) element(b []byte) ([]byte, error) {
	name := regexp.MustCompile(`^\[([!#-<>-\\^-~]{1,32})`).FindSubmatch(b)
	if name == nil {
		return nil, errors.New("no structured data")
	}
	m.sdName, m.params = string(name[1]), map[string]string{}
	b = b[len(name[0]):]
	for {
		if rest, ok := bytes.CutPrefix(b, []byte("]")); ok {
			return rest, nil
		}
		param := regexp.MustCompile(`^ ([!#-<>-\\^-~]{1,32})="`).FindSubmatch(b)
		if param == nil {
			return nil, errors.New("no parameter")
		}
		b = b[len(param[0]):]
		var value strings.Builder
		for closed := false; !closed; {
			switch {
			case len(b) == 0:
				return nil, errors.New("a value without an end")
			case b[0] == '"':
				closed = true
			case b[0] == ']':
				return nil, errors.New("a bracket that is not escaped")
			case b[0] == '\\':
				if len(b) < 2 || !strings.ContainsRune(`"\]`, rune(b[1])) {
					return nil, errors.New("a wrong escape")
				}
				b = b[1:]
				value.WriteByte(b[0])
			default:
				value.WriteByte(b[0])
			}
			b = b[1:]
		}
		if !utf8.ValidString(value.String()) {
			return nil, errors.New("a value that is not UTF-8")
		}
		m.params[string(param[1])] = value.String()
	}
}
