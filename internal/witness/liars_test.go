package witness

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plectica/internal/fault"
)

// answers is a liar that answers one path by itself.
func answers(path string, how http.HandlerFunc) liar {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		how(w, r)
		return true
	}
}

func asJSON(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
}

// TestLiars: whatever a site answers is a verdict, in bounded time and memory, and nothing of
// it is cosigned.
func TestLiars(t *testing.T) {
	s, h := newStand(t)
	h.write(t, 4)
	s.look(t)
	h.write(t, 4)
	key, text, err := h.show(t.Context())
	must(t, err)
	checkpoint := func(text string) liar {
		return answers("/checkpoint", asJSON(map[string]any{"key": key, "checkpoint": text}))
	}
	path := func(path any) liar {
		return answers("/consistency", asJSON(map[string]any{"path": path}))
	}
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32))
	honest, err := h.prove(t.Context(), 9, 13)
	must(t, err)
	var short []string
	for _, p := range honest[1:] {
		short = append(short, base64.StdEncoding.EncodeToString(p[:]))
	}
	f := forge(t, h, s.clock, func(l [][]byte) [][]byte { return l })
	signed := func(body string) string {
		_, text, err := f.sign(body)
		must(t, err)
		return string(text)
	}
	both := func(path string, status int) liar {
		return answers(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"checkpoint":"`)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("a", 1<<10)); err != nil {
				return
			}
		}
	}
	hanging := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	dripping := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, " "); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			time.Sleep(time.Millisecond)
		}
	}
	for name, c := range map[string]struct {
		lie  liar
		want Kind
	}{
		"another signature":      {checkpoint(strings.Replace(string(text), "\n13\n", "\n14\n", 1)), Stranger},
		"no signature":           {checkpoint(strings.SplitAfter(string(text), "\n\n")[0]), Stranger},
		"another origin":         {checkpoint(signed("another\n13\n" + hash + "\n")), Stranger},
		"another form":           {checkpoint(signed(f.name + "\nthirteen\n" + hash + "\n")), Stranger},
		"a signature as text":    {answers("", liesWithPath(key, signed(f.name+"\n9000\n"+hash+"\n— x y\n"))), Forked},
		"an empty line":          {checkpoint(signed(f.name + "\n13\n" + hash + "\n\nat 7\n")), Stranger},
		"a huge checkpoint":      {checkpoint(signed(f.name + "\n13\n" + hash + "\n" + strings.Repeat("more\n", 5000))), Stranger},
		"a large answer":         {answers("/checkpoint", asJSON(map[string]any{"key": key, "checkpoint": string(text), "more": strings.Repeat("a", maxAnswer)})), Unreachable},
		"nothing":                {answers("/checkpoint", asJSON(map[string]any{})), Unreachable},
		"a list":                 {answers("/checkpoint", asJSON([]int{1})), Unreachable},
		"a shorter proof":        {path(short), Forked},
		"a longer proof":         {path(append(append([]string{}, short...), hash, hash, hash)), Forked},
		"no proof":               {path([]string{}), Forked},
		"null":                   {path(nil), Forked},
		"no hashes":              {path([]string{"AAAA"}), Unproven},
		"a proof without an end": {path(make([]string, 1000)), Unproven},
		"a refusal":              {both("/consistency", 422), Unproven},
		"gone":                   {both("/consistency", 410), Unproven},
		"busy":                   {both("/consistency", 503), Unreachable},
		"no token":               {both("/checkpoint", 401), Unreachable},
		"not found":              {both("/checkpoint", 404), Unreachable},
		"a refused checkpoint":   {both("/checkpoint", 422), Unreachable},
		"endless":                {answers("/checkpoint", endless), Unreachable},
		"endless proof":          {answers("/consistency", endless), Unreachable},
		"hanging":                {answers("/checkpoint", hanging), Unreachable},
		"dripping":               {answers("/checkpoint", dripping), Unreachable},
		"a page":                 {answers("/checkpoint", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>") }), Unreachable},
		"a page that is called so": {answers("/checkpoint", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "<!doctype html>")
		}), Unreachable},
		"a redirect": {answers("/checkpoint", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/api/v1/audit/checkpoint2", http.StatusFound)
		}), Unreachable},
		"a short body": {answers("/checkpoint", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, "{")
		}), Unreachable},
	} {
		s.lie.Store(&c.lie)
		w, err := New(s.c)
		must(t, err)
		ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		v, err := w.Step(ctx)
		stop()
		must(t, w.Close())
		if err != nil || v.Kind != c.want || v.Kind <= Same {
			t.Errorf("%s: %v, %v", name, v, err)
		}
		if strings.Contains(v.String(), token) || strings.ContainsFunc(v.String(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s says %q", name, v)
		}
	}
	s.lie.Store(nil)
	if v := s.look(t); v.Kind != Grew || v.Was.Size != 9 || v.Is.Size != 13 {
		t.Errorf("after all that: %v", v)
	}
}

// liesWithPath shows a checkpoint, and a path that leads nowhere.
func liesWithPath(key, text string) http.HandlerFunc {
	return asJSON(map[string]any{"key": key, "checkpoint": text, "path": []string{}})
}

// TestSignatureAsText: what would be read back as something else is not cosigned, even if the
// log signed it and it is the first.
func TestSignatureAsText(t *testing.T) {
	s, h := newStand(t)
	f := forge(t, h, s.clock, func(l [][]byte) [][]byte { return l })
	root := base64.StdEncoding.EncodeToString(make([]byte, 32))
	key, text, err := f.sign(f.name + "\n5\n" + root + "\nat 1\n— x AAAA\n")
	must(t, err)
	lie := answers("/checkpoint", asJSON(map[string]any{"key": key, "checkpoint": string(text)}))
	s.lie.Store(&lie)
	if v := s.look(t); v.Kind != Stranger {
		t.Errorf("%v", v)
	}
}

// TestConfig: what cannot be asked is refused before anything is made.
func TestConfig(t *testing.T) {
	for _, c := range []Config{
		{}, {URL: "https://a.test"}, {URL: "http://a.test", Token: "t"}, {URL: "https://a.test/path", Token: "t"}, {URL: "https://u:p@a.test", Token: "t"},
		{URL: "https://a.test?x=1", Token: "t"}, {URL: "https://a.test", Token: "two words"}, {URL: "https://a.test", Token: strings.Repeat("t", 2000)},
		{URL: "https://a.test", Token: "t", Key: "no key"},
	} {
		c.Dir = t.TempDir() + "/witness"
		if w, err := New(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v, %v", c, w, err)
		}
		if _, err := os.Stat(c.Dir); err == nil {
			t.Errorf("%+v: a directory was made", c)
		}
	}
}

// roundTrip is a way out without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTriesAgain: a site that is away for a moment is asked again, a few times, and then at the
// next look; Run ends with its context.
func TestTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var asked []time.Duration
		client := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			asked = append(asked, time.Since(began))
			return nil, fault.New(fault.Busy, "away")
		})}
		w, err := New(Config{URL: "https://a.test", Token: "t", Dir: t.TempDir(), Client: client, Every: time.Minute})
		must(t, err)
		defer func() { must(t, w.Close()) }()
		ctx, stop := context.WithTimeout(t.Context(), 90*time.Second)
		defer stop()
		var told []Verdict
		must(t, w.Run(ctx, func(v Verdict) { told = append(told, v) }))
		if fmt.Sprint(asked) != "[0s 2s 6s 1m6s 1m8s 1m12s]" || len(told) != 2 || told[0].Kind != Unreachable {
			t.Errorf("asked %v, told %v", asked, told)
		}
	})
}
