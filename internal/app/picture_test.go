package app

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"testing"
)

// TestPictures: whoever may read a map's history sees how it looked, and nothing that
// anybody wrote runs there.
func TestPictures(t *testing.T) {
	h := newHall(t)
	m := h.mapIn("", "")
	const title = `</text><script>alert("1")</script>`
	if got := h.push(h.owner, m.id, newCard(title)(nil)...); got != done {
		t.Fatalf("a card: %v", got)
	}
	get := func(seq string) (*http.Response, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", h.origin+"/maps/"+m.id+"/past/"+seq+"/picture", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := h.owner.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }() // only read
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, b
	}
	resp, svg := get("3")
	for header, want := range map[string]string{
		"Content-Type": "image/svg+xml", "Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff",
		"Content-Disposition": "attachment; filename=map.svg", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s is %q", header, got)
		}
	}
	seen := false
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v in %s", err, svg)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if e.Name.Local == "script" {
				t.Error("a script")
			}
		case xml.CharData:
			seen = seen || bytes.Contains(e, []byte("alert"))
		}
	}
	if resp.StatusCode != 200 || !seen {
		t.Errorf("%d, the words are there: %v", resp.StatusCode, seen)
	}
	for _, seq := range []string{"0", "9", "-1", "x", "99999999999999999999"} {
		if resp, _ := get(seq); resp.StatusCode != http.StatusNotFound || resp.Header.Get("Content-Type") == "image/svg+xml" {
			t.Errorf("at %s: %d", seq, resp.StatusCode)
		}
	}
	if resp, _ := get("1"); resp.StatusCode != 200 {
		t.Errorf("the first moment: %d", resp.StatusCode)
	}
}
