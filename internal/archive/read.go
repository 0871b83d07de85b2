package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"plectica/internal/fault"
)

// maxFindings bounds what is told of one archive.
const maxFindings = 100

// Findings are what is wrong with an archive, a sentence each.
type Findings struct{ list []string }

// NewFindings begins with some.
func NewFindings(list []string) *Findings { return &Findings{list: list} }

// Add adds one; those beyond a hundred are left out.
func (f *Findings) Add(format string, args ...any) {
	if len(f.list) < maxFindings {
		f.list = append(f.list, fmt.Sprintf(format, args...))
	}
}

// List returns them.
func (f *Findings) List() []string { return f.list }

// Err returns them as one error of kind fault.Internal; nil: nothing is wrong.
func (f *Findings) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return fault.New(fault.Internal, "the archive is damaged: "+strings.Join(f.list, "; "))
}

// sink takes what is in an archive, in its order.
type sink interface {
	head(h Head) error
	// part takes one part; what of it is not read is skipped.
	part(e entry, p Part, r io.Reader) error
	// end is called with the manifest, which what came before has been compared with.
	end(m *Manifest) error
}

// reader reads one archive.
type reader struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one call
	tar   *tar.Reader
	to    sink
	parts []Part
	head  Head
	finds *Findings
	pace  *Pace
}

// read reads an archive with a key and hands what is in it to a sink. Damage that does
// not keep it from reading on goes to finds; an error is what does, or what the sink says.
func read(ctx context.Context, from io.Reader, keys []age.Identity, to sink, finds *Findings, p *Pace) (*Manifest, error) {
	opened, err := age.Decrypt(p.reader(ctx, from), keys...)
	if err != nil {
		return nil, notOpened(ctx, err)
	}
	z, err := zstd.NewReader(opened, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*window))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the archive is damaged", err)
	}
	defer z.Close()
	r := &reader{ctx: ctx, tar: tar.NewReader(z), to: to, finds: finds, pace: p}
	m, err := r.all()
	if err != nil {
		return nil, err
	}
	// What follows the manifest is padding; reading it makes the seals be looked at.
	if n, err := io.Copy(io.Discard, io.LimitReader(z, maxTail+1)); err != nil || n > maxTail {
		return nil, r.damaged("after its manifest", err)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(opened, 1)); err != nil || n > 0 {
		return nil, r.damaged("after its end", err)
	}
	return m, nil
}

// maxTail bounds what follows the manifest: zeros up to a whole block.
const maxTail = 64 << 10

func notOpened(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fault.Wrap(fault.Busy, "read the archive", ctx.Err())
	}
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return fault.Wrap(fault.Permission, "this key does not open the archive", err)
	}
	return fault.Wrap(fault.Internal, "the archive is damaged at its beginning", err)
}

// damaged says where reading could not go on.
func (r *reader) damaged(where string, err error) error {
	if r.ctx.Err() != nil {
		return fault.Wrap(fault.Busy, "read the archive", r.ctx.Err())
	}
	return fault.Wrap(fault.Internal, "the archive is damaged or cut "+where, err)
}

// all reads every entry and compares them with the manifest.
func (r *reader) all() (*Manifest, error) {
	where := "at its beginning"
	for n := 0; ; n++ {
		h, err := r.tar.Next()
		if errors.Is(err, io.EOF) {
			return nil, r.damaged(where+": it has no manifest", nil)
		}
		if err != nil {
			return nil, r.damaged(where, err)
		}
		if h.Typeflag != tar.TypeReg || h.Size < 0 || n > maxParts {
			return nil, r.damaged(where, nil)
		}
		if h.Name == manifestName {
			return r.manifest(h.Size)
		}
		where = "near " + h.Name
		if n == 0 {
			err = r.first(h)
		} else {
			err = r.part(h)
		}
		if err != nil {
			return nil, err
		}
	}
}

// first reads the head.
func (r *reader) first(h *tar.Header) error {
	if h.Name != headName {
		return fault.New(fault.Internal, "this is no archive of ours")
	}
	b, err := r.whole(h, maxPart)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &r.head); err != nil {
		return r.damaged("in its head", err)
	}
	if r.head.Format != Format {
		return fault.New(fault.Schema, fmt.Sprintf("the archive has format %d, this program knows %d: use the program that made it (%s) or a newer one", r.head.Format, Format, r.head.App))
	}
	return r.to.head(r.head)
}

// whole reads an entry into memory and notes it.
func (r *reader) whole(h *tar.Header, most int64) ([]byte, error) {
	if h.Size > most {
		return nil, r.damaged("near "+h.Name+", which is larger than any is", nil)
	}
	b, err := io.ReadAll(r.tar)
	if err != nil {
		return nil, r.damaged("near "+h.Name, err)
	}
	sum := sha256.Sum256(b)
	r.parts = append(r.parts, Part{h.Name, h.Size, Hex(sum[:])})
	return b, nil
}

// part hands a part on and notes what it was.
func (r *reader) part(h *tar.Header) error {
	e, err := parseEntry(h.Name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	body := &body{r: io.TeeReader(r.pace.reader(r.ctx, r.tar), sum)}
	serr := r.to.part(e, Part{Name: h.Name, Size: h.Size}, body)
	if serr == nil {
		_, serr = io.Copy(io.Discard, body)
	}
	if body.err != nil { // it is the archive's fault, not the sink's
		return r.damaged("near "+h.Name, body.err)
	}
	if serr != nil {
		return serr
	}
	r.parts = append(r.parts, Part{h.Name, h.Size, Hex(sum.Sum(nil))})
	return nil
}

// body keeps what went wrong with reading apart from what a sink says.
type body struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// manifest reads it and compares.
func (r *reader) manifest(size int64) (*Manifest, error) {
	if size > maxManifest {
		return nil, r.damaged("in its manifest", nil)
	}
	b, err := io.ReadAll(r.tar)
	if err != nil {
		return nil, r.damaged("in its manifest", err)
	}
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&m); err != nil {
		return nil, r.damaged("in its manifest", err)
	}
	if m.Head != r.head {
		r.finds.Add("the manifest is of another archive")
	}
	r.compare(m.Parts)
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return nil, r.damaged("after its manifest", err)
	}
	return &m, r.to.end(&m)
}

// compare names every part that is not as the manifest says.
func (r *reader) compare(want []Part) {
	have := make(map[string]Part, len(r.parts))
	for _, p := range r.parts {
		if _, twice := have[p.Name]; twice {
			r.finds.Add("%s is there twice", p.Name)
		}
		have[p.Name] = p
	}
	for _, p := range want {
		got, ok := have[p.Name]
		switch {
		case !ok:
			r.finds.Add("%s is missing", p.Name)
		case got != p:
			r.finds.Add("%s is not what was written", p.Name)
		}
		delete(have, p.Name)
	}
	for _, p := range r.parts {
		if _, extra := have[p.Name]; extra {
			r.finds.Add("%s does not belong there", p.Name)
		}
	}
}
