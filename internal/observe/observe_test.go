package observe

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLogger(t *testing.T) {
	var out strings.Builder
	l := Logger(&out, "warn")
	l.InfoContext(t.Context(), "quiet")
	l.WarnContext(t.Context(), "loud", "n", 1)
	var line map[string]any
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if line["msg"] != "loud" || line["n"] != 1.0 {
		t.Errorf("line %v", line)
	}
}

func TestRegistry(t *testing.T) {
	got, err := Registry().Gather()
	if err != nil || len(got) == 0 {
		t.Errorf("%d families, %v", len(got), err)
	}
}
