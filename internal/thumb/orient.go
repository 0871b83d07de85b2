package thumb

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"
)

// orientation says how an image lies, as EXIF counts: 1 is upright, from 5 on it lies
// on its side.
type orientation int

// exifBytes bounds how much of a JPEG is searched for how it lies: cameras write it
// first, into a segment of at most 64 KiB.
const exifBytes = 128 << 10

// readOrientation finds how a JPEG lies; 1 when it does not say, or lies about it.
func readOrientation(r io.Reader) orientation {
	b, err := io.ReadAll(io.LimitReader(r, exifBytes))
	if err != nil || len(b) < 2 {
		return 1
	}
	const start, app1, scan = 0xff, 0xe1, 0xda
	for b = b[2:]; len(b) >= 4 && b[0] == start; {
		kind, size := b[1], int(binary.BigEndian.Uint16(b[2:]))
		if kind == scan || size < 2 || len(b) < 2+size {
			return 1
		}
		if tiff, ok := bytes.CutPrefix(b[4:2+size], []byte("Exif\x00\x00")); ok && kind == app1 {
			return tiffOrientation(tiff)
		}
		b = b[2+size:]
	}
	return 1
}

// tiffOrientation looks for the tag in the first directory.
func tiffOrientation(b []byte) orientation {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(b, []byte("II*\x00")):
		return 1
	}
	const tag, entrySize = 0x0112, 12
	if len(b) < 8 {
		return 1
	}
	at := order.Uint32(b[4:])
	if int64(at)+2 > int64(len(b)) {
		return 1
	}
	b = b[at:]
	for n, list := int(order.Uint16(b)), b[2:]; n > 0 && len(list) >= entrySize; n, list = n-1, list[entrySize:] {
		if order.Uint16(list) != tag {
			continue
		}
		if v := order.Uint16(list[8:]); v >= 1 && v <= 8 {
			return orientation(v)
		}
		return 1
	}
	return 1
}

// turned reports whether width and height change places.
func (o orientation) turned() bool { return o >= 5 }

// upright turns an image so that it is seen as it was taken.
func (o orientation) upright(src *image.RGBA) *image.RGBA {
	if o == 1 {
		return src
	}
	size := src.Bounds().Size()
	w, h := size.X, size.Y
	if o.turned() {
		size.X, size.Y = h, w
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			sx, sy := x, y
			switch o {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], src.Pix[src.PixOffset(sx, sy):][:4])
		}
	}
	return out
}
