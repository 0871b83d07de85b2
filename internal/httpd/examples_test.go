package httpd

import (
	"strings"
	"testing"

	"plectica/internal/api"
)

// TestExamples: whoever is signed in sees them and makes one their own.
func TestExamples(t *testing.T) {
	b := newBench(t, nil)
	b.api(t, "GET", "/examples", "", "", 401)
	b.api(t, "POST", "/examples/tour", "", "", 401)
	ada := b.signIn(t, "Ada")
	list := b.api(t, "GET", "/examples", ada, "", 200)["examples"].([]any)
	if len(list) < 6 {
		t.Fatalf("%d examples", len(list))
	}
	for _, e := range list {
		e := e.(map[string]any)
		picture := e["picture"].(map[string]any)
		if e["title"] == "" || e["summary"] == "" || e["cards"].(float64) < 20 || e["language"] != "en" || len(picture["cards"].([]any)) == 0 {
			t.Errorf("example %v", e)
		}
		made := b.api(t, "POST", "/examples/"+e["name"].(string), ada, "", 201)
		if made["title"] != e["title"] || made["role"] != "own" || made["owner"] != "Ada" {
			t.Errorf("map %v", made)
		}
		if n := len(b.filled[len(b.filled)-1]); n < int(e["cards"].(float64)) {
			t.Errorf("%v was made of %d ops", e["name"], n)
		}
	}
	if maps := b.api(t, "GET", "/maps", ada, "", 200)["maps"].([]any); len(maps) != len(list) {
		t.Errorf("%d maps", len(maps))
	}
}

func TestExamplesInALanguage(t *testing.T) {
	b := newBench(t, nil)
	ada := b.signIn(t, "Ada")
	titles := make(map[string]string)
	for _, language := range []string{"en", "de", "de-CH", "xx"} {
		first := b.api(t, "GET", "/examples?language="+language, ada, "", 200)["examples"].([]any)[0].(map[string]any)
		made := b.api(t, "POST", "/examples/tour?language="+language, ada, "", 201)
		if made["title"] != first["title"] {
			t.Errorf("%s: %v, in the list %v", language, made["title"], first["title"])
		}
		titles[language] = made["title"].(string)
	}
	if titles["de"] == titles["en"] || titles["de-CH"] != titles["de"] || titles["xx"] != titles["en"] {
		t.Errorf("titles %v", titles)
	}
	b.api(t, "GET", "/examples?language="+strings.Repeat("x", 36), ada, "", 422)
	b.api(t, "GET", "/examples?tongue=de", ada, "", 422)
}

// TestUnknownExamples: a name is one of a list and no way into a folder.
func TestUnknownExamples(t *testing.T) {
	b := newBench(t, nil)
	ada := b.signIn(t, "Ada")
	for _, name := range []string{"nothing", "index", "tour.en", "..%2fmaps%2ftour", "TOUR"} {
		b.api(t, "POST", "/examples/"+name, ada, "", 404)
	}
	b.api(t, "GET", "/examples/tour", ada, "", 404)
	b.api(t, "POST", "/examples/"+strings.Repeat("x", 65), ada, "", 422)
	if len(b.filled) != 0 {
		t.Error("a map was made of nothing")
	}
}

// TestExamplesCountAsMaps: they are bounded as all maps of an account are.
func TestExamplesCountAsMaps(t *testing.T) {
	b := newBench(t, nil) // ten maps for each account
	ada := b.signIn(t, "Ada")
	for range 10 {
		b.api(t, "POST", "/examples/bees", ada, "", 201)
	}
	if w := b.ask("POST", api.Prefix+"/examples/bees", ada, "", nil); w.Code < 400 || w.Code >= 500 {
		t.Errorf("an eleventh: %d %s", w.Code, w.Body)
	}
	b.api(t, "GET", "/examples", ada, "", 200)
}
