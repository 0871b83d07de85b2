package proof

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	// maxHeadLine and maxRecord bound lines of an export, in bytes.
	maxHeadLine = 64 << 10
	maxRecord   = 4 << 10
	// exportForm is what exports call themselves.
	exportForm = "audit log 1"
)

// Export is what was found in an export of a log.
type Export struct {
	First      uint64 // the number of the first record
	Records    uint64
	Checkpoint Checkpoint // of all of them, which the log signed
	Compared   int        // checkpoints that somebody else kept, and that the log is true to
	Unchecked  int        // of those, the ones before the first record
}

// ErrExport says what is wrong with an export.
type ErrExport struct{ what string }

// Error implements error.
func (e *ErrExport) Error() string { return "the export " + e.what }

func wrong(format string, args ...any) error { return &ErrExport{fmt.Sprintf(format, args...)} }

// ReadExport checks an export: that its records, after what is said to come before them,
// make up the checkpoint that the log signed, and that the log is true to checkpoints that
// somebody else kept.
func ReadExport(r io.Reader, by Key, outside ...Checkpoint) (out Export, err error) {
	in := bufio.NewReaderSize(r, maxHeadLine)
	tree, end, err := readHead(in, by)
	if err != nil {
		return out, err
	}
	out.First, out.Checkpoint = tree.Size(), end
	claims := append(slices.Clone(outside), end)
	slices.SortStableFunc(claims, func(a, b Checkpoint) int { return int(int64(a.Size) - int64(b.Size)) })
	reached := func() error {
		for len(claims) > 0 && claims[0].Size <= tree.Size() {
			c := claims[0]
			claims = claims[1:]
			switch {
			case c.Size < tree.Size():
				out.Unchecked++
			case c.Root != tree.Root():
				return wrong("is of another log than the checkpoint of %d records", c.Size)
			default:
				out.Compared++
			}
		}
		return nil
	}
	for {
		if err := reached(); err != nil {
			return out, err
		}
		line, err := readLine(in, maxRecord)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, err
		}
		tree.Add(line)
		out.Records++
	}
	out.Compared-- // its own
	if tree.Size() != end.Size {
		return out, wrong("has records up to %d, and its checkpoint is of %d", tree.Size(), end.Size)
	}
	if len(claims) > 0 {
		return out, wrong("ends at %d records, and the log once had %d: it was cut", tree.Size(), claims[0].Size)
	}
	return out, nil
}

// readHead reads the first line: what comes before the records, and what was signed.
func readHead(in *bufio.Reader, by Key) (*Tree, Checkpoint, error) {
	line, err := readLine(in, maxHeadLine)
	if err != nil {
		return nil, Checkpoint{}, wrong("does not begin as one does")
	}
	var h struct {
		Form       string   `json:"plectica"`
		First      uint64   `json:"first"`
		Parts      []string `json:"parts"`
		Checkpoint string   `json:"checkpoint"`
	}
	if err := json.Unmarshal(line, &h); err != nil || h.Form != exportForm {
		return nil, Checkpoint{}, wrong("does not begin as one does")
	}
	parts := make([]Hash, len(h.Parts))
	for i, text := range h.Parts {
		b, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(b) != HashSize {
			return nil, Checkpoint{}, wrong("does not begin as one does")
		}
		parts[i] = Hash(b)
	}
	tree, err := From(h.First, parts)
	if err != nil {
		return nil, Checkpoint{}, err
	}
	c, err := Open([]byte(h.Checkpoint), by)
	return tree, c, err
}

// readLine reads a line of a bounded length, without its end. A last line that does not end
// is no line.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		return nil, io.EOF
	}
	if err != nil || len(line) > most {
		return nil, wrong("has a line that does not end, or is too long")
	}
	return line[:len(line)-1], nil
}
