package witness

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plectica/internal/audit"
	"plectica/internal/fault"
	"plectica/internal/keyfile"
	"plectica/internal/ledger"
	"plectica/internal/proof"
	"plectica/internal/store"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// prover is a log as a server has it.
type prover interface {
	show(ctx context.Context) (key string, text []byte, err error)
	prove(ctx context.Context, from, to uint64) ([]proof.Hash, error)
}

// seed is the logs' key.
func seed() []byte { return bytes.Repeat([]byte{7}, keyfile.Bytes) }

// honest is a log as the server keeps it.
type honest struct {
	*ledger.Ledger
	st   *sqlstore.Store
	log  *audit.Log
	file string
	n    uint64 // records that were written
}

func openHonest(t testing.TB, file string, now func() time.Time) *honest {
	t.Helper()
	st, err := sqlite.Open(context.Background(), file)
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	log := audit.New(audit.Config{Store: st, Now: now, Append: func(ctx context.Context, b store.Batch) error {
		return errors.Join(st.Append(ctx, []store.Batch{b})...)
	}})
	l := ledger.New(ledger.Config{Store: st, Log: log, Keys: keyfile.New(1, map[int][]byte{1: seed()}), Now: now})
	return &honest{l, st, log, file, 0}
}

func (h *honest) write(t testing.TB, n int) {
	t.Helper()
	for range n {
		e := &audit.Event{Act: audit.HealthRead, By: audit.Who{Kind: audit.Server}, Result: audit.OK}
		h.n++
		e.Add("n", h.n)
		must(t, h.log.Write(t.Context(), e))
	}
	must(t, h.Tend(t.Context()))
}

func (h *honest) show(ctx context.Context) (string, []byte, error) {
	c, err := h.Checkpoint(ctx)
	return h.Key(), c.Text, err
}

func (h *honest) prove(ctx context.Context, from, to uint64) (out []proof.Hash, err error) {
	list, err := h.Consistency(ctx, from, to)
	for _, p := range list {
		out = append(out, proof.Hash(p))
	}
	return out, err
}

// copy is a backup of the log's directory, opened after it was taken.
func (h *honest) copy(t *testing.T, now func() time.Time) *honest {
	t.Helper()
	must(t, h.st.Close())
	b, err := os.ReadFile(h.file)
	must(t, err)
	file := filepath.Join(t.TempDir(), "db")
	must(t, os.WriteFile(file, b, 0o600))
	*h = *openHonest(t, h.file, now)
	return openHonest(t, file, now)
}

// forger is a log whose holder has its key, and writes what they like.
type forger struct {
	name   string
	key    ed25519.PrivateKey
	lines  [][]byte
	hashes []tlog.Hash
	now    func() time.Time
}

// forge takes over a log's records, altered.
func forge(t *testing.T, h *honest, now func() time.Time, alter func(lines [][]byte) [][]byte) *forger {
	t.Helper()
	got, err := h.st.AuditLines(t.Context(), 0, 1000)
	must(t, err)
	f := &forger{name: h.Origin(), key: ed25519.NewKeyFromSeed(seed()), now: now}
	for i, line := range alter(got.Lines) {
		more, err := tlog.StoredHashes(int64(i), line, f)
		must(t, err)
		f.lines, f.hashes = append(f.lines, line), append(f.hashes, more...)
	}
	return f
}

func (f *forger) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, k := range at {
		out[i] = f.hashes[k]
	}
	return out, nil
}

func (f *forger) Name() string { return f.name }

func (f *forger) KeyHash() uint32 {
	h := sha256.Sum256([]byte(f.name + "\n\x01" + string(f.key.Public().(ed25519.PublicKey))))
	return binary.BigEndian.Uint32(h[:])
}

func (f *forger) Sign(b []byte) ([]byte, error) { return ed25519.Sign(f.key, b), nil }

func (f *forger) show(context.Context) (string, []byte, error) {
	root, err := tlog.TreeHash(int64(len(f.lines)), f)
	if err != nil {
		return "", nil, err
	}
	return f.sign(fmt.Sprintf("%s\n%d\n%s\nat %d\n", f.name, len(f.lines), root, f.now().UnixMilli()))
}

func (f *forger) sign(body string) (string, []byte, error) {
	text, err := note.Sign(&note.Note{Text: body}, f)
	public := append([]byte{1}, f.key.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%08x+%s", f.name, f.KeyHash(), base64.StdEncoding.EncodeToString(public)), text, err
}

func (f *forger) prove(_ context.Context, from, to uint64) (out []proof.Hash, err error) {
	list, err := tlog.ProveTree(int64(to), int64(from), f)
	for _, p := range list {
		out = append(out, proof.Hash(p))
	}
	return out, err
}

// stand is a site, and a witness's place elsewhere.
type stand struct {
	now time.Time
	log prover
	lie atomic.Pointer[liar]
	c   Config
}

// liar answers itself, or leaves it.
type liar func(w http.ResponseWriter, r *http.Request) bool

const token = "plt_token"

func newStand(t *testing.T) (*stand, *honest) {
	t.Helper()
	s := &stand{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	h := openHonest(t, filepath.Join(t.TempDir(), "db"), s.clock)
	h.write(t, 5)
	s.log = h
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s.c = Config{URL: server.URL, Token: token, Dir: filepath.Join(t.TempDir(), "witness"), Roots: roots, Now: s.clock}
	return s, h
}

func (s *stand) clock() time.Time { return s.now }

// ServeHTTP answers as the API does.
func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if lie := s.lie.Load(); lie != nil && (*lie)(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var out any
	switch r.URL.Path {
	case "/api/v1/audit/checkpoint":
		key, text, err := s.log.show(r.Context())
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		out = map[string]any{"origin": "", "key": key, "checkpoint": string(text)}
	case "/api/v1/audit/consistency":
		from, _ := strconv.ParseUint(r.FormValue("from"), 10, 64)
		to, _ := strconv.ParseUint(r.FormValue("to"), 10, 64)
		list, err := s.log.prove(r.Context(), from, to)
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		path := []string{}
		for _, h := range list {
			path = append(path, base64.StdEncoding.EncodeToString(h[:]))
		}
		out = map[string]any{"path": path}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

// later lets time pass.
func (s *stand) later() { s.now = s.now.Add(30 * time.Second) }

// look opens the witness anew, looks once, and lets it go.
func (s *stand) look(t testing.TB) Verdict {
	t.Helper()
	w, err := New(s.c)
	must(t, err)
	v, err := w.Step(t.Context())
	must(t, errors.Join(err, w.Close()))
	return v
}

func (s *stand) book() string { return filepath.Join(s.c.Dir, currentDir, bookName) }

// parsed is a cosigned checkpoint as another program reads it.
type parsed struct {
	body string
	at   uint64
}

// parse reads a cosigned checkpoint by https://c2sp.org/tlog-cosignature alone, and checks it.
func parse(t *testing.T, text, vkey string) parsed {
	t.Helper()
	parts := strings.SplitN(vkey, "+", 3)
	public, err := base64.StdEncoding.DecodeString(parts[2])
	must(t, err)
	if public[0] != 0x04 || len(public) != 33 {
		t.Fatalf("key %x", public)
	}
	h := sha256.Sum256([]byte(parts[0] + "\n" + string(public)))
	if fmt.Sprintf("%x", h[:4]) != parts[1] {
		t.Fatalf("key id %x, want %s", h[:4], parts[1])
	}
	body, signatures, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(signatures) {
		fields := strings.Fields(line)
		if fields[0] != "—" || fields[1] != parts[0] {
			continue
		}
		sig, err := base64.StdEncoding.DecodeString(fields[2])
		must(t, err)
		if len(sig) != 4+8+64 || !bytes.Equal(sig[:4], h[:4]) {
			t.Fatalf("signature %x", sig)
		}
		at := binary.BigEndian.Uint64(sig[4:12])
		if !ed25519.Verify(public[1:], fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s\n", at, body), sig[12:]) {
			t.Fatal("the cosignature does not hold")
		}
		return parsed{body, at}
	}
	t.Fatalf("no cosignature by %s in %s", parts[0], text)
	return parsed{}
}

// TestGrows: what grows is cosigned, in the standard's form, and kept over restarts.
func TestGrows(t *testing.T) {
	s, h := newStand(t)
	v := s.look(t)
	if v.Kind != Grew || v.Pinned != h.Key() || v.Is.Size != 5 || !v.OK() {
		t.Fatalf("%v", v)
	}
	if v := s.look(t); v.Kind != Same || v.Pinned != "" || !v.OK() {
		t.Fatalf("%v", v)
	}
	for range 4 {
		h.write(t, 7)
		s.later()
		if v := s.look(t); v.Kind != Grew || v.Is.Size != v.Was.Size+7 || !v.OK() {
			t.Fatalf("%v", v)
		}
	}
	w, err := New(s.c)
	must(t, err)
	file, err := os.ReadFile(s.book())
	must(t, err)
	texts := strings.Split(strings.TrimSuffix(string(file), "\n\n"), "\n\n")
	if len(texts) != 2*5 {
		t.Fatalf("%d parts", len(texts))
	}
	for i := 0; i < len(texts); i += 2 {
		p := parse(t, texts[i]+"\n\n"+texts[i+1]+"\n", w.Key())
		if at := s.now.Unix() - 30*int64(4-i/2); p.at != uint64(at) {
			t.Errorf("cosigned at %d, want %d", p.at, at)
		}
	}
	// Two at once would not know of each other's checkpoints.
	if _, err := New(s.c); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one: %v", err)
	}
	must(t, w.Close())
	for _, file := range []string{s.book(), filepath.Join(s.c.Dir, ownKey), filepath.Join(s.c.Dir, logKey)} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

// TestEmptyLog: a log may be witnessed from its first record on.
func TestEmptyLog(t *testing.T) {
	s, h := newStand(t)
	s.log = forge(t, h, s.clock, func([][]byte) [][]byte { return nil })
	if v := s.look(t); v.Kind != Grew || v.Is.Size != 0 {
		t.Fatalf("%v", v)
	}
	s.log = h
	if v := s.look(t); v.Kind != Grew || v.Is.Size != 5 {
		t.Fatalf("%v", v)
	}
}

// TestToldKey: a key that was told is the one that counts, and no other is taken later.
func TestToldKey(t *testing.T) {
	s, h := newStand(t)
	other := forge(t, h, s.clock, func(l [][]byte) [][]byte { return l })
	other.key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	otherKey, _, err := other.show(t.Context())
	must(t, err)
	s.c.Key = otherKey
	if v := s.look(t); v.Kind != Stranger || v.Pinned != "" {
		t.Fatalf("%v", v)
	}
	s.c.Key = h.Key()
	if v := s.look(t); v.Kind != Grew || v.Pinned != "" {
		t.Fatalf("%v", v)
	}
	s.c.Key = otherKey
	if _, err := New(s.c); !fault.Is(err, fault.Conflict) {
		t.Errorf("another key: %v", err)
	}
	s.c.Key = ""
	s.log = other
	if v := s.look(t); v.Kind != Stranger || v.OK() || !strings.Contains(v.String(), otherKey) {
		t.Errorf("%v", v)
	}
	// Which is taken only when somebody says so; the old line stays.
	s.c.Key = otherKey
	aside, err := Accept(s.c.Dir, otherKey, s.now)
	must(t, err)
	if v := s.look(t); v.Kind != Grew || !v.OK() {
		t.Errorf("%v", v)
	}
	if b, err := os.ReadFile(filepath.Join(aside, logKey)); err != nil || strings.TrimSpace(string(b)) != h.Key() {
		t.Errorf("the old key: %s, %v", b, err)
	}
}

// contradicting reads what a verdict keeps of a contradiction, and returns both sizes.
func contradicting(t *testing.T, v Verdict, log string, own string) (was, is proof.Checkpoint) {
	t.Helper()
	if len(v.Evidence) == 0 {
		t.Fatalf("no evidence: %v", v)
	}
	b, err := os.ReadFile(v.Evidence[0])
	must(t, err)
	key, err := proof.ParseKey(log)
	must(t, err)
	list, err := proof.OpenAll(b, key)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	parse(t, string(b), own)
	return list[0], list[1]
}

func ownKeyOf(t *testing.T, s *stand) string {
	t.Helper()
	w, err := New(s.c)
	must(t, err)
	defer func() { must(t, w.Close()) }()
	return w.Key()
}

// TestOlderDirectory: a server that was brought back to an older state has shrunk; what was seen
// is not forgotten, however the log goes on, until somebody accepts it.
func TestOlderDirectory(t *testing.T) {
	s, h := newStand(t)
	old := h.copy(t, s.clock)
	h.write(t, 10)
	if v := s.look(t); v.Kind != Grew || v.Is.Size != 15 {
		t.Fatalf("%v", v)
	}
	s.later()
	s.log = old
	v := s.look(t)
	if v.Kind != Shrank || v.OK() || v.Was.Size != 15 || v.Is.Size != 5 {
		t.Fatalf("%v", v)
	}
	if was, is := contradicting(t, v, h.Key(), ownKeyOf(t, s)); was.Size != 15 || is.Size != 5 || is.At <= was.At {
		t.Errorf("%v, %v", was, is)
	}
	s.later()
	if v := s.look(t); v.Kind != Shrank || len(v.Evidence) != 1 {
		t.Errorf("told once: %v", v)
	}
	// It grows past what it was: that is a fork.
	old.write(t, 30)
	if v := s.look(t); v.Kind != Forked || len(v.Evidence) != 2 {
		t.Errorf("%v", v)
	}
	// Even where the site shows the true log again.
	s.log = h
	h.write(t, 1)
	if v := s.look(t); v.Kind != Grew || v.OK() || v.Refuse() == nil || len(v.Evidence) != 2 {
		t.Errorf("%v", v)
	}
	aside, err := Accept(s.c.Dir, "", s.now)
	must(t, err)
	s.log = old
	if v := s.look(t); v.Kind != Grew || !v.OK() || v.Was.Origin != "" || v.Pinned != "" {
		t.Errorf("begun anew: %v", v)
	}
	files, err := os.ReadDir(filepath.Join(aside, evidenceDir))
	if err != nil || len(files) != 2 {
		t.Errorf("the old evidence: %v, %v", files, err)
	}
	if _, err := Accept(t.TempDir(), "", s.now); !fault.Is(err, fault.NotFound) {
		t.Errorf("nothing to accept: %v", err)
	}
}

// TestForks: a log whose holder alters, drops, reorders or adds records in the past, and signs
// all of it anew, is found out.
func TestForks(t *testing.T) {
	for name, alter := range map[string]func(l [][]byte) [][]byte{
		"altered":             func(l [][]byte) [][]byte { l[3] = bytes.Replace(l[3], []byte("ops"), []byte("oqs"), 1); return l },
		"altered, and more":   func(l [][]byte) [][]byte { l[3][5] ^= 1; return append(l, []byte("more")) },
		"one byte":            func(l [][]byte) [][]byte { l[0][0] ^= 1; return l },
		"dropped, and more":   func(l [][]byte) [][]byte { return append(append(l[:2:2], l[3:]...), []byte("a"), []byte("b")) },
		"reordered":           func(l [][]byte) [][]byte { l[1], l[7] = l[7], l[1]; return l },
		"reordered, and more": func(l [][]byte) [][]byte { l[1], l[7] = l[7], l[1]; return append(l, []byte("more")) },
		"doubled":             func(l [][]byte) [][]byte { return append(l[:1:1], l...) },
	} {
		s, h := newStand(t)
		h.write(t, 8)
		s.look(t)
		s.later()
		s.log = forge(t, h, s.clock, alter)
		v := s.look(t)
		if v.Kind != Forked || v.OK() {
			t.Errorf("%s: %v", name, v)
			continue
		}
		if was, is := contradicting(t, v, h.Key(), ownKeyOf(t, s)); was.Size != 13 || is.Size < 13 {
			t.Errorf("%s: %v, %v", name, was, is)
		}
		if b, err := os.ReadFile(s.book()); err != nil || bytes.Count(b, []byte("\n\n")) != 2 {
			t.Errorf("%s: it was cosigned: %s, %v", name, b, err)
		}
	}
}

// TestShownAgain: an old signed checkpoint proves nothing, and is no news either.
func TestShownAgain(t *testing.T) {
	s, h := newStand(t)
	key, text, err := h.show(t.Context())
	must(t, err)
	s.later()
	h.write(t, 3)
	s.look(t)
	lie := answers("/checkpoint", asJSON(map[string]any{"key": key, "checkpoint": string(text)}))
	s.lie.Store(&lie)
	if v := s.look(t); v.Kind != Old || v.OK() || len(v.Evidence) > 0 {
		t.Errorf("%v", v)
	}
	// One and the same for ever.
	_, text, err = h.show(t.Context())
	must(t, err)
	lie = answers("/checkpoint", asJSON(map[string]any{"key": key, "checkpoint": string(text)}))
	s.lie.Store(&lie)
	for pass, want := range map[time.Duration]Kind{time.Minute: Same, 10 * time.Minute: Clock, 2 * time.Hour: Stalled} {
		s.c.Now = func() time.Time { return s.now.Add(pass) }
		if v := s.look(t); v.Kind != want || v.OK() != (want == Same) {
			t.Errorf("after %v: %v", pass, v)
		}
	}
}

// TestClock: a log that grows by a clock that is wrong is kept, and told.
func TestClock(t *testing.T) {
	s, h := newStand(t)
	s.look(t)
	h.write(t, 1)
	s.c.Now = func() time.Time { return s.now.Add(-time.Hour) }
	if v := s.look(t); v.Kind != Clock || v.OK() || v.Is.Size != 6 {
		t.Errorf("%v", v)
	}
	s.c.Now = s.clock
	if v := s.look(t); v.Kind != Same {
		t.Errorf("it was not kept: %v", v)
	}
}

func newForgerKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(seed()) }

// keysOf are a witness's keys.
func keysOf(b byte) keyfile.Keys {
	return keyfile.New(1, map[int][]byte{1: bytes.Repeat([]byte{b}, keyfile.Bytes)})
}

// TestNewerKey: a witness that has a newer key signs with it, under its old name, and still
// reads what it signed before.
func TestNewerKey(t *testing.T) {
	s, h := newStand(t)
	s.look(t)
	was := ownKeyOf(t, s)
	file := filepath.Join(s.c.Dir, ownKey)
	b, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, append(b, "2 "+strings.Repeat("ab", keyfile.Bytes)+"\n"...), 0o600))
	h.write(t, 1)
	if v := s.look(t); v.Kind != Grew || v.Was.Size != 5 {
		t.Fatalf("%v", v)
	}
	now := ownKeyOf(t, s)
	if name, _, _ := strings.Cut(was, "+"); now == was || !strings.HasPrefix(now, name+"+") {
		t.Errorf("%s after %s", now, was)
	}
}
