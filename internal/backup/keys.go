package backup

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"filippo.io/age"

	"plectica/internal/datadir"
	"plectica/internal/fault"
)

// DrillKeyFile is the file of the drill's private half; it may be moved to another host.
const DrillKeyFile = "drill.key"

// Files of the keys, in a folder of the data directory.
const (
	drillKey    = DrillKeyFile
	drillPub    = "drill.pub"    // its public half
	recoveryPub = "recovery.pub" // the recovery key's public half, once its private half was saved
	// maxKeyFile bounds such a file, in bytes.
	maxKeyFile = 4096
	// shownOfKey is how much of a public half names a key to people.
	shownOfKey = 16
)

// Keys are whom archives are sealed for: the operator's recovery key and the drill's.
// The private half of a recovery key is in memory alone, until it was saved or the server
// ends; then there is another one. Safe for concurrent use.
type Keys struct {
	dir   string
	drill *age.X25519Recipient
	own   bool // the operator made the recovery key elsewhere

	mu      sync.Mutex
	saved   *age.X25519Recipient // the recovery key that somebody has; nil: none yet
	unsaved *age.X25519Identity  // the one that waits to be saved; nil: none does
}

// OpenKeys reads the keys, and makes those that are not there yet. own is the public half of
// a recovery key that the operator made elsewhere; empty: the server makes one.
func OpenKeys(dir, own string) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, "make the directory of keys", err)
	}
	k := &Keys{dir: dir, own: own != ""}
	var err error
	if k.drill, err = k.openDrill(); err != nil {
		return nil, err
	}
	if own != "" {
		if k.saved, err = age.ParseX25519Recipient(own); err != nil {
			return nil, fault.New(fault.Invalid, "the configuration's backup.recovery_key is no public key: it should begin with age1")
		}
		return k, nil
	}
	text, err := readKeyFile(k.path(recoveryPub))
	if errors.Is(err, fs.ErrNotExist) {
		return k, k.Renew()
	}
	if err != nil {
		return nil, err
	}
	if k.saved, err = age.ParseX25519Recipient(text); err != nil {
		return nil, fault.Wrap(fault.Internal, "the file of the recovery key is damaged: "+k.path(recoveryPub), err)
	}
	return k, nil
}

func (k *Keys) path(name string) string { return filepath.Join(k.dir, name) }

// openDrill reads or makes the drill's key. Where its private half was moved elsewhere,
// the public half stays.
func (k *Keys) openDrill() (*age.X25519Recipient, error) {
	text, err := readKeyFile(k.path(drillPub))
	if err == nil {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "the file of the drill's key is damaged: "+k.path(drillPub), err)
		}
		return r, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	made, err := k.Drill()
	if fault.Is(err, fault.NotFound) {
		if made, err = age.GenerateX25519Identity(); err != nil {
			return nil, fault.Wrap(fault.Internal, "make the drill's key", err)
		}
		err = writeKeyFile(k.path(drillKey), made.String())
	}
	if err != nil {
		return nil, err
	}
	return made.Recipient(), writeKeyFile(k.path(drillPub), made.Recipient().String())
}

// Drill returns the drill's private half. It returns fault.NotFound where it was moved
// elsewhere.
func (k *Keys) Drill() (*age.X25519Identity, error) {
	text, err := readKeyFile(k.path(drillKey))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "the drill's key is not on this machine")
	}
	if err != nil {
		return nil, err
	}
	v, err := age.ParseX25519Identity(text)
	if err != nil {
		return nil, fault.New(fault.Internal, "the file of the drill's key is damaged: "+k.path(drillKey))
	}
	return v, nil
}

// recovery is the recovery key that counts. mu is held.
func (k *Keys) recovery() *age.X25519Recipient {
	if k.saved != nil {
		return k.saved
	}
	return k.unsaved.Recipient()
}

// Recipients are whom an archive is sealed for now.
func (k *Keys) Recipients() []age.Recipient {
	k.mu.Lock()
	defer k.mu.Unlock()
	return []age.Recipient{k.recovery(), k.drill}
}

// Names are the beginnings of the keys' public halves.
func (k *Keys) Names() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return []string{shown(k.recovery()), shown(k.drill)}
}

func shown(r *age.X25519Recipient) string { return r.String()[:shownOfKey] }

// Saved reports whether somebody has a recovery key that counts.
func (k *Keys) Saved() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saved != nil
}

// Unsaved returns the recovery key that waits to be saved. It returns fault.Gone when none
// does: nobody can have one twice.
func (k *Keys) Unsaved() (*age.X25519Identity, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unsaved == nil {
		return nil, fault.New(fault.Gone, "the recovery key was saved before, and is not kept here; make another one if it is lost")
	}
	return k.unsaved, nil
}

// NoteSaved is told that somebody has saved the recovery key with a public half. From
// then on it counts, and its private half is forgotten. Another one than the one that
// waits is fault.Conflict.
func (k *Keys) NoteSaved(public string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unsaved == nil || k.unsaved.Recipient().String() != public {
		return fault.New(fault.Conflict, "this recovery key does not wait to be saved any more; look again")
	}
	if err := writeKeyFile(k.path(recoveryPub), public); err != nil {
		return err
	}
	k.saved, k.unsaved = k.unsaved.Recipient(), nil
	return nil
}

// Renew makes another recovery key, which waits to be saved. Until it was, the one before
// counts. It returns fault.Conflict where the configuration names one: that would count
// again after the next start.
func (k *Keys) Renew() error {
	if k.own {
		return fault.New(fault.Conflict, "the recovery key is named in the configuration, as backup.recovery_key; change it there")
	}
	made, err := age.GenerateX25519Identity()
	if err != nil {
		return fault.Wrap(fault.Internal, "make a recovery key", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsaved = made
	return nil
}

// KeyFile is a private half as a file for people to keep.
func KeyFile(v *age.X25519Identity) string {
	return "# The recovery key of a Plectica server. Whoever has it and an archive can read everything in it.\n" +
		"# public half: " + v.Recipient().String() + "\n" + v.String() + "\n"
}

// Private are private halves of keys.
type Private []age.Identity

// NewKey makes a key, and returns the file to keep and the public half.
func NewKey() (file, public string, err error) {
	made, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", fault.Wrap(fault.Internal, "make a key", err)
	}
	return KeyFile(made), made.Recipient().String(), nil
}

// ReadKeys reads private halves as KeyFile writes them.
func ReadKeys(from io.Reader) (Private, error) {
	ids, err := age.ParseIdentities(io.LimitReader(from, maxKeyFile))
	if err != nil {
		return nil, fault.New(fault.Invalid, "this file holds no key: it should have a line that begins with AGE-SECRET-KEY-1")
	}
	return ids, nil
}

func readKeyFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return "", fault.Wrap(fault.Internal, "read a key", err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "read a key", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// writeKeyFile makes a file durable and whole, for its owner alone.
func writeKeyFile(path, text string) error {
	const owner = 0o600
	return datadir.WriteFile(path, []byte(text+"\n"), owner)
}
