package httpd

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plectica/internal/api"
)

func pngOf(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bring sends a file to a map, under whatever type it claims.
func (b *bench) bring(m, cookie, data, claims string) *httptest.ResponseRecorder {
	return b.ask("POST", api.Prefix+"/maps/"+m+"/blobs", cookie, data, func(r *http.Request) {
		r.Header.Set("Content-Type", claims)
	})
}

func (b *bench) brought(t *testing.T, m, cookie, data string) blobJSON {
	t.Helper()
	w := b.bring(m, cookie, data, "image/png")
	var out blobJSON
	if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != 201 || err != nil {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	return out
}

func (b *bench) give(m, hash, cookie string) *httptest.ResponseRecorder {
	return b.ask("GET", "/maps/"+m+"/blobs/"+hash, cookie, "", nil)
}

// TestBlobRights: ME-1. Editors bring files, viewers see them, and for anybody else
// there is no such map; a file of another map is not there.
func TestBlobRights(t *testing.T) {
	b := newBench(t, nil)
	op, ada, eve := b.signIn(t, "Op"), b.signIn(t, "Ada"), b.signIn(t, "Eve")
	m, other := b.newMap(t, op, "Map"), b.newMap(t, op, "Other")
	b.api(t, "PUT", "/maps/"+m+"/access", op, `{"email":"ada@example.test","role":"view"}`, 200)
	img := b.brought(t, m, op, pngOf(t, 600, 300))
	if img.Kind != "image/png" || img.W != 600 || img.H != 300 {
		t.Errorf("%+v", img)
	}
	adopt := `{"from":"` + m + `","hashes":["` + img.Hash + `"]}`
	for _, c := range []struct {
		who, what string
		got, want int
	}{
		{"viewer", "brings", b.bring(m, ada, "words", "text/plain").Code, 403},
		{"stranger", "brings", b.bring(m, eve, "words", "text/plain").Code, 404},
		{"nobody", "brings", b.bring(m, "", "words", "text/plain").Code, 401},
		{"viewer", "sees", b.give(m, img.Hash, ada).Code, 200},
		{"viewer", "sees small", b.give(m, img.Hash+"?size=256", ada).Code, 200},
		{"stranger", "sees", b.give(m, img.Hash, eve).Code, 404},
		{"stranger", "sees small", b.give(m, img.Hash+"?size=256", eve).Code, 404},
		{"nobody", "sees", b.give(m, img.Hash, "").Code, 401},
		{"owner", "sees through another map", b.give(other, img.Hash, op).Code, 404},
		{"owner", "sees no size", b.give(m, img.Hash+"?size=257", op).Code, 404},
		{"owner", "sees no number", b.give(m, img.Hash+"?size=x", op).Code, 404},
		{"owner", "sees no hash", b.give(m, "..%2fplectica.db", op).Code, 404},
		{"owner", "sees what is not there", b.give(m, strings.Repeat("0", 64), op).Code, 404},
	} {
		if c.got != c.want {
			t.Errorf("%s %s: %d, want %d", c.who, c.what, c.got, c.want)
		}
	}
	mine := b.newMap(t, ada, "Mine")
	b.api(t, "POST", "/maps/"+other+"/blobs/adopt", eve, adopt, 404)
	b.api(t, "POST", "/maps/"+b.newMap(t, eve, "Eve's")+"/blobs/adopt", eve, adopt, 404)
	b.api(t, "POST", "/maps/"+m+"/blobs/adopt", ada, adopt, 403)
	b.api(t, "POST", "/maps/"+mine+"/blobs/adopt", ada, `{"from":"`+m+`","hashes":["x"]}`, 422)
	got := b.api(t, "POST", "/maps/"+mine+"/blobs/adopt", ada, adopt, 200)["adopted"].([]any)
	if len(got) != 1 || b.give(mine, img.Hash, ada).Code != 200 {
		t.Errorf("adopted %v", got)
	}
	if w := b.ask("POST", api.Prefix+"/maps/"+m+"/blobs", op, "words", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != 403 {
		t.Errorf("a page of another site brings a file: %d", w.Code)
	}
}

// TestBlobsNeverRun: ME-6. Only raster images and videos are shown; a page, a drawing
// with scripts, or what lies about itself can only be saved, and runs nowhere.
func TestBlobsNeverRun(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ data, claims, shown string }{
		"image":                  {pngOf(t, 9, 9), "text/html", "image/png"},
		"moving image":           {moving.String(), "", "image/gif"},
		"video":                  {"\x00\x00\x00\x18ftypmp42 not much of one", "video/mp4", "video/mp4"},
		"page":                   {"<!doctype html><script>alert(1)</script>", "image/png", ""},
		"drawing with a script":  {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`, "image/svg+xml", ""},
		"drawing with a heading": {`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`, "image/png", ""},
		"document":               {"%PDF-1.7 ...", "application/pdf", ""},
		"script":                 {"alert(1)", "text/javascript", ""},
		"archive":                {"PK\x03\x04....", "application/zip", ""},
		"image and page in one":  {pngOf(t, 9, 9) + "<script>alert(1)</script>", "text/html", "image/png"},
	} {
		f := b.brought(t, m, op, c.data)
		w := b.give(m, f.Hash, op)
		h := w.Header()
		kind, disposition := "application/octet-stream", "attachment"
		if c.shown != "" {
			kind, disposition = c.shown, "inline"
		}
		if w.Code != 200 || w.Body.String() != c.data || h.Get("Content-Type") != kind || h.Get("Content-Disposition") != disposition {
			t.Errorf("%s: %d, %d bytes, %s, %s", name, w.Code, w.Body.Len(), h.Get("Content-Type"), h.Get("Content-Disposition"))
		}
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Cookie, Authorization",
		} {
			if got := h.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		small := b.give(m, f.Hash+"?size=256", op)
		if image := strings.HasPrefix(c.shown, "image/"); (small.Code == 200) != image || image && strings.Contains(small.Body.String(), "script") {
			t.Errorf("%s: its thumbnail %d", name, small.Code)
		}
	}
}

// TestBlobsRefused: ME-6. What is too large, broken or would burst is refused with words.
func TestBlobsRefused(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	good := pngOf(t, 300, 300)
	for name, c := range map[string]struct {
		data string
		code int
		word string
	}{
		"fifty megabytes":   {strings.Repeat("x", 50<<20), 413, "larger than 1 MB"},
		"one byte too much": {strings.Repeat("x", 1<<20+1), 413, "larger than 1 MB"},
		"nothing":           {"", 422, "empty"},
		"a cut image":       {good[:len(good)/2], 422, "cannot be read"},
		"a burst of pixels": {good[:16] + "\x00\x01\x86\xa0\x00\x01\x86\xa0" + good[24:], 422, "cannot be read"},
	} {
		w := b.bring(m, op, c.data, "image/png")
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.word) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	// Without a length the bytes are counted as they come.
	w := b.ask("POST", api.Prefix+"/maps/"+m+"/blobs", op, strings.Repeat("x", 2<<20), func(r *http.Request) { r.ContentLength = -1 })
	if w.Code < 400 || w.Code >= 500 {
		t.Errorf("without a length: %d %s", w.Code, w.Body)
	}
	for i := range 3 {
		b.brought(t, m, op, strings.Repeat(string(rune('a'+i)), 1<<20))
	}
	if w := b.bring(m, op, "one more", ""); w.Code != 422 || !strings.Contains(w.Body.String(), "this map") || !strings.Contains(w.Body.String(), "3 MB") {
		t.Errorf("a full map: %d %s", w.Code, w.Body)
	}
	if site := b.api(t, "GET", "/site", "", "", 200); site["fileBytes"] != float64(1<<20) {
		t.Errorf("site %v", site)
	}
}

// TestDamagedBlobIsNotServed: ME-2. It is an error without a byte of it, and is noted.
func TestDamagedBlobIsNotServed(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	f := b.brought(t, m, op, "what was written")
	if err := os.WriteFile(filepath.Join(b.blobs, f.Hash[:2], f.Hash), []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := b.give(m, f.Hash, op)
	if w.Code != 500 || strings.Contains(w.Body.String(), "something else") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if !strings.Contains(b.logs.String(), "damaged") || !strings.Contains(b.logs.String(), f.Hash) {
		t.Errorf("it is not noted: %s", &b.logs)
	}
}

// TestBlobParts: a video is given out in parts, and one that is known is not sent again.
func TestBlobParts(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	f := b.brought(t, m, op, "\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"+strings.Repeat("0123456789", 10))
	w := b.ask("GET", "/maps/"+m+"/blobs/"+f.Hash, op, "", func(r *http.Request) { r.Header.Set("Range", "bytes=12-21") })
	if w.Code != 206 || w.Body.String() != "0123456789" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	w = b.ask("GET", "/maps/"+m+"/blobs/"+f.Hash, op, "", func(r *http.Request) { r.Header.Set("If-None-Match", w.Header().Get("ETag")) })
	if w.Code != 304 {
		t.Errorf("what is known is sent again: %d", w.Code)
	}
}

// TestUploadRate: an account brings so many files at once and no more.
func TestUploadRate(t *testing.T) {
	b := newBench(t, nil)
	op := b.signIn(t, "Op")
	m := b.newMap(t, op, "Map")
	slowed := time.Duration(0)
	for range 2 * uploadRate().Burst {
		if w := b.bring(m, op, "", ""); w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			slowed++
		}
	}
	if slowed == 0 {
		t.Error("nothing slows it")
	}
}
