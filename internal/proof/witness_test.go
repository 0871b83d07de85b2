package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// cosigner signs as https://c2sp.org/tlog-cosignature has it, written anew from there.
type cosigner struct {
	name    string
	private ed25519.PrivateKey
}

func newCosigner(name string, seed byte) cosigner {
	return cosigner{name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

func (c cosigner) id() []byte {
	public := c.private.Public().(ed25519.PublicKey)
	h := sha256.Sum256([]byte(c.name + "\n\x04" + string(public)))
	return h[:4]
}

func (c cosigner) key(tb testing.TB) Key {
	tb.Helper()
	public := append([]byte{4}, c.private.Public().(ed25519.PublicKey)...)
	text := fmt.Sprintf("%s+%x+%s", c.name, c.id(), base64.StdEncoding.EncodeToString(public))
	k, err := ParseWitness(text)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := ParseKey(text); !errors.Is(err, ErrKey) {
		tb.Error("a witness's key is a log's")
	}
	return k
}

func (c cosigner) cosign(text []byte, at uint64) []byte {
	body, _, _ := strings.Cut(string(text), "\n\n")
	sig := ed25519.Sign(c.private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s\n", at, body))
	sig = append(binary.BigEndian.AppendUint64(c.id(), at), sig...)
	return fmt.Appendf(bytes.Clone(text), "— %s %s\n", c.name, base64.StdEncoding.EncodeToString(sig))
}

// TestCosignature: a witness that was named is believed as far as it signed; one that lies, or
// that nobody named, counts for nothing.
func TestCosignature(t *testing.T) {
	text, public := signed(t, "log.example.org", 7, Hash{7})
	log, err := ParseKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseWitness(public); !errors.Is(err, ErrWitnessKey) {
		t.Error("a log's key is a witness's")
	}
	ada, bob, eve := newCosigner("witness.example.org/ada", 1), newCosigner("witness.example.org/bob", 2), newCosigner("witness.example.org/ada", 3)
	both := bob.cosign(ada.cosign(text, 1679315147), 1679315148)
	for name, c := range map[string]struct {
		text []byte
		by   []Key
		ok   bool
	}{
		"nobody asked for":            {both, nil, true},
		"both":                        {both, []Key{ada.key(t), bob.key(t)}, true},
		"none there":                  {text, []Key{ada.key(t)}, false},
		"one of two":                  {ada.cosign(text, 1), []Key{ada.key(t), bob.key(t)}, false},
		"of the same name":            {eve.cosign(text, 1), []Key{ada.key(t)}, false},
		"beside one of the same name": {ada.cosign(eve.cosign(text, 1), 1), []Key{ada.key(t)}, true},
		"far in the future":           {ada.cosign(text, 1<<63), []Key{ada.key(t)}, false},
		"a witness instead of a log":  {ada.cosign(bytes.SplitAfter(text, []byte("\n\n"))[0], 1), nil, false},
	} {
		if _, err := Open(c.text, log, c.by...); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Nothing of what was cosigned can be altered: the text, the time, the signature.
	want, err := Open(both, log)
	if err != nil {
		t.Fatal(err)
	}
	for i := range both {
		other := bytes.Clone(both)
		other[i] ^= 1
		if got, err := Open(other, log, ada.key(t), bob.key(t)); err == nil && got != want {
			t.Fatalf("byte %d: %v passes", i, got)
		}
	}
}

// TestManyCheckpoints: a witness's file is one after the other, each of which counts.
func TestManyCheckpoints(t *testing.T) {
	var file []byte
	_, public := signed(t, "log", 1, Hash{})
	log, err := ParseKey(public)
	if err != nil {
		t.Fatal(err)
	}
	ada := newCosigner("ada", 1)
	const n = 5
	for i := range uint64(n) {
		text, _ := signed(t, "log", i, Hash{byte(i)})
		file = append(append(file, ada.cosign(text, i)...), '\n')
	}
	for _, f := range [][]byte{file, file[:len(file)-1]} {
		list, err := OpenAll(f, log, ada.key(t))
		if err != nil || len(list) != n || list[3].Size != 3 {
			t.Fatalf("%v, %v", list, err)
		}
	}
	for i := range file {
		other := bytes.Clone(file)
		other[i] ^= 2
		list, err := OpenAll(other, log, ada.key(t))
		if err == nil && (len(list) != n || list[n-1].Root != (Hash{n - 1})) {
			t.Fatalf("byte %d: %v passes", i, list)
		}
	}
	if _, err := OpenAll(nil, log); err == nil {
		t.Error("an empty file passes")
	}
}

// TestTime: what a checkpoint says of when it was is told, and is nothing that has to be there.
func TestTime(t *testing.T) {
	root := base64.StdEncoding.EncodeToString(make([]byte, HashSize))
	for body, want := range map[string]int64{
		"log\n1\n" + root + "\n": 0, "log\n1\n" + root + "\nat 77\n": 77, "log\n1\n" + root + "\nat 77\nmore\n": 77, "log\n1\n" + root + "\nat noon\n": 0,
	} {
		if c, err := parseCheckpoint(body); err != nil || c.At != want {
			t.Errorf("%q: %v, %v", body, c, err)
		}
	}
	if c, err := parseCheckpoint("log\n1\n" + root + "\n\nat 77\n"); err == nil {
		t.Errorf("with an empty line: %v", c)
	}
}

// TestReadProof: a record that is shown is the one that the log has, or it is not believed.
func TestReadProof(t *testing.T) {
	const size, at = 6, 4
	var tree Tree
	for i := range uint64(size) {
		tree.Add([]byte{'r', byte('0' + i)})
	}
	pairOf := func(a, b byte) Hash { return pair(RecordHash([]byte{'r', a}), RecordHash([]byte{'r', b})) }
	path := []Hash{RecordHash([]byte("r5")), pair(pairOf('0', '1'), pairOf('2', '3'))}
	text, public := signed(t, "log", size, tree.Root())
	log, err := ParseKey(public)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(change func(m map[string]any)) []byte {
		var list []string
		for _, h := range path {
			list = append(list, base64.StdEncoding.EncodeToString(h[:]))
		}
		m := map[string]any{"origin": "log", "key": "whatever", "size": size, "checkpoint": string(text), "record": "r4", "seq": at, "path": list}
		change(m)
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got, err := ReadProof(shown(func(map[string]any) {}), log)
	if err != nil || got.Text != "r4" || got.Seq != at || got.Checkpoint.Size != size {
		t.Fatalf("%v, %v", got, err)
	}
	for name, change := range map[string]func(m map[string]any){
		"another record":  func(m map[string]any) { m["record"] = "r3" },
		"another place":   func(m map[string]any) { m["seq"] = 3 },
		"a shorter path":  func(m map[string]any) { m["path"] = m["path"].([]string)[:1] },
		"no hash":         func(m map[string]any) { m["path"] = []string{"AAAA"} },
		"a path too long": func(m map[string]any) { m["path"] = make([]string, 1000) },
		"no checkpoint":   func(m map[string]any) { m["checkpoint"] = "" },
		"another form":    func(m map[string]any) { m["seq"] = "four" },
	} {
		if _, err := ReadProof(shown(change), log); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}
