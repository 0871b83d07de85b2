package exchange

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/attach"
	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/sysmap"
)

func carried(text string) attach.Carried {
	return attach.Carried{Hash: sha256.Sum256([]byte(text)), Kind: "text/plain", Data: []byte(text)}
}

// withMedia is a card that names contents, and something that is no hash.
func withMedia(list ...blob.Hash) []sysmap.Op {
	op := sysmap.Op{Kind: sysmap.OpPut, Type: sysmap.Card, ID: id.Object{1}, Place: sysmap.Place{Order: "V"}}
	for _, h := range list {
		op.Regs = append(op.Regs, sysmap.Reg{Field: sysmap.Media, Entry: h.String(), Value: sysmap.TextValue("text/plain|0|0|1|1|a|")})
	}
	op.Regs = append(op.Regs, sysmap.Reg{Field: sysmap.Media, Entry: "no hash", Value: sysmap.TextValue("?")})
	return []sysmap.Op{op}
}

// TestContents: VW-4. Contents come along and back; what nobody names stays behind; what
// is missing is named. Read and written again it is the same file.
func TestContents(t *testing.T) {
	rain, snow, stray, missing := carried("rain on the hills"), carried("snow"), carried("stray"), carried("missing")
	ops := withMedia(rain.Hash, snow.Hash, missing.Hash)
	first, err := Write("Water", ops, []attach.Carried{stray, rain, snow})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(first); strings.Contains(text, stray.Hash.String()) || !strings.Contains(text, "\"left\": [\n\t\t\""+missing.Hash.String()+"\"\n\t]") {
		t.Errorf("what was left, and what nobody names:\n%s", text)
	}
	title, again, files, err := Read(first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]attach.Carried{snow, rain}, files); diff != "" {
		t.Error(diff)
	}
	second, err := Write(title, again, files)
	if diff := cmp.Diff(string(first), string(second)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if plain, err := Write("", withMedia(), nil); err != nil || strings.Contains(string(plain), "left") || strings.Contains(string(plain), "files") {
		t.Errorf("a map without files speaks of them: %v\n%s", err, plain)
	}
}

// TestContentsOfOthers: a file that lies about its contents is refused.
func TestContentsOfOthers(t *testing.T) {
	key := carried("rain").Hash.String()
	for name, c := range map[string]struct {
		files string
		kind  fault.Kind
	}{
		"another content": {`{"` + key + `":{"kind":"text/plain","data":"c25vdw=="}}`, fault.Invalid},
		"no hash":         {`{"../../x":{"kind":"text/plain","data":"c25vdw=="}}`, fault.Invalid},
		"no base64":       {`{"` + key + `":{"kind":"text/plain","data":"<>"}}`, fault.Invalid},
		"not an object":   {`["` + key + `"]`, fault.Invalid},
	} {
		if _, _, _, err := Read([]byte(head + `,"files":` + c.files + `}`)); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	large := carried(strings.Repeat("x", MaxContents/2+1))
	other := carried(strings.Repeat("y", MaxContents/2+1))
	b, err := Write("", withMedia(large.Hash, other.Hash), []attach.Carried{large, other})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := Read(b); !fault.Is(err, fault.Limit) {
		t.Errorf("too much: %v", err)
	}
}
