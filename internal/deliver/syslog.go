package deliver

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"plectica/internal/audit"
)

// Numbers of RFC 5424, section 6.2.1.
const (
	facility = 13 // log audit

	severityError  = 3
	severityNotice = 5
	severityInfo   = 6
)

const (
	// appName is what we are called, and elementID whose the structured data is: the number
	// is the one for examples (RFC 5612), for we have none of our own.
	appName   = "plectica"
	elementID = "plectica@32473"
	// maxHost and maxMsgID bound fields of the header, in characters.
	maxHost  = 255
	maxMsgID = 32
	// maxParam bounds a value of the structured data, in characters.
	maxParam = 200
	// stampForm is RFC 5424's form of times.
	stampForm = "2006-01-02T15:04:05.000Z"
	// bom says that what follows is UTF-8, section 6.4.
	bom = "\xef\xbb\xbf"
)

// appendMessage writes an item as RFC 5424 has it.
func appendMessage(b []byte, it *item, host string) []byte {
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(facility*8+severityOf(it)), 10)
	b = append(b, ">1 "...)
	b = time.UnixMilli(it.at).UTC().AppendFormat(b, stampForm)
	b = append(b, ' ')
	b = append(b, headerField(host, maxHost)...)
	b = append(b, " "+appName+" - "...)
	b = append(b, headerField(it.act, maxMsgID)...)
	b = append(b, " ["+elementID...)
	b = appendParam(b, "id", it.id)
	b = appendParam(b, "act", it.act)
	b = appendParam(b, "by", it.by)
	b = appendParam(b, "result", string(it.result))
	b = append(b, "] "+bom...)
	return append(b, it.json...)
}

// appendFrame writes a message with its length before it, as RFC 5425, section 4.3, has it.
func appendFrame(b []byte, it *item, host string) []byte {
	message := appendMessage(nil, it, host)
	b = strconv.AppendInt(b, int64(len(message)), 10)
	b = append(b, ' ')
	return append(b, message...)
}

func severityOf(it *item) int {
	switch {
	case it.gap || it.result == audit.Failed:
		return severityError
	case it.result == audit.Refused:
		return severityNotice
	}
	return severityInfo
}

// headerField is a field of the header: printable ASCII without spaces, or "-" for none.
func headerField(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), most)]
}

// appendParam writes a value of the structured data: what would end it is escaped, what
// cannot be seen is replaced. RFC 5424, section 6.3.3.
func appendParam(b []byte, name, value string) []byte {
	b = append(b, " "+name+`="`...)
	n := 0
	for _, r := range strings.ToValidUTF8(value, "?") {
		if n++; n > maxParam {
			break
		}
		switch {
		case r == '"' || r == '\\' || r == ']':
			b = append(b, '\\', byte(r))
		case !unicode.IsPrint(r):
			b = append(b, '?')
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
