package httpd

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"plectica/internal/api"
	"plectica/internal/caller"
)

// browser keeps cookies as one does.
type browser struct {
	*bench
	jar  map[string]string
	addr string // where it is
}

func (b *bench) browser() *browser {
	return &browser{bench: b, jar: map[string]string{}, addr: "192.0.2.1:5000"}
}

// signedIn is a browser of somebody signed in.
func (b *bench) signedIn(t testing.TB, name string) *browser {
	t.Helper()
	v := b.browser()
	v.jar[caller.Cookie] = b.signIn(t, name)
	return v
}

// send sends a request with the cookies there are and keeps those that come back.
func (v *browser) send(t testing.TB, method, target, body string, change func(r *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	w := v.ask(method, target, "", body, func(r *http.Request) {
		r.RemoteAddr = v.addr
		for name, value := range v.jar {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		if change != nil {
			change(r)
		}
	})
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(v.jar, c.Name)
			continue
		}
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite < http.SameSiteLaxMode {
			t.Errorf("cookie %v", c)
		}
		v.jar[c.Name] = c.Value
	}
	return w
}

// do calls the API and returns the answer.
func (v *browser) do(t testing.TB, method, path, body string, want int) map[string]any {
	t.Helper()
	w := v.send(t, method, api.Prefix+path, body, nil)
	if w.Code != want {
		t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%s %s: %v in %q", method, path, err, w.Body)
		}
	}
	return out
}

// raw returns a part of an answer as it was.
func raw(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
