package httpd

import (
	"strings"
	"testing"

	"plectica/internal/account"
	"plectica/internal/api"
)

// TestKept: what a person keeps is theirs alone, is JSON, has a name and fits.
func TestKept(t *testing.T) {
	b := newBench(t, nil)
	op, eve := b.signIn(t, "Op"), b.signIn(t, "Eve")
	for _, c := range []struct {
		what, method, name string
		who                string
		body               string
		code               int
		answer             string
	}{
		{"nothing yet", "GET", "read", op, "", 200, `null`},
		{"keeping", "PUT", "read", op, `{"all": 5}`, 204, ""},
		{"reading", "GET", "read", op, "", 200, `{"all":5}`},
		{"somebody else's", "GET", "read", eve, "", 200, `null`},
		{"no sign-in", "GET", "read", "", "", 401, ""},
		{"no JSON", "PUT", "read", op, `{"all":`, 400, ""},
		{"no name there can be", "PUT", "R%20d", op, `1`, 422, ""},
		{"too large", "PUT", "read", op, `"` + strings.Repeat("x", account.MaxKept) + `"`, 422, ""},
		{"still the first", "GET", "read", op, "", 200, `{"all":5}`},
		{"forgetting", "PUT", "read", op, `null`, 204, ""},
		{"forgotten", "GET", "read", op, "", 200, `null`},
	} {
		w := b.ask(c.method, api.Prefix+"/kept/"+c.name, c.who, c.body, nil)
		if w.Code != c.code || c.answer != "" && strings.TrimSpace(w.Body.String()) != c.answer {
			t.Errorf("%s: %d %s, want %d %s", c.what, w.Code, w.Body, c.code, c.answer)
		}
	}
}
