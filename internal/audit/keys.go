package audit

import (
	"container/list"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
	"plectica/internal/throttle"
)

const (
	// mostKeys is how many subjects' keys are kept at hand, mostSealed how many places of
	// each that are sealed already.
	mostKeys   = 20_000
	mostSealed = 4
	// aliasBytes is the length of what subjects are called.
	aliasBytes = 12
	// Of strangers an address of version 4 counts, or a network of version 6.
	strangerBits4, strangerBits6 = 32, 64
)

// The names of subjects.
const (
	days    = "day:" // all strangers of a day have one key
	people  = "account:"
	visits  = "visit:"
	machine = "machine" // the server's own
)

// subjectOf is by whose key a record about somebody is sealed.
func subjectOf(w Who, at int64) store.Subject {
	switch w.Kind {
	case Person:
		return store.SubjectOf(w.ID)
	case Visitor:
		return store.Subject(visits + id.Format(w.ID))
	case Server, Command:
		return machine
	case Stranger:
	}
	return dayOf(at)
}

func dayOf(at int64) store.Subject {
	return store.Subject(days + time.UnixMilli(at).UTC().Format(time.DateOnly))
}

// key is a subject's key at hand.
type key struct {
	store.SubjectKey
	stored bool
	seal   cipher.AEAD
	sealed []sealed // the last used in front
}

// sealed is where somebody came from, as records have it.
type sealed struct {
	from From
	text string
}

func newKey(k store.SubjectKey, stored bool) (*key, error) {
	block, err := aes.NewCipher(derive(k.Key, "seal"))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	return &key{SubjectKey: k, stored: stored, seal: gcm}, err
}

func derive(key [32]byte, text string) []byte {
	h := hmac.New(sha256.New, key[:])
	_, _ = io.WriteString(h, text) // it never fails
	return h.Sum(nil)
}

// alias is what something is called under a key.
func alias(key [32]byte, text string) string {
	return hex.EncodeToString(derive(key, text)[:aliasBytes])
}

// keyring is the keys of subjects, those used last at hand.
type keyring struct {
	st     store.Audit
	random io.Reader

	mu   sync.Mutex
	keys map[store.Subject]*list.Element
	used *list.List // of *key
	// aliases are the subjects of keys, by what records call them.
	aliases map[string]store.Subject
}

func newKeyring(st store.Audit, random io.Reader) *keyring {
	return &keyring{st: st, random: random, keys: map[store.Subject]*list.Element{}, used: list.New(), aliases: map[string]store.Subject{}}
}

// with calls fn with a subject's key, which is made if there is none. A key that is not
// stored yet has to go with the record that uses it.
func (r *keyring) with(ctx context.Context, s store.Subject, at int64, fn func(k *key) error) error {
	return r.get(ctx, s, func() (store.SubjectKey, error) { return r.fresh(s, at) }, fn)
}

// known calls fn with the key of a subject that has one, or returns fault.NotFound.
func (r *keyring) known(ctx context.Context, s store.Subject, fn func(k *key) error) error {
	none := func() (store.SubjectKey, error) {
		return store.SubjectKey{}, fault.New(fault.NotFound, "there is no such subject")
	}
	return r.get(ctx, s, none, fn)
}

func (r *keyring) get(ctx context.Context, s store.Subject, missing func() (store.SubjectKey, error), fn func(k *key) error) error {
	r.mu.Lock()
	if e, ok := r.keys[s]; ok {
		defer r.mu.Unlock()
		r.used.MoveToFront(e)
		return fn(e.Value.(*key))
	}
	r.mu.Unlock()
	got, err := r.st.SubjectKey(ctx, s)
	stored := err == nil
	if fault.Is(err, fault.NotFound) {
		got, err = missing()
	}
	if err != nil {
		return err
	}
	k, err := newKey(got, stored)
	if err != nil {
		return fault.Wrap(fault.Internal, "open a subject's key", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.keys[s]; ok { // somebody else was faster
		return fn(e.Value.(*key))
	}
	r.keys[s], r.aliases[k.Alias] = r.used.PushFront(k), s
	for r.used.Len() > mostKeys {
		r.drop(r.used.Back())
	}
	return fn(k)
}

// named returns which subject has an alias, or fault.NotFound.
func (r *keyring) named(ctx context.Context, alias string) (store.Subject, error) {
	r.mu.Lock()
	s, ok := r.aliases[alias]
	r.mu.Unlock()
	if ok {
		return s, nil
	}
	k, err := r.st.SubjectByAlias(ctx, alias)
	if err != nil {
		return "", err
	}
	return k.Subject, r.known(ctx, k.Subject, func(*key) error { return nil })
}

func (r *keyring) drop(e *list.Element) {
	delete(r.keys, e.Value.(*key).Subject)
	delete(r.aliases, e.Value.(*key).Alias)
	r.used.Remove(e)
}

func (r *keyring) fresh(s store.Subject, at int64) (k store.SubjectKey, err error) {
	k.Subject, k.Made = s, at
	if _, err := io.ReadFull(r.random, k.Key[:]); err != nil {
		return k, fault.Wrap(fault.Internal, "make a subject's key", err)
	}
	k.Alias = aliasOf(k)
	return k, nil
}

func aliasOf(k store.SubjectKey) string { return alias(k.Key, "alias "+string(k.Subject)) }

// Fits reports whether a subject's alias is the one that follows from its name and key. Otherwise
// somebody has made records somebody else's. Aliases of before 2026-11-24 do not have the name
// in them.
func Fits(k store.SubjectKey) bool { return k.Alias == aliasOf(k) || k.Alias == alias(k.Key, "alias") }

// settle notes that a key is on disk, or lets go of one that is not. forget lets go of a
// subject's.
func (r *keyring) settle(k store.SubjectKey, stored bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.keys[k.Subject]
	if !ok || e.Value.(*key).Key != k.Key {
		return
	}
	if e.Value.(*key).stored = stored; !stored {
		r.drop(e)
	}
}

func (r *keyring) forget(s store.Subject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.keys[s]; ok {
		r.drop(e)
	}
}

// forgetOld lets go of the keys of days and visits that were made before a time.
func (r *keyring) forgetOld(before int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s, e := range r.keys {
		if (strings.HasPrefix(string(s), days) || strings.HasPrefix(string(s), visits)) && e.Value.(*key).Made < before {
			r.drop(e)
		}
	}
}

// place is From as it is sealed.
type place struct {
	Addr   string `json:"a,omitempty"`
	Agent  string `json:"u,omitempty"`
	Device string `json:"d,omitempty"`
}

// sealFrom seals where somebody came from.
func (r *keyring) sealFrom(k *key, f From) (string, error) {
	if f == (From{}) {
		return "", nil
	}
	for i, s := range k.sealed {
		if s.from == f {
			copy(k.sealed[1:i+1], k.sealed[:i])
			k.sealed[0] = s
			return s.text, nil
		}
	}
	p := place{Agent: cleanAgent(f.Agent), Device: f.Device}
	if f.Addr.IsValid() {
		p.Addr = f.Addr.Unmap().WithZone("").String()
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "write where somebody came from", err)
	}
	nonce := make([]byte, k.seal.NonceSize(), k.seal.NonceSize()+len(plain)+k.seal.Overhead())
	if _, err := io.ReadFull(r.random, nonce); err != nil {
		return "", fault.Wrap(fault.Internal, "seal where somebody came from", err)
	}
	text := base64.RawURLEncoding.EncodeToString(k.seal.Seal(nonce, nonce, plain, nil))
	k.sealed = append([]sealed{{f, text}}, k.sealed[:min(len(k.sealed), mostSealed-1)]...)
	return text, nil
}

// openFrom is sealFrom's way back.
func openFrom(k *key, text string) (From, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < k.seal.NonceSize() {
		return From{}, ErrForm
	}
	n := k.seal.NonceSize()
	plain, err := k.seal.Open(nil, b[:n], b[n:], nil)
	if err != nil {
		return From{}, ErrForm
	}
	var p place
	if err := json.Unmarshal(plain, &p); err != nil {
		return From{}, ErrForm
	}
	addr, _ := netip.ParseAddr(p.Addr) // none: it came from nowhere
	return From{addr, p.Agent, p.Device}, nil
}

// called returns what records call somebody, and whose key seals what is said of them.
func called(w Who, f From, k *key) string {
	if w.Kind == Stranger {
		return string(Stranger) + ":" + alias(k.Key, "addr "+throttle.Prefix(f.Addr, strangerBits4, strangerBits6))
	}
	return string(w.Kind) + ":" + k.Alias
}
