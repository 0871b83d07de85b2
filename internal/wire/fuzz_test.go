package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/varint"
)

// FuzzPresence: any bytes are somebody's presence or an error, and what was read has
// one form.
func FuzzPresence(f *testing.F) {
	for _, s := range samples() {
		if p, ok := s.(*Presence); ok {
			f.Add(AppendPresence(nil, p))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := varint.NewReader(b)
		p := ReadPresence(r)
		if r.Err() != nil {
			return
		}
		again := AppendPresence(nil, &p)
		if diff := cmp.Diff(b[:len(b)-r.Len()], again); diff != "" || len(p.Selection) > MaxSelection {
			t.Fatalf("%d selected, -want +got\n%s", len(p.Selection), diff)
		}
	})
}
