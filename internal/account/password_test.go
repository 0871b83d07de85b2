package account

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"plectica/internal/fault"
	"plectica/internal/keyfile"
)

func TestHashingIsBounded(t *testing.T) {
	b := newBench(t)
	release := make(chan struct{})
	b.hash.bcrypt.Compare = func([]byte, []byte) error { <-release; return nil }
	var wg sync.WaitGroup
	errs := make(chan error, 200)
	for range cap(errs) {
		wg.Go(func() {
			_, err := b.hash.check(context.Background(), other, b.hash.dummy())
			errs <- err
		})
	}
	want := cap(errs) - cap(b.hash.waiting)
	for range want {
		if err := <-errs; !fault.Is(err, fault.Busy) {
			t.Errorf("in a full queue: %v", err)
		}
	}
	close(release)
	wg.Wait()
	for range cap(b.hash.waiting) {
		if err := <-errs; err != nil {
			t.Errorf("in the queue: %v", err)
		}
	}
}

func TestCalibrate(t *testing.T) {
	for _, c := range []struct {
		took time.Duration // one hash at the least cost
		from int
		want int
	}{
		{time.Millisecond, 10, mostCost},
		{60 * time.Millisecond, 10, 12},
		{126 * time.Millisecond, 10, 10},
		{5 * time.Second, 10, 10},
		{5 * time.Second, 12, 12}, // never lowered
		{5 * time.Second, 4, 10},
	} {
		h := newHasher(keyfile.New(1, map[int][]byte{1: {1}}), c.from, Bcrypt{})
		h.bcrypt.Compare = func([]byte, []byte) error { return nil }
		now := time.Unix(0, 0)
		clock := func() time.Time { now = now.Add(c.took); return now }
		if got, err := h.calibrate(t.Context(), clock); got != c.want || err != nil {
			t.Errorf("%v from %d: cost %d, %v, want %d", c.took, c.from, got, err, c.want)
		}
	}
}

func TestPepper(t *testing.T) {
	b := newBench(t)
	b.operator(t)
	file := filepath.Join(b.dir, "pepper")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	// A second pepper is current; older passwords fit and are hashed again.
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	two := string(text) + "2 " + strings.Repeat("ab", keyfile.Bytes) + "\n"
	if err := os.WriteFile(file, []byte(two), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Service = b.open(t)
	if _, err := b.SignIn(t.Context(), from("192.0.2.1"), "op@example.test", good); err != nil {
		t.Error(err)
	}
	if _, c, _ := b.st.AccountByEmail(t.Context(), "op@example.test"); c.Pepper != 2 {
		t.Errorf("pepper %d", c.Pepper)
	}
	for _, damaged := range []string{"", "1", "1 zz", "x " + strings.Repeat("ab", 32), "1 abcd"} {
		if err := os.WriteFile(file, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), Config{Store: b.st, PepperFile: file}); err == nil {
			t.Errorf("pepper file %q passed", damaged)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), Config{Store: b.st, PepperFile: file}); err == nil {
		t.Error("a new pepper was made though accounts exist")
	}
}

func TestInputIsNotCutOff(t *testing.T) {
	h := newHasher(keyfile.New(1, map[int][]byte{1: {1}}), leastCost, Bcrypt{})
	h.bcrypt.Generate = func(in []byte, _ int) ([]byte, error) { return bcrypt.GenerateFromPassword(in, bcrypt.MinCost) }
	long := strings.Repeat("x", 100)
	c, err := h.make(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	h.bcrypt.Compare = func(hash, in []byte) error {
		if len(in) != 64 {
			t.Errorf("bcrypt sees %d bytes", len(in))
		}
		return bcrypt.CompareHashAndPassword(hash, in)
	}
	for p, want := range map[string]bool{long: true, long + "X": false, long[:72]: false} {
		if ok, err := h.check(t.Context(), p, c); ok != want || err != nil {
			t.Errorf("%d characters: %v, %v", len(p), ok, err)
		}
	}
	// One way to write an é is as good as the other.
	c, _ = h.make(t.Context(), "un caf\u00e9 au lait")
	if ok, _ := h.check(t.Context(), "un cafe\u0301 au lait", c); !ok {
		t.Error("passwords are not normalised")
	}
}

func TestCheckPassword(t *testing.T) {
	for p, ok := range map[string]bool{
		good: true, "пятнадцать букв": true, strings.Repeat("ab1", 300) + "c": true,
		"fourteen chars": false, "": false, "CorrectHorseBatteryStaple": false, "aaaaaaaaaaaaaaaa": false,
		"abababababababab": false, "long.enough@example.test": false, "Person With A Name": false,
		strings.Repeat("x", 1025): false, "invalid \xff bytes here": false, "1234512345123451": false,
	} {
		err := CheckPassword(p, "long.enough@example.test", "Person With A Name", "Maps of Delft")
		if (err == nil) != ok {
			t.Errorf("password %q: %v", p, err)
		}
	}
}

func TestDummyCostsWork(t *testing.T) {
	for cost := bcrypt.MinCost; cost < bcrypt.MinCost+2; cost++ {
		// A malformed hash would be refused at once.
		if err := bcrypt.CompareHashAndPassword(dummyHash(cost), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			t.Errorf("cost %d: %v", cost, err)
		}
	}
}

// TestPasswordsOthersTry: what was leaked elsewhere and what anybody knows of the person
// and the site makes no password, nor do two of them, nor a few signs around them.
func TestPasswordsOthersTry(t *testing.T) {
	for p, ok := range map[string]bool{
		"sunshine football": false, "Password-Dragon!1": false, "letmein!letmein!letmein!": false, "123456789+123456789": false,
		"plectica+plectica": false, "Plectica-2026!!!": false, "Ada.Lovelace.1815": false, "lovelace@delft!": false,
		"sunshine over delft, twice": true, "dragon monkey shadow master": false, "0481 5162 3429 7713": true, "jx!qw;vk#z&tr%bm": true,
		good: true, other: true, strings.Repeat(good+other, 9): true,
	} {
		if err := CheckPassword(p, "ada.lovelace@delft.test", "Ada Lovelace", "Maps of Delft"); (err == nil) != ok {
			t.Errorf("password %q: %v", p, err)
		}
	}
}
