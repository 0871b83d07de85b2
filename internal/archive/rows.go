package archive

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"plectica/internal/fault"
	"plectica/internal/store"
)

// base64Of is how bytes stand in rows.
var base64Of = base64.RawStdEncoding //nolint:gochecknoglobals // a constant

// AppendValues writes a row of a table as a line: numbers, texts, bytes as {"b":…}, and
// texts that are not UTF-8 as {"t":…}.
func AppendValues(b []byte, values []any) ([]byte, error) {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case nil:
			b = append(b, "null"...)
		case string:
			if !utf8.ValidString(v) { // JSON would change it
				b = append(b, `{"t":"`...)
				b = base64Of.AppendEncode(b, []byte(v))
				b = append(b, `"}`...)
				continue
			}
			text, err := json.Marshal(v)
			if err != nil {
				return nil, fault.Wrap(fault.Internal, "write a row", err)
			}
			b = append(b, text...)
		case []byte:
			b = append(b, `{"b":"`...)
			b = base64Of.AppendEncode(b, v)
			b = append(b, `"}`...)
		default:
			return nil, fault.New(fault.Internal, "a table holds a value of a kind that no archive has")
		}
	}
	return append(b, "]\n"...), nil
}

// readValues reads such a line back.
func readValues(line []byte, columns int) ([]any, error) {
	bad := func(err error) error { return fault.Wrap(fault.Internal, "a row of a table is damaged", err) }
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || len(raw) != columns {
		return nil, bad(err)
	}
	out := make([]any, len(raw))
	for i, r := range raw {
		switch r[0] {
		case '"':
			var s string
			if err := json.Unmarshal(r, &s); err != nil {
				return nil, bad(err)
			}
			out[i] = s
		case '{':
			var v struct{ B, T *string }
			if err := json.Unmarshal(r, &v); err != nil || (v.B == nil) == (v.T == nil) {
				return nil, bad(err)
			}
			if v.T != nil {
				text, err := base64Of.DecodeString(*v.T)
				if err != nil {
					return nil, bad(err)
				}
				out[i] = string(text)
				continue
			}
			data, err := base64Of.DecodeString(*v.B)
			if err != nil {
				return nil, bad(err)
			}
			out[i] = data
		case 'n':
			if string(r) != "null" {
				return nil, bad(nil)
			}
		default:
			n, err := strconv.ParseInt(string(r), 10, 64)
			if err != nil {
				return nil, bad(err)
			}
			out[i] = n
		}
	}
	return out, nil
}

// appendOp writes a row of a log as a line.
func appendOp(b []byte, r *store.Row) []byte {
	b = append(b, '[')
	b = strconv.AppendUint(b, r.Seq, 10)
	b = append(b, `,"`...)
	b = base64Of.AppendEncode(b, r.OpID[:])
	b = append(b, `","`...)
	b = base64Of.AppendEncode(b, r.Actor[:])
	b = append(b, `",`...)
	b = strconv.AppendInt(b, r.At, 10)
	b = append(b, `,"`...)
	b = base64Of.AppendEncode(b, r.Data)
	return append(b, "\"]\n"...)
}

// opFields is how many values a row of a log has.
const opFields = 5

// readOp reads such a line back. It is strict: a line it takes is one appendOp wrote.
func readOp(line []byte) (r store.Row, err error) {
	bad := fault.New(fault.Internal, "a row of a log is damaged")
	inner, ok := bytes.CutPrefix(line, []byte("["))
	inner, ok2 := bytes.CutSuffix(inner, []byte("]"))
	fields := bytes.Split(inner, []byte(","))
	if !ok || !ok2 || len(fields) != opFields {
		return r, bad
	}
	if r.Seq, err = strconv.ParseUint(string(fields[0]), 10, 63); err != nil {
		return r, bad
	}
	if r.At, err = strconv.ParseInt(string(fields[3]), 10, 64); err != nil {
		return r, bad
	}
	opID, ok := unquote(fields[1])
	actor, ok2 := unquote(fields[2])
	data, ok3 := unquote(fields[4])
	if !ok || !ok2 || !ok3 || len(opID) != len(r.OpID) || len(actor) != len(r.Actor) || len(data) == 0 {
		return r, bad
	}
	copy(r.OpID[:], opID)
	copy(r.Actor[:], actor)
	r.Data = data
	return r, nil
}

// unquote decodes bytes between quotes.
func unquote(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return nil, false
	}
	b = b[1 : len(b)-1]
	out := make([]byte, base64Of.DecodedLen(len(b)))
	n, err := base64Of.Strict().Decode(out, b)
	return out[:n], err == nil
}

// lines calls each for every line of a part.
func lines(part []byte, each func(line []byte) error) error {
	for len(part) > 0 {
		line, rest, ok := bytes.Cut(part, []byte("\n"))
		if !ok {
			return fault.New(fault.Internal, "a part of the archive does not end with a whole row")
		}
		if err := each(line); err != nil {
			return err
		}
		part = rest
	}
	return nil
}
