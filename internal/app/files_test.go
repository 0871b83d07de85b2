package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plectica/internal/datadir"
	"plectica/internal/id"
	"plectica/internal/operate"
	"plectica/internal/robot"
	"plectica/internal/sysmap"
)

// withFile is a card that names a content.
func withFile(hash string) func(*sysmap.Map) []sysmap.Op {
	return func(*sysmap.Map) []sysmap.Op {
		return []sysmap.Op{{Kind: sysmap.OpPut, Type: sysmap.Card, ID: robot.NewID[id.Object](), Title: "x", Place: sysmap.Place{Order: sysmap.Between("", "", 1)},
			Regs: []sysmap.Reg{{Field: sysmap.Media, Entry: hash, Value: sysmap.TextValue("text/plain|0|0|5|1|words.txt|")}}}}
	}
}

// TestFilesGoAlong: VW-4, ME-1. A duplicate, and a map that was exported and imported,
// have the files of the map; the second export is the first, byte for byte. Damage is
// found by verify.
func TestFilesGoAlong(t *testing.T) {
	p := newParty(t)
	owner := p.robot(t, p.owner)
	until(t, "connected", owner.Settled)
	maps := "/api/v1/maps/"
	code, text, _ := p.raw(t, p.owner.client, "POST", maps+p.m.String()+"/blobs", "words")
	var file struct{ Hash, Kind string }
	if err := json.Unmarshal([]byte(text), &file); code != 201 || err != nil || file.Kind != "text/plain" {
		t.Fatalf("%d %s", code, text)
	}
	missing := strings.Repeat("0", 64)
	for _, h := range []string{file.Hash, missing} {
		if err := owner.Do(0, withFile(h)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "saved", owner.Settled)
	code, first, _ := p.raw(t, p.owner.client, "GET", "/maps/"+p.m.String()+"/file", "")
	if code != 200 || !strings.Contains(first, `"data": "d29yZHM="`) || !strings.Contains(first, `"left"`) {
		t.Fatalf("%d %s", code, first)
	}
	for what, answer := range map[string]func() (int, string){
		"duplicate": func() (int, string) {
			c, b, _ := p.raw(t, p.owner.client, "POST", maps+p.m.String()+"/duplicate", `{"title":"Water"}`)
			return c, b
		},
		"import": func() (int, string) { c, b, _ := p.raw(t, p.owner.client, "POST", maps+"import", first); return c, b },
	} {
		code, made := answer()
		var info struct{ ID string }
		if err := json.Unmarshal([]byte(made), &info); code != 201 || err != nil {
			t.Fatalf("%s: %d %s", what, code, made)
		}
		if code, got, _ := p.raw(t, p.owner.client, "GET", "/maps/"+info.ID+"/blobs/"+file.Hash, ""); code != 200 || got != "words" {
			t.Errorf("%s: its file is %d %q", what, code, got)
		}
		if _, second, _ := p.raw(t, p.owner.client, "GET", "/maps/"+info.ID+"/file", ""); second != first {
			t.Errorf("%s: exported again it is another:\n%s\n%s", what, first, second)
		}
		if code, _, _ := p.raw(t, p.viewer.client, "GET", "/maps/"+info.ID+"/blobs/"+file.Hash, ""); code != 404 {
			t.Errorf("%s: a stranger got the file: %d", what, code)
		}
	}
	if got, err := operate.Verify(t.Context(), p.config, nil); err != nil || got.Files != 3 || len(got.Bad) != 0 {
		t.Errorf("verify: %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(p.config.Data, datadir.Blobs, file.Hash[:2], file.Hash), []byte("sword"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := operate.Verify(t.Context(), p.config, nil); err != nil || len(got.Bad) != 3 || !strings.Contains(got.Bad[0], "damaged") {
		t.Errorf("verify of a damaged file: %+v, %v", got, err)
	}
	if code, got, _ := p.raw(t, p.owner.client, "GET", "/maps/"+p.m.String()+"/blobs/"+file.Hash, ""); code != 500 || strings.Contains(got, "sword") {
		t.Errorf("a damaged file is given out: %d %q", code, got)
	}
	if _, left, _ := p.raw(t, p.owner.client, "GET", "/maps/"+p.m.String()+"/file", ""); strings.Contains(left, `"data"`) || !strings.Contains(left, file.Hash) {
		t.Errorf("a map with a damaged file is exported as\n%s", left)
	}
}
