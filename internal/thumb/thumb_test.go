package thumb

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"plectica/internal/fault"
)

// picture is red at its left top quarter, blue elsewhere.
func picture(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{B: 255, A: 255})
			if x < w/2 && y < h/2 {
				img.SetRGBA(x, y, color.RGBA{R: 255, A: 255})
			}
		}
	}
	return img
}

func encoded(t testing.TB, img image.Image, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "image/png":
		err = png.Encode(&b, img)
	case "image/jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "image/gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func seen(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func isRed(c color.Color) bool {
	r, _, b, _ := c.RGBA()
	return r > 0xb000 && b < 0x5000
}

// TestMake: thumbnails of every kind have the shape of the image and its colours.
func TestMake(t *testing.T) {
	for _, kind := range []string{"image/png", "image/jpeg", "image/gif"} {
		for _, size := range []image.Point{{2100, 1050}, {1050, 2100}, {300, 200}, {40, 20}, {1, 1}, {2600, 1}} {
			b := encoded(t, picture(size.X, size.Y), kind)
			if got := Kind(b); got != kind {
				t.Fatalf("%s is taken for %s", kind, got)
			}
			made, err := NewMaker().Make(t.Context(), bytes.NewReader(b), kind)
			if err != nil || made.W != size.X || made.H != size.Y {
				t.Fatalf("%s %v: %d x %d, %v", kind, size, made.W, made.H, err)
			}
			for i, side := range Sizes {
				img := seen(t, made.Thumbs[i])
				got := img.Bounds().Size()
				if longest := max(size.X, size.Y); max(got.X, got.Y) != min(longest, side) {
					t.Errorf("%s %v: a thumbnail of %v", kind, size, got)
				}
				if min(size.X, size.Y) >= 20 && (!isRed(img.At(got.X/8, got.Y/8)) || isRed(img.At(got.X*7/8, got.Y/8)) || isRed(img.At(got.X/8, got.Y*7/8))) {
					t.Errorf("%s %v: the picture is another", kind, size)
				}
			}
		}
	}
}

// withExif puts a camera's notes into a JPEG: how it lies, and where it was taken.
func withExif(jpg []byte, how uint16, order binary.ByteOrder) []byte {
	tiff := []byte("II*\x00")
	if order == binary.ByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	put16 := func(v uint16) { b := make([]byte, 2); order.PutUint16(b, v); tiff = append(tiff, b...) }
	put32 := func(v uint32) { b := make([]byte, 4); order.PutUint32(b, v); tiff = append(tiff, b...) }
	put32(8)
	put16(2)
	for _, e := range [][2]uint16{{0x010f, 7}, {0x0112, how}} {
		put16(e[0])
		put16(3)
		put32(1)
		put16(e[1])
		put16(0)
	}
	tiff = append(tiff, "GPS: at home"...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), jpg[2:]...)
}

// TestOrientation: ME-6. A photograph is seen as it was taken, and its thumbnails hold
// nothing of where that was.
func TestOrientation(t *testing.T) {
	plain := encoded(t, picture(320, 160), "image/jpeg")
	// Where the red quarter is seen: left and top.
	for how, want := range map[uint16][2]bool{1: {true, true}, 2: {false, true}, 3: {false, false}, 4: {true, false},
		5: {true, true}, 6: {false, true}, 7: {false, false}, 8: {true, false}, 0: {true, true}, 9: {true, true}} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			b := withExif(plain, how, order)
			made, err := NewMaker().Make(t.Context(), bytes.NewReader(b), "image/jpeg")
			if err != nil {
				t.Fatal(err)
			}
			if turned := how >= 5 && how <= 8; (made.W == 160) != turned {
				t.Errorf("%d: %d x %d", how, made.W, made.H)
			}
			for _, thumb := range made.Thumbs {
				img := seen(t, thumb)
				size := img.Bounds().Size()
				left, top := size.X/8, size.Y/8
				if !want[0] {
					left = size.X * 7 / 8
				}
				if !want[1] {
					top = size.Y * 7 / 8
				}
				if !isRed(img.At(left, top)) || isRed(img.At(size.X-1-left, top)) || isRed(img.At(left, size.Y-1-top)) {
					t.Errorf("%d: it lies otherwise", how)
				}
				if bytes.Contains(thumb, []byte("GPS")) || bytes.Contains(thumb, []byte("Exif")) {
					t.Errorf("%d: a thumbnail says where it was taken", how)
				}
			}
		}
	}
}

// TestTransparent: what shines through still does.
func TestTransparent(t *testing.T) {
	img := picture(400, 400)
	for i := range img.Pix[:400*4*100] {
		img.Pix[i] = 0
	}
	made, err := NewMaker().Make(t.Context(), bytes.NewReader(encoded(t, img, "image/png")), "image/png")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range made.Thumbs {
		if _, _, _, a := seen(t, b).At(5, 5).RGBA(); a != 0 {
			t.Error("what was empty is not")
		}
	}
}

// bomb is a PNG of a few bytes that says it has so many pixels.
func bomb(w, h uint32) []byte {
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	head = append(head, 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	b = binary.BigEndian.AppendUint32(append(b, head...), crc32.ChecksumIEEE(head))
	return append(b, "\x00\x00\x00\x00IDAT"...)
}

// TestBadImages: ME-6. What cannot be read or would burst is refused with a sentence, at
// once.
func TestBadImages(t *testing.T) {
	good := encoded(t, picture(200, 100), "image/png")
	jpg := encoded(t, picture(200, 100), "image/jpeg")
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"bomb":      {bomb(100_000, 100_000), "50 million"},
		"wide bomb": {bomb(1<<31-1, 1), "50 million"},
		"no width":  {bomb(0, 9), "cannot be read"},
		"cut short": {good[:len(good)/2], "cannot be read"},
		"jpeg":      {jpg[:len(jpg)/2], "cannot be read"},
		"a head":    {good[:8], "cannot be read"},
		"page":      {append([]byte("GIF89a"), "<script>alert(1)</script>"...), "image"},
		"webp":      {[]byte("RIFF\x20\x00\x00\x00WEBPVP8 \x10\x00\x00\x00xxxxxxxxxxxxxxxx"), "cannot be read"},
	} {
		_, err := NewMaker().Make(t.Context(), bytes.NewReader(c.b), Kind(c.b))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := NewMaker().Make(t.Context(), bytes.NewReader(good), "text/html"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a page as an image: %v", err)
	}
}

// TestOneAtATime: images wait for each other, only so many, and not for ever.
func TestOneAtATime(t *testing.T) {
	m := NewMaker()
	good := encoded(t, picture(20, 10), "image/png")
	m.work <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Make(ctx, bytes.NewReader(good), "image/png"); err == nil {
		t.Error("it did not wait")
	}
	for range mostWaiting {
		m.line <- struct{}{}
	}
	if _, err := m.Make(t.Context(), bytes.NewReader(good), "image/png"); !fault.Is(err, fault.Busy) {
		t.Errorf("a full line: %v", err)
	}
}

// TestKind: ME-6. The bytes decide, and nothing that a browser could run is an image.
func TestKind(t *testing.T) {
	for text, want := range map[string]string{
		"":                                         "text/plain",
		"<html><script>x</script>":                 "text/html",
		"<svg onload=\"x()\"></svg>":               "text/plain",
		"<?xml version=\"1.0\"?><svg":              "text/xml",
		"%PDF-1.7":                                 "application/pdf",
		"PK\x03\x04":                               "application/zip",
		"\x00\x00\x00\x18ftypmp42":                 "video/mp4",
		"\x00\x00\x00\x18ftypqt  ":                 Unknown,
		"\x00\x00\x00\x18ftypheic":                 "image/heic",
		"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm":     "video/webm",
		"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska": Unknown,
		"RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02": Unknown, // moves
		"RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10": "image/webp",
		"BM\x00\x00":         "image/bmp",
		"\xff\xd8":           "text/plain",
		" \x89PNG\r\n\x1a\n": Unknown,
	} {
		got := Kind([]byte(text))
		if got != want && (want != "text/plain" || Inline(got)) {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
		if Inline(got) && !strings.HasPrefix(got, "image/") && !strings.HasPrefix(got, "video/") {
			t.Errorf("%q is shown as %s", text, got)
		}
	}
	for _, kind := range []string{"image/svg+xml", "text/html", "application/pdf", "image/bmp", "image/heic", "", "image/png; x", "text/xml"} {
		if Inline(kind) {
			t.Errorf("%s is shown", kind)
		}
	}
}

// FuzzMake: any bytes give thumbnails or an error of a kind.
func FuzzMake(f *testing.F) {
	for _, kind := range []string{"image/png", "image/jpeg", "image/gif"} {
		f.Add(encoded(f, picture(30, 20), kind))
	}
	f.Add(withExif(encoded(f, picture(8, 8), "image/jpeg"), 6, binary.LittleEndian))
	f.Add(bomb(100_000, 100_000))
	f.Add([]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x10\x00\x00\x00\x2f\x00\x00\x00\x00xxxxxxxxxxxxxxxx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		if c, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height > 1<<22 {
			return // it would only be slow
		}
		made, err := NewMaker().Make(t.Context(), bytes.NewReader(b), Kind(b))
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Error(err)
			}
			return
		}
		if made.W < 1 || made.H < 1 || len(made.Thumbs[0]) == 0 {
			t.Errorf("%+v", made)
		}
	})
}
