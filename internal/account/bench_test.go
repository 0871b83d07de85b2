package account

import (
	"bytes"
	"fmt"
	"testing"

	"plectica/internal/keyfile"
)

// BenchmarkPassword: how long a password takes, by bcrypt's cost. That of an account,
// right or wrong, and that of nobody have to take the same.
func BenchmarkPassword(b *testing.B) {
	p := keyfile.New(1, map[int][]byte{1: bytes.Repeat([]byte{7}, keyfile.Bytes)})
	for _, cost := range []int{10, 11, 12} {
		h := newHasher(p, cost, Bcrypt{})
		known, err := h.make(b.Context(), "a few plain words")
		if err != nil {
			b.Fatal(err)
		}
		old, err := newHasher(p, leastCost, Bcrypt{}).make(b.Context(), "a few plain words")
		if err != nil {
			b.Fatal(err)
		}
		nobody := h.dummy()
		for name, c := range map[string]struct {
			password string
			right    bool
		}{"right": {"a few plain words", true}, "wrong": {"some other words", false}, "nobody": {"a few plain words", false}, "wrong, of an older cost": {"some other words", false}} {
			cred := known
			switch name {
			case "nobody":
				cred = nobody
			case "wrong, of an older cost":
				cred = old
			}
			b.Run(fmt.Sprintf("cost %d/%s", cost, name), func(b *testing.B) {
				for b.Loop() {
					if ok, err := h.check(b.Context(), c.password, cred); ok != c.right || err != nil {
						b.Fatalf("%v, %v", ok, err)
					}
				}
			})
		}
	}
}
