package witness

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plectica/internal/datadir"
	"plectica/internal/fault"
	"plectica/internal/keyfile"
	"plectica/internal/proof"
)

// What lies in a witness's directory.
const (
	ownKey      = "witness.key" // by which it cosigns
	logKey      = "log.key"     // the log's, pinned
	currentDir  = "current"     // checkpoints and evidence
	nextDir     = "next"        // as that is made
	beforeDir   = "before-"     // with when it was put aside: what was there before it was begun anew
	evidenceDir = "evidence"

	// maxKey bounds a key's text, in bytes.
	maxKey = 4096
	// maxEvidence bounds the files of evidence; a log that forked once has done enough.
	maxEvidence = 16
)

// state is what a witness keeps.
type state struct {
	dir      *datadir.Dir
	own      []cosigner // the newest first
	keys     []proof.Key
	log      proof.Key
	logText  string    // empty: none is pinned yet
	book     *notebook // nil: nothing is kept yet
	evidence []string
	cut      int
}

// openState opens a directory, or makes it. key is the log's as it was told; empty: as pinned.
func openState(path, key string) (_ *state, err error) {
	if key = strings.TrimSpace(key); key != "" {
		if _, err := proof.ParseKey(key); err != nil {
			return nil, fault.Wrap(fault.Invalid, "read the log's key", err)
		}
	}
	s := &state{}
	if s.dir, err = lockDir(path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.close() // the first error counts
		}
	}()
	if err := s.readKeys(key); err != nil {
		return nil, err
	}
	if !s.begun() {
		return s, nil
	}
	if s.logText == "" {
		return nil, fault.New(fault.Invalid, "the log's key, which the witness had pinned, is gone: "+s.dir.Path(logKey))
	}
	if s.book, s.cut, err = openBook(s.dir.Path(currentDir), reader{s.log, s.keys}); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(filepath.Join(s.dir.Path(currentDir), evidenceDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.Internal, "read the evidence", err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), ".") { // being written when the witness was killed
			s.evidence = append(s.evidence, s.evidencePath(f.Name()))
		}
	}
	return s, nil
}

func lockDir(path string) (*datadir.Dir, error) {
	d, err := datadir.Open(path)
	if err != nil {
		return nil, err
	}
	if err := d.Lock(); err != nil {
		if fault.Is(err, fault.Conflict) {
			return nil, fault.New(fault.Conflict, "another witness is at work in "+path+"; stop it first")
		}
		return nil, err
	}
	return d, nil
}

// readKeys reads the witness's own key, or makes the first, and the log's, as far as it is known.
func (s *state) readKeys(told string) error {
	own, err := keyfile.Load(s.dir.Path(ownKey), "witness's key", "what it kept cannot be told from what others wrote", !s.begun())
	if err != nil {
		return err
	}
	s.own = cosigners(own)
	for _, c := range s.own {
		k, err := c.key()
		if err != nil {
			return err
		}
		s.keys = append(s.keys, k)
	}
	pinned, err := readSmall(s.dir.Path(logKey))
	if errors.Is(err, fs.ErrNotExist) {
		if told == "" {
			return nil
		}
		pinned = told
	} else if err != nil {
		return fault.Wrap(fault.Internal, "read the log's key", err)
	}
	if told != "" && told != pinned {
		return fault.New(fault.Conflict, "another key is pinned for the log: "+pinned+"; to go on with the one given, use --accept")
	}
	return s.know(pinned)
}

// know takes the log's key.
func (s *state) know(text string) error {
	k, err := proof.ParseKey(text)
	if err != nil {
		return fault.Wrap(fault.Invalid, "read the log's key", err)
	}
	s.log, s.logText = k, text
	return nil
}

func readSmall(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKey))
	return strings.TrimSpace(string(b)), errors.Join(err, f.Close())
}

// begun says whether something was kept.
func (s *state) begun() bool {
	_, err := os.Stat(s.dir.Path(currentDir))
	return err == nil
}

func (s *state) close() error {
	var err error
	if s.book != nil {
		err = s.book.f.Close()
	}
	return errors.Join(err, s.dir.Unlock())
}

// keep keeps a cosigned checkpoint. The first is there together with the file and the pinned
// key, or nothing is.
func (s *state) keep(e entry) error {
	if s.book != nil {
		return s.book.add(e)
	}
	if err := datadir.WriteFile(s.dir.Path(logKey), []byte(s.logText+"\n"), 0o600); err != nil {
		return err
	}
	next, current := s.dir.Path(nextDir), s.dir.Path(currentDir)
	err := os.RemoveAll(next)
	if err == nil {
		err = os.Mkdir(next, 0o700)
	}
	if err == nil { // so that the folder says all of itself when it is put aside
		err = datadir.WriteFile(filepath.Join(next, logKey), []byte(s.logText+"\n"), 0o600)
	}
	if err == nil {
		err = datadir.WriteFile(filepath.Join(next, bookName), append(e.text[:len(e.text):len(e.text)], '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(next, current)
	}
	if err == nil {
		err = datadir.SyncDir(filepath.Dir(current))
	}
	if err != nil {
		return fault.Wrap(fault.Internal, "keep the first checkpoint", err)
	}
	s.book, _, err = openBook(current, reader{s.log, s.keys})
	return err
}

func (s *state) evidencePath(name string) string {
	return filepath.Join(s.dir.Path(currentDir), evidenceDir, name)
}

// contradict keeps a signed checkpoint beside the last one that it contradicts, once.
func (s *state) contradict(kind Kind, is proof.Checkpoint, signed []byte) error {
	path := s.evidencePath(fmt.Sprintf("%s-%d-%d-%s", kind, s.book.last.Size, is.Size, hex.EncodeToString(is.Root[:8])))
	if slices.Contains(s.evidence, path) || len(s.evidence) >= maxEvidence {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(fault.Internal, "keep the evidence", err)
	}
	text := append(append([]byte(nil), s.book.last.text...), '\n')
	if err := datadir.WriteFile(path, append(text, signed...), 0o600); err != nil {
		return err
	}
	if err := datadir.SyncDir(s.dir.Path(currentDir)); err != nil {
		return fault.Wrap(fault.Internal, "keep the evidence", err)
	}
	s.evidence = append(s.evidence, path)
	return nil
}

// Accept puts aside what a witness kept in a directory, with the evidence, so that it begins
// anew: for after a restore that somebody knows of. key is the log's from now on; empty: the
// pinned one stays. It returns where the old line is now; empty: there was none. It returns
// fault.NotFound where no witness was.
func Accept(path, key string, now time.Time) (aside string, err error) {
	if _, err := os.Stat(filepath.Join(path, logKey)); err != nil {
		return "", fault.Wrap(fault.NotFound, "no witness has kept anything in "+path, err)
	}
	if key != "" {
		if _, err := proof.ParseKey(key); err != nil {
			return "", fault.Wrap(fault.Invalid, "read the log's key", err)
		}
	}
	d, err := lockDir(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.Unlock()) }()
	aside = d.Path(beforeDir + now.UTC().Format("20060102T150405.000Z"))
	switch err := os.Rename(d.Path(currentDir), aside); {
	case errors.Is(err, fs.ErrNotExist):
		aside = ""
	case err != nil:
		return "", fault.Wrap(fault.Internal, "put the old checkpoints aside", err)
	}
	if err := datadir.SyncDir(d.Path("")); err != nil {
		return "", fault.Wrap(fault.Internal, "put the old checkpoints aside", err)
	}
	if key == "" {
		return aside, nil
	}
	return aside, datadir.WriteFile(d.Path(logKey), []byte(strings.TrimSpace(key)+"\n"), 0o600)
}
