package witness

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/proof"
)

const (
	// bookName is the file of checkpoints that goes on; full ones have the last size behind it.
	bookName = "checkpoints"
	// fullBook is from which size on a new file is begun, in bytes: all of one is checked at
	// each start.
	fullBook = 4 << 20
	// maxEntry bounds a checkpoint with all its signatures, in bytes.
	maxEntry = 17 << 10
)

// entry is a checkpoint that is kept.
type entry struct {
	proof.Checkpoint
	text     []byte // as it was signed and cosigned
	cosigned time.Time
}

// notebook is the file of checkpoints that were cosigned. It only grows; an empty line follows
// each checkpoint, so that half of one is told from a whole one.
type notebook struct {
	dir  string
	f    *os.File
	size int64 // bytes of whole checkpoints
	last entry
}

// reader knows who has to have signed what is read.
type reader struct {
	log proof.Key
	own []proof.Key // of which one did
}

// open checks one checkpoint of a file.
func (r reader) open(text []byte) (entry, error) {
	err := error(fault.New(fault.Internal, "the witness has no key"))
	for _, own := range r.own {
		var c proof.Checkpoint
		if c, err = proof.Open(text, r.log, own); err == nil {
			return entry{c, bytes.Clone(text), cosignedAt(text)}, nil
		}
	}
	return entry{}, err
}

// cosignedAt is the time in the last signature, which is the witness's own and sound.
func cosignedAt(text []byte) time.Time {
	_, encoded, _ := strings.Cut(strings.TrimPrefix(lastLine(text), "— "), " ")
	sig, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(sig) < 12 {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint64(sig[4:])), 0) //nolint:gosec // proof bounds it
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return lines[len(lines)-1]
}

// read goes through a file: the last whole checkpoint, and how many bytes are whole. What
// follows is the beginning of one that was being written; all else is damage.
func (r reader) read(b []byte) (last entry, whole int, err error) {
	for whole < len(b) {
		n := entryLength(b[whole:])
		if n == 0 {
			break
		}
		e, err := r.open(b[whole : whole+n-1])
		if err != nil {
			return last, whole, damaged(whole, err)
		}
		if whole > 0 && e.Size <= last.Size {
			return last, whole, damaged(whole, errors.New("it has no more records than the one before"))
		}
		last, whole = e, whole+n
	}
	if !begins(b[whole:], r.log.Name, r.own[0].Name) {
		return last, whole, damaged(whole, errors.New("it is no checkpoint"))
	}
	return last, whole, nil
}

func damaged(at int, err error) error {
	return fault.Wrap(fault.Invalid, fmt.Sprintf("what the witness kept was altered, from byte %d on; keep it for whoever looks into that, and begin anew with --accept", at), err)
}

// entryLength is how long the first whole checkpoint is, with the empty line; 0: there is none.
func entryLength(b []byte) int {
	body := bytes.Index(b, []byte("\n\n"))
	if body < 0 {
		return 0
	}
	end := bytes.Index(b[body+2:], []byte("\n\n"))
	if end < 0 {
		return 0
	}
	return body + 2 + end + 2
}

// begins says whether bytes are the beginning of a checkpoint that was not written to its end:
// every whole line is what stands in its place. own is the witness's name, whose line is the
// last.
func begins(b []byte, origin, own string) bool {
	control := func(c rune) bool { return c < ' ' && c != '\n' }
	if len(b) >= maxEntry || bytes.ContainsFunc(b, control) {
		return false
	}
	lines := strings.Split(string(b), "\n")
	signatures, ended := false, false
	for i, line := range lines[:len(lines)-1] {
		ok := true
		switch {
		case signatures:
			ok = !ended && isSignature(line)
			ended = strings.HasPrefix(line, "— "+own+" ")
		case i == 0:
			ok = line == origin
		case i == 1:
			_, err := strconv.ParseUint(line, 10, 63)
			ok = err == nil
		case i == 2:
			root, err := base64.StdEncoding.Strict().DecodeString(line)
			ok = err == nil && len(root) == proof.HashSize
		case line == "":
			signatures = true
		default:
			ok = !strings.Contains(line, "— ")
		}
		if !ok {
			return false
		}
	}
	rest := lines[len(lines)-1]
	if ended {
		return rest == ""
	}
	return !signatures || strings.HasPrefix(rest, "— ") || strings.HasPrefix("— ", rest)
}

func isSignature(line string) bool {
	rest, ok := strings.CutPrefix(line, "— ")
	_, encoded, ok2 := strings.Cut(rest, " ")
	_, err := base64.StdEncoding.Strict().DecodeString(encoded)
	return ok && ok2 && err == nil
}

// openBook opens a file and cuts off half a checkpoint at its end. It returns how many bytes
// that was.
func openBook(dir string, r reader) (n *notebook, cut int, err error) {
	f, err := os.OpenFile(filepath.Join(dir, bookName), os.O_RDWR, 0)
	if err != nil {
		return nil, 0, fault.Wrap(fault.Internal, "open what the witness kept", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error counts
		}
	}()
	b, err := io.ReadAll(io.LimitReader(f, fullBook+2*maxEntry+1))
	if err != nil {
		return nil, 0, fault.Wrap(fault.Internal, "read what the witness kept", err)
	}
	last, whole, err := r.read(b)
	if err != nil {
		return nil, 0, err
	}
	if whole == 0 { // the file is made with its first checkpoint
		return nil, 0, damaged(0, errors.New("it holds no checkpoint"))
	}
	if cut = len(b) - whole; cut > 0 {
		if err := errors.Join(f.Truncate(int64(whole)), f.Sync()); err != nil {
			return nil, 0, fault.Wrap(fault.Internal, "cut half a checkpoint off", err)
		}
	}
	return &notebook{dir, f, int64(whole), last}, cut, nil
}

// add keeps a checkpoint, durably, before it returns.
func (n *notebook) add(e entry) error {
	if n.size > fullBook {
		if err := n.turn(); err != nil {
			return fault.Wrap(fault.Internal, "begin a new file of checkpoints", err)
		}
	}
	line := append(bytes.Clone(e.text), '\n')
	err := n.f.Truncate(n.size) // half of one, if it failed the last time
	if err == nil {
		_, err = n.f.WriteAt(line, n.size)
	}
	if err == nil {
		err = n.f.Sync()
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "keep a checkpoint", err)
	}
	n.size, n.last = n.size+int64(len(line)), e
	return nil
}

// turn puts a full file aside and begins one with its last checkpoint. At every moment one of
// the two is there under the name that goes on.
func (n *notebook) turn() error {
	name := filepath.Join(n.dir, bookName)
	aside := fmt.Sprintf("%s-%d", name, n.last.Size)
	if err := os.Link(name, aside); err != nil && !(errors.Is(err, fs.ErrExist) && sameFile(name, aside)) {
		return err
	}
	if err := n.f.Close(); err != nil {
		return err
	}
	first := append(bytes.Clone(n.last.text), '\n')
	if err := datadir.WriteFile(name, first, 0o600); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	n.f, n.size = f, int64(len(first))
	return nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}
