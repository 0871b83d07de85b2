package blob

import (
	"strings"
	"testing"

	"plectica/internal/fault"
)

func TestParse(t *testing.T) {
	h := Hash{0xab, 31: 1}
	if got, err := Parse(h.String()); err != nil || got != h {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", h.String()[1:], h.String() + "0", strings.ToUpper(h.String()), "../" + h.String()[3:], strings.Repeat("g", 64)} {
		if h, err := Parse(s); !fault.Is(err, fault.Invalid) || h != (Hash{}) {
			t.Errorf("%q: %v, %v", s, h, err)
		}
	}
}
