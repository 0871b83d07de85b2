package torture

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// build makes the two programs.
func build(t *testing.T) (shipped, broken string) {
	t.Helper()
	dir := t.TempDir()
	shipped, broken = filepath.Join(dir, "plectica"), filepath.Join(dir, "plectica-faulty")
	for out, tags := range map[string]string{shipped: "", broken: "faulty"} {
		cmd := exec.CommandContext(t.Context(), "go", "build", "-tags="+tags, "-o", out, "plectica/cmd/plectica")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	}
	return shipped, broken
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) { l.t.Log(string(b)); return len(b), nil }

// TestSmoke: a few rounds of everything this machine allows.
func TestSmoke(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	shipped, broken := build(t)
	c := Config{Binary: shipped, FaultyBinary: broken, Dir: t.TempDir(), Rounds: 6, Clients: 4, Seed: 5, Out: testLog{t}}
	res, err := Run(t.Context(), c)
	if err != nil {
		t.Fatalf("%v: %v", err, res.Bad)
	}
	if res.Rounds != c.Rounds || res.Acked == 0 || res.Lost != 0 || res.Twice != 0 || res.Legs != 3 || res.Archives == 0 || res.Records == 0 {
		t.Errorf("%+v", res)
	}
	// Nothing is left of it, least of all a mounted disk.
	if left, err := os.ReadDir(c.Dir); err != nil || slices.ContainsFunc(left, os.DirEntry.IsDir) {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestForgottenAppendsAreFound: the tool finds what it looks for, in a server that
// calls saved what it did not write.
func TestForgottenAppendsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	shipped, broken := build(t)
	c := Config{
		Binary: shipped, FaultyBinary: broken, Dir: t.TempDir(), Rounds: 5, Clients: 4, Seed: 5,
		Modes: []Mode{Fsync}, Forget: true, Out: testLog{t},
	}
	res, err := Run(t.Context(), c)
	if err == nil || res.Lost == 0 || len(res.Bad) == 0 {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "leg-0.db")); err != nil {
		t.Errorf("the damaged log is not kept: %v", err)
	}
}

func TestParseModes(t *testing.T) {
	for list, want := range map[string][]Mode{
		"": AllModes(), "kill": {Kill}, "cut, kill,cut": {Cut, Kill}, "kil": nil, ",": nil,
	} {
		got, err := ParseModes(list)
		if (err != nil) != (want == nil) {
			t.Errorf("%q: %v", list, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", list, diff)
		}
	}
}

func TestStages(t *testing.T) {
	for _, c := range []struct {
		name          string
		modes         []Mode
		faulty, small bool
		want          [][]Mode
	}{
		{"all", AllModes(), true, true, [][]Mode{{Kill, Freeze, Full, Cut}, AllModes(), {Kill, Freeze, Fsync, Cut, Clock}}},
		{"shipped alone", []Mode{Kill}, false, false, [][]Mode{{Kill}, {Kill}, {Kill}}},
		{"broken alone", []Mode{Fsync}, true, true, [][]Mode{{Fsync}, {Fsync}}},
		{"full alone", []Mode{Full}, true, true, [][]Mode{{Full}, {Full}}},
		{"nothing", []Mode{Full, Clock}, false, false, nil},
	} {
		var got [][]Mode
		for _, s := range stages(c.modes, c.faulty, c.small) {
			got = append(got, s.modes)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestDraw: every mode comes, alone and with others, and the seed decides.
func TestDraw(t *testing.T) {
	a, b := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(1, 1))
	alone, with := map[Mode]int{}, map[Mode]int{}
	for range 1000 {
		got := draw(a, AllModes())
		if diff := cmp.Diff(got, draw(b, AllModes())); diff != "" {
			t.Fatal(diff)
		}
		for _, m := range got {
			if len(got) == 1 {
				alone[m]++
			} else {
				with[m]++
			}
		}
	}
	for _, m := range AllModes() {
		if alone[m] < 50 || with[m] < 50 {
			t.Errorf("%s: %d times alone, %d with others", m, alone[m], with[m])
		}
	}
}
