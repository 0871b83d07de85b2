package torture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGreeting: the server is ready after its address, the first time only once
// the way to make an account was said.
func TestGreeting(t *testing.T) {
	const address, link = "\n  Plectica is running at https://localhost:1\n\n", "  This link makes one:\n    https://localhost:1/first#SECRET\n\n"
	for _, c := range []struct {
		said  string
		first bool
		ready bool
		link  string
	}{
		{"", false, false, ""},
		{"\n\n", false, false, ""},
		{address, false, true, ""},
		{address, true, false, ""},
		{address + link, true, true, "SECRET"},
	} {
		ready := make(chan greeting, 1)
		hear(strings.NewReader(c.said), c.first, ready)
		select {
		case got := <-ready:
			if want := (greeting{"localhost:1", c.link}); !c.ready || got != want {
				t.Errorf("%q: ready with %+v", c.said, got)
			}
		default:
			if c.ready {
				t.Errorf("%q: not ready", c.said)
			}
		}
	}
}

// TestListen: dropped maps are counted, the end of the rest is kept.
func TestListen(t *testing.T) {
	p := &process{}
	p.listen(strings.NewReader(strings.Repeat("x\n", maxSaid) + "append failed, map dropped\nmap not opened\nlast\n"))
	if p.drops.Load() != 2 || len(p.said) != maxSaid || p.said[maxSaid-1] != "last" {
		t.Errorf("%d dropped, %d kept", p.drops.Load(), len(p.said))
	}
}

// TestSmallDisk: it is full when it is filled, and has room again when freed.
func TestSmallDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "disk")
	if err := probe(dir); err != nil {
		t.Skipf("no small disks here: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mountSmall(dir, smallDisk); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	file := filepath.Join(dir, "x")
	for range 2 {
		if err := fill(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, blockSize), 0o600); !isFull(err) {
			t.Errorf("a write on the full disk: %v", err)
		}
		if err := free(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, blockSize), 0o600); err != nil {
			t.Errorf("a write with room: %v", err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}
