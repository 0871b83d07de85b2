package thumb

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"plectica/internal/fault"
)

const (
	// MaxPixels bounds an image: decoded it takes up to eight bytes for each.
	MaxPixels = 50_000_000
	// mostWaiting bounds how many images wait for the one that is being decoded.
	mostWaiting = 32
	// quality is that of JPEGs.
	quality = 82
)

// Sizes are the longest sides of thumbnails, in px, the largest first.
var Sizes = [2]int{1024, 256} //nolint:gochecknoglobals // a constant list

// Maker makes thumbnails, one at a time: an image takes hundreds of megabytes while
// it is decoded.
type Maker struct{ line, work chan struct{} }

// NewMaker returns one.
func NewMaker() *Maker {
	return &Maker{line: make(chan struct{}, mostWaiting), work: make(chan struct{}, 1)}
}

// Made is an image's size as it is seen, and its thumbnails in the order of Sizes.
type Made struct {
	W, H   int
	Thumbs [len(Sizes)][]byte
}

func broken() error {
	return fault.New(fault.Invalid, "the image cannot be read: it is damaged, or not what it seems to be")
}

// Make reads an image of a kind and draws its thumbnails. It returns fault.Invalid for
// one that cannot be read or has too many pixels, and fault.Busy when too many wait.
func (m *Maker) Make(ctx context.Context, r io.ReadSeeker, kind string) (Made, error) {
	turn, err := look(r, kind)
	if err != nil {
		return Made{}, err
	}
	select {
	case m.line <- struct{}{}:
		defer func() { <-m.line }()
	default:
		return Made{}, fault.New(fault.Busy, "other images are being read; try again in a moment")
	}
	select {
	case m.work <- struct{}{}:
		defer func() { <-m.work }()
	case <-ctx.Done():
		return Made{}, ctx.Err()
	}
	src, err := decode(r, kind)
	if err != nil {
		return Made{}, broken()
	}
	return turn.thumbs(src)
}

// look finds out how large an image is and how it lies, without decoding it.
func look(r io.ReadSeeker, kind string) (orientation, error) {
	var c image.Config
	var err error
	switch kind {
	case "image/png":
		c, err = png.DecodeConfig(r)
	case "image/jpeg":
		c, err = jpeg.DecodeConfig(r)
	case "image/gif":
		c, err = gif.DecodeConfig(r)
	case "image/webp":
		c, err = webp.DecodeConfig(r)
	default:
		err = errors.New("no image")
	}
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return 0, broken()
	}
	if int64(c.Width)*int64(c.Height) > MaxPixels {
		return 0, fault.New(fault.Invalid, "the image has more than 50 million pixels; make it smaller first")
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0, fault.Wrap(fault.Internal, "read an image", err)
	}
	turn := orientation(1)
	if kind == "image/jpeg" {
		turn = readOrientation(r)
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return 0, fault.Wrap(fault.Internal, "read an image", err)
		}
	}
	return turn, nil
}

func decode(r io.Reader, kind string) (image.Image, error) {
	switch kind {
	case "image/png":
		return png.Decode(r)
	case "image/jpeg":
		return jpeg.Decode(r)
	case "image/gif":
		return gif.Decode(r) // its first picture
	}
	return webp.Decode(r)
}

// thumbs draws an image at all sizes, each from the one before.
func (o orientation) thumbs(src image.Image) (Made, error) {
	b := src.Bounds()
	made := Made{W: b.Dx(), H: b.Dy()}
	var from *image.RGBA
	for i, side := range Sizes {
		if i == 0 {
			from = o.upright(scale(reduce(src, max(b.Dx(), b.Dy())/side), side))
			if o.turned() {
				made.W, made.H = made.H, made.W
			}
		} else {
			from = scale(from, side)
		}
		var err error
		if made.Thumbs[i], err = encode(from); err != nil {
			return Made{}, err
		}
	}
	return made, nil
}

// reduce averages squares of so many pixels. A large image is brought near its size by
// this first, strip by strip: a finer scaler would need as much memory again.
func reduce(src image.Image, by int) *image.RGBA {
	by = max(by, 1)
	b := src.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, max(b.Dx()/by, 1), max(b.Dy()/by, 1)))
	if by == 1 {
		draw.Draw(out, out.Bounds(), src, b.Min, draw.Src)
		return out
	}
	size := out.Bounds().Size()
	strip := image.NewRGBA(image.Rect(0, 0, size.X*by, by))
	for y := range size.Y {
		clear(strip.Pix)
		draw.Draw(strip, strip.Bounds(), src, b.Min.Add(image.Pt(0, y*by)), draw.Src)
		for x := range size.X {
			average(out.Pix[out.PixOffset(x, y):], strip, x*by, by)
		}
	}
	return out
}

// average writes the mean of a square of a strip.
func average(to []byte, strip *image.RGBA, x, by int) {
	var sum [4]int
	for row := range by {
		at := strip.PixOffset(x, row)
		for i, v := range strip.Pix[at : at+4*by] {
			sum[i&3] += int(v)
		}
	}
	for i, v := range sum {
		to[i] = byte(v / (by * by))
	}
}

// scale draws an image so that its longer side has a length; a smaller one stays.
func scale(src *image.RGBA, side int) *image.RGBA {
	size := src.Bounds().Size()
	longest := max(size.X, size.Y)
	if longest <= side {
		return src
	}
	out := image.NewRGBA(image.Rect(0, 0, max(size.X*side/longest, 1), max(size.Y*side/longest, 1)))
	draw.CatmullRom.Scale(out, out.Bounds(), src, src.Bounds(), draw.Src, nil)
	return out
}

// encode writes a JPEG, or a PNG where something shines through.
func encode(img *image.RGBA) ([]byte, error) {
	var out bytes.Buffer
	var err error
	if img.Opaque() {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&out, img)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "write a thumbnail", err)
	}
	return out.Bytes(), nil
}
