package backup

import (
	"os"
	"strings"
	"testing"

	"plectica/internal/fault"
)

// TestKeys: BK-3. A recovery key can be had until it was saved, then never; until then
// each start has another one.
func TestKeys(t *testing.T) {
	path := t.TempDir()
	open := func() *Keys {
		k, err := OpenKeys(path, "")
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := open()
	first, err := k.Unsaved()
	if err != nil || k.Saved() {
		t.Fatalf("%v, %v", err, k.Saved())
	}
	k = open()
	second, err := k.Unsaved()
	if err != nil || second.String() == first.String() {
		t.Fatalf("the same after a restart: %v", err)
	}
	if err := k.NoteSaved(first.Recipient().String()); !fault.Is(err, fault.Conflict) {
		t.Errorf("the one before: %v", err)
	}
	if err := k.NoteSaved(second.Recipient().String()); err != nil || !k.Saved() {
		t.Error(err)
	}
	for _, k := range []*Keys{k, open()} {
		if _, err := k.Unsaved(); !fault.Is(err, fault.Gone) || !k.Saved() {
			t.Errorf("after it was saved: %v", err)
		}
		if got := k.Names()[0]; got != second.Recipient().String()[:shownOfKey] {
			t.Errorf("recovery key %s", got)
		}
	}
	list, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		b, err := os.ReadFile(path + "/" + e.Name())
		if err != nil || strings.Contains(string(b), second.String()) {
			t.Errorf("%s holds the private half (%v)", e.Name(), err)
		}
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	k = open()
	if err := k.Renew(); err != nil || k.Names()[0] != second.Recipient().String()[:shownOfKey] {
		t.Errorf("renewed: %v", err)
	}
	third, err := k.Unsaved()
	if err != nil || k.NoteSaved(third.Recipient().String()) != nil || open().Names()[0] != third.Recipient().String()[:shownOfKey] {
		t.Errorf("the new one: %v", err)
	}
	// The drill's key moves to another host; what is sealed stays sealed for it.
	drill := k.Names()[1]
	if err := os.Remove(path + "/" + drillKey); err != nil {
		t.Fatal(err)
	}
	k = open()
	if _, err := k.Drill(); !fault.Is(err, fault.NotFound) || k.Names()[1] != drill {
		t.Errorf("moved: %v", err)
	}
	ids, err := ReadKeys(strings.NewReader(KeyFile(third)))
	if err != nil || len(ids) != 1 {
		t.Error(err)
	}
	if _, err := ReadKeys(strings.NewReader("hello")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestKeyOfTheConfiguration: no other one is made that the next start would forget.
func TestKeyOfTheConfiguration(t *testing.T) {
	_, public, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeys(t.TempDir(), public)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Renew(); !fault.Is(err, fault.Conflict) {
		t.Errorf("another one: %v", err)
	}
}
