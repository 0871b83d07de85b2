// Package thumb says what bytes are and makes small pictures of images. It believes
// the bytes alone, never a name or a header. Nothing is decoded whose size was not
// looked at first. What it makes is drawn anew, upright, and holds nothing of the
// original but its pixels: no place, no camera, no colour profile. Everything here is
// a function without state, but for the one image that is decoded at a time.
package thumb

import (
	"bytes"
	"mime"
	"net/http"
)

// Unknown is the kind of what is nothing we know.
const Unknown = "application/octet-stream"

// HeadSize is how much of a content Kind wants to see.
const HeadSize = 512

// Kind returns the type of a content by its first bytes. Raster images and videos get
// theirs only when they begin as those do and no browser could take them for a page.
func Kind(head []byte) string {
	head = head[:min(len(head), HeadSize)]
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return "image/gif"
	case len(head) >= 16 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return webpKind(head)
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return boxKind(string(head[8:12]))
	case bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")):
		if bytes.Contains(head[:min(len(head), 64)], []byte("webm")) {
			return "video/webm"
		}
		return Unknown
	}
	// The rest is told to people and never shown: a name for it is enough.
	kind, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil || Inline(kind) {
		return Unknown
	}
	return kind
}

// webpKind leaves out moving pictures, which our decoder does not read.
func webpKind(head []byte) string {
	const animated = 1 << 1
	if string(head[12:16]) == "VP8X" && len(head) > 20 && head[20]&animated != 0 {
		return Unknown
	}
	return "image/webp"
}

// boxKind returns the type of a container by its brand.
func boxKind(brand string) string {
	switch brand {
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "avc1", "dash", "M4V ", "MSNV":
		return "video/mp4"
	case "heic", "heix", "mif1":
		return "image/heic"
	case "avif":
		return "image/avif"
	}
	return Unknown
}

// Image reports whether a kind can be drawn.
func Image(kind string) bool {
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// Inline reports whether a kind may be shown by a page of ours; anything else is only
// ever saved.
func Inline(kind string) bool {
	return Image(kind) || kind == "video/mp4" || kind == "video/webm"
}
