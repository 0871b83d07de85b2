package archive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/store"
)

// A segment is what happened between two backups, for some seconds: lines of JSON, packed
// and sealed as an archive is. An object says what the lines after it are, which are
// arrays: changes of a map, or rows of a table as a whole.

const (
	// maxLine bounds a line of one: a change has at most 256 KiB, a row of a table less.
	maxLine = 4 << 20
	// MaxData bounds a change that a segment can hold, in bytes: base64 and what stands
	// around it make a line of it.
	MaxData = maxLine / 2
)

// heading is a line that says what follows.
type heading struct {
	Format  int    `json:"format,omitempty"`
	Created int64  `json:"created,omitempty"`
	Map     string `json:"map,omitempty"`  // changes of a map follow
	Hash    string `json:"hash,omitempty"` // the state they lead to, if it is known
	// Tables says that all tables follow, each as it is by then, Schema their version.
	Tables  bool     `json:"tables,omitempty"`
	Schema  int      `json:"schema,omitempty"`
	Table   string   `json:"table,omitempty"` // its rows follow
	Columns []string `json:"columns,omitempty"`
	// End is the last line: without it, a segment was cut.
	End bool `json:"end,omitempty"`
}

// Segment writes one segment. It belongs to one goroutine.
type Segment struct {
	w      io.Writer
	closes []io.Closer
	b      []byte
	table  string // whose rows are written
}

// NewSegment begins one, for keys to open.
func NewSegment(to io.Writer, keys []age.Recipient, created int64) (*Segment, error) {
	sealed, err := age.Encrypt(to, keys...)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "encrypt a segment", err)
	}
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "compress a segment", err)
	}
	s := &Segment{w: packed, closes: []io.Closer{packed, sealed}}
	return s, s.head(heading{Format: Format, Created: created})
}

func (s *Segment) head(h heading) error {
	b, err := json.Marshal(h)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a segment", err)
	}
	return s.line(append(b, '\n'))
}

// Map names the map whose changes follow, and the state that they lead to; empty: it is not
// known.
func (s *Segment) Map(m id.Map, hash string) error {
	return s.head(heading{Map: m.String(), Hash: hash})
}

// Tables says that all tables follow, of a version of the schema.
func (s *Segment) Tables(schema int) error { return s.head(heading{Tables: true, Schema: schema}) }

// Table names the table whose rows follow.
func (s *Segment) Table(t store.Table) error {
	s.table = t.Name
	return s.head(heading{Table: t.Name, Columns: t.Columns})
}

func (s *Segment) line(b []byte) error {
	if _, err := s.w.Write(b); err != nil {
		return fault.Wrap(fault.Busy, "write a segment", err)
	}
	return nil
}

// Op writes a change of the map that was named, of at most MaxData bytes.
func (s *Segment) Op(r *store.Row) error {
	s.b = appendOp(s.b[:0], r)
	return s.line(s.b)
}

// Values writes a row of the table that was named. It returns fault.Limit for one that
// nobody could read back.
func (s *Segment) Values(values []any) (err error) {
	if s.b, err = AppendValues(s.b[:0], values); err != nil {
		return err
	}
	if len(s.b) > maxLine {
		return fault.New(fault.Limit, "a row of the table "+s.table+" is larger than can be sent")
	}
	return s.line(s.b)
}

// Close ends the segment; without it, it was cut.
func (s *Segment) Close() error {
	err := s.head(heading{End: true})
	for _, c := range s.closes {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Changes takes what is in segments.
type Changes interface {
	// Log takes changes of a map, in order; hash is the state they lead to, or empty.
	Log(ctx context.Context, m id.Map, hash string, rows []store.Row) error
	// Tables takes all tables as they were at a time.
	Tables(ctx context.Context, at int64, schema int, tables []store.Rows) error
}

// ReadSegment reads a segment and hands what is in it on. The error has kind
// fault.Internal for one that is damaged or cut.
func ReadSegment(ctx context.Context, from io.Reader, keys []age.Identity, to Changes) error {
	opened, err := age.Decrypt(from, keys...)
	if err != nil {
		return notOpened(ctx, err)
	}
	z, err := zstd.NewReader(opened, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*window))
	if err != nil {
		return fault.Wrap(fault.Internal, "a segment is damaged", err)
	}
	defer z.Close()
	in := bufio.NewScanner(z)
	in.Buffer(make([]byte, 64<<10), maxLine+1)
	p := segmentReader{ctx: ctx, to: to}
	for in.Scan() {
		if err := p.line(bytes.Clone(in.Bytes())); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil || !p.ended {
		return fault.Wrap(fault.Internal, "a segment is damaged or cut", err)
	}
	return nil
}

// segmentReader collects what follows a heading until the next.
type segmentReader struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	to      Changes
	now     heading
	of      id.Map
	ops     []store.Row
	tables  []store.Rows
	schema  int
	created int64
	began   bool
	all     bool // the tables follow
	ended   bool
}

func (p *segmentReader) line(b []byte) error {
	bad := fault.New(fault.Internal, "a segment holds something that does not belong there")
	if p.ended || len(b) == 0 {
		return bad
	}
	if b[0] == '{' {
		var h heading
		if err := json.Unmarshal(b, &h); err != nil {
			return bad
		}
		return p.heading(h)
	}
	switch {
	case p.now.Map != "":
		r, err := readOp(b)
		if err != nil {
			return err
		}
		p.ops = append(p.ops, r)
	case p.now.Table != "":
		values, err := readValues(b, len(p.now.Columns))
		if err != nil {
			return err
		}
		t := &p.tables[len(p.tables)-1]
		t.Rows = append(t.Rows, values)
	default:
		return bad
	}
	return nil
}

func (p *segmentReader) heading(h heading) (err error) {
	if !p.began {
		if h.Format != Format {
			return fault.New(fault.Schema, fmt.Sprintf("a segment has format %d, this program knows %d", h.Format, Format))
		}
		p.began, p.created = true, h.Created
		return nil
	}
	if p.now.Map != "" {
		if err := p.to.Log(p.ctx, p.of, p.now.Hash, p.ops); err != nil {
			return err
		}
		p.ops = nil
	}
	p.now = h
	switch {
	case h.Map != "":
		if p.of, err = id.Parse[id.Map](h.Map); err != nil {
			return fault.Wrap(fault.Internal, "a segment is damaged", err)
		}
	case h.Tables:
		p.all, p.schema = true, h.Schema
	case h.Table != "":
		p.tables = append(p.tables, store.Rows{Table: store.Table{Name: h.Table, Columns: h.Columns}})
	case h.End:
		p.ended = true
		if p.all {
			return p.to.Tables(p.ctx, p.created, p.schema, p.tables)
		}
	}
	return nil
}
