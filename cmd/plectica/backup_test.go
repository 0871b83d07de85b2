package main

import (
	"strings"
	"testing"

	"plectica/internal/operate"
)

// TestLacking: what a restore had to leave out is said, and is no success.
func TestLacking(t *testing.T) {
	for name, c := range map[string]struct {
		back operate.Restored
		says []string
	}{
		"nothing":        {operate.Restored{Later: 3}, nil},
		"gaps":           {operate.Restored{Gaps: 2}, []string{"of 2 maps"}},
		"damaged":        {operate.Restored{Damaged: []string{"segments/1"}}, []string{"left out: segments/1\n", "1 objects"}},
		"another schema": {operate.Restored{Schema: 9}, []string{"version 9", "not all"}},
		"all":            {operate.Restored{Gaps: 2, Schema: 9, Damaged: []string{"segments/1"}}, []string{"of 2 maps", "version 9", "segments/1"}},
	} {
		var out strings.Builder
		err := lacking(env{stdout: &out}, &c.back)
		if err != nil {
			out.WriteString(err.Error())
		}
		if (err == nil) != (len(c.says) == 0) || err == nil && out.Len() > 0 {
			t.Errorf("%s: %q, %v", name, &out, err)
		}
		for _, text := range c.says {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s: %q lacks %q", name, out.String(), text)
			}
		}
	}
}
