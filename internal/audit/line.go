package audit

import (
	"encoding/json"
	"strconv"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// version is of the form of records.
const version = 1

// ErrForm says that a record is not what this program writes.
var ErrForm = fault.New(fault.Internal, "a record that is not of its form")

// written is a record as it is in the log: nothing in it names anybody.
type written struct {
	Act     Act               `json:"act"`
	At      int64             `json:"at"`
	By      string            `json:"by"`             // kind:alias
	Class   int               `json:"cls"`            // of OCSF
	Code    string            `json:"code,omitempty"` // of what was refused or failed
	Do      int               `json:"do"`             // OCSF's activity
	From    string            `json:"from,omitempty"` // sealed
	N       map[string]uint64 `json:"n,omitempty"`
	On      string            `json:"on,omitempty"` // sort:id
	Org     string            `json:"org,omitempty"`
	Request string            `json:"req,omitempty"`
	Result  Result            `json:"res"`
	Session string            `json:"ses,omitempty"`
	To      string            `json:"to,omitempty"` // as On
	V       int               `json:"v"`
}

// appendLine writes a record: JSON without spaces, its keys in order (RFC 8785), and only
// of characters that are printed as they are. Everything in it is ours, a number or sealed;
// should a character come from elsewhere it is replaced.
func appendLine(b []byte, e *Event, by, on, to, from string) []byte {
	m := acts[e.Act]
	b = appendText(append(b, `{"act":`...), string(e.Act))
	b = strconv.AppendInt(append(b, `,"at":`...), e.At, 10)
	b = appendText(append(b, `,"by":`...), by)
	b = strconv.AppendInt(append(b, `,"cls":`...), int64(m.class), 10)
	b = appendIf(b, `,"code":`, e.Code)
	b = strconv.AppendInt(append(b, `,"do":`...), int64(m.do), 10)
	b = appendIf(b, `,"from":`, from)
	for i, c := range e.Counts {
		b = append(b, `,`...)
		if i == 0 {
			b = append(b, `"n":{`...)
		}
		b = append(appendText(b, c.Name), ':')
		b = strconv.AppendUint(b, c.N, 10)
	}
	if len(e.Counts) > 0 {
		b = append(b, '}')
	}
	b = appendIf(b, `,"on":`, on)
	if e.Org != (store.OrgID{}) {
		b = appendText(append(b, `,"org":`...), id.Format(e.Org))
	}
	b = appendIf(b, `,"req":`, e.Request)
	b = appendText(append(b, `,"res":`...), string(e.Result))
	b = appendIf(b, `,"ses":`, e.Session)
	b = appendIf(b, `,"to":`, to)
	return append(b, `,"v":1}`...)
}

func appendIf(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	return appendText(append(b, key...), value)
}

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			c = '?'
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// Skimmed is what a record says without a key.
type Skimmed struct {
	At                       int64
	Act                      Act
	By, On, To, Org, Session string
	Result                   Result
}

// Skim reads a record as far as that goes without a key. It knows the one form that records
// have, and so costs little; what has another form it does not read.
func Skim(line []byte) (s Skimmed, err error) {
	rest := string(line)
	for sep := byte('{'); ; sep = ',' {
		if rest == "" || rest[0] != sep {
			break
		}
		key, value, after, ok := member(rest[1:])
		if !ok {
			return s, ErrForm
		}
		rest = after
		switch key {
		case "act":
			s.Act = Act(value)
		case "at":
			if s.At, err = strconv.ParseInt(value, 10, 64); err != nil {
				return s, ErrForm
			}
		case "by":
			s.By = value
		case "on":
			s.On = value
		case "to":
			s.To = value
		case "org":
			s.Org = value
		case "res":
			s.Result = Result(value)
		case "ses":
			s.Session = value
		}
	}
	if rest != "}" || s.Act == "" || s.Result == "" {
		return s, ErrForm
	}
	return s, nil
}

// member reads a key and its value: a text, a number, or counts. No text has a quotation
// mark in it.
func member(s string) (key, value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", "", false
	}
	if key, s, ok = strings.Cut(s[1:], `":`); !ok || s == "" {
		return "", "", "", false
	}
	end := 0
	switch s[0] {
	case '"':
		if end = strings.IndexByte(s[1:], '"'); end < 0 {
			return "", "", "", false
		}
		return key, s[1 : 1+end], s[end+2:], true
	case '{':
		end = strings.IndexByte(s, '}') + 1
	default:
		end = strings.IndexAny(s, ",}")
	}
	if end <= 0 {
		return "", "", "", false
	}
	return key, s[:end], s[end:], true
}

// parseLine reads a record back, without opening what is sealed.
func parseLine(line []byte) (w written, err error) {
	if err := json.Unmarshal(line, &w); err != nil {
		return w, fault.Wrap(fault.Internal, err.Error(), ErrForm)
	}
	if w.V != version {
		return w, ErrForm
	}
	return w, nil
}
