package httpd

import (
	"strings"
	"testing"
)

// TestTidyIsForPeople: who is signed in has a graph arranged; what is no graph is refused.
func TestTidyIsForPeople(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	for _, c := range []struct {
		what, who, body string
		code            int
		answer          string
	}{
		{"two boxes", op, `{"boxes":[[100,40],[100,40]],"lines":[[0,1]],"down":false}`, 200, `{"places":[[0,0],[180,0]]}`},
		{"nobody", "", `{"boxes":[],"lines":[],"down":false}`, 401, ""},
		{"a line nowhere", op, `{"boxes":[[100,40]],"lines":[[0,9]],"down":false}`, 422, ""},
		{"three numbers", op, `{"boxes":[[1,2,3]],"lines":[],"down":false}`, 422, ""},
		{"too many", op, `{"boxes":[` + strings.TrimSuffix(strings.Repeat("[9,9],", 1001), ",") + `],"lines":[],"down":false}`, 422, ""},
	} {
		w := b.ask("POST", prefix+"/tidy", c.who, c.body, nil)
		if w.Code != c.code || c.answer != "" && strings.TrimSpace(w.Body.String()) != c.answer {
			t.Errorf("%s: %d %s, want %d %s", c.what, w.Code, w.Body, c.code, c.answer)
		}
	}
}
