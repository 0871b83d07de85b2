package httpd

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/problem"
	"plectica/internal/varint"
)

// The state of a map is written in parts of so many bytes, each of which may take so
// long: slow lines get large maps too.
const (
	statePart     = 128 << 10
	statePatience = 15 * time.Second
)

// past answers with a map as it was after a change, in the form of a room's snapshot.
func (s *server) past(w http.ResponseWriter, r *http.Request, _ caller.Visitor, m id.Map) {
	at, ok := s.moment(w, r.PathValue("seq"))
	if !ok {
		return
	}
	v, err := s.History.At(r.Context(), m, at)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.packed(w, octets, v.State.AppendSnapshot(varint.Uint(nil, v.Seq)))
}

// pastCommits answers with the changes after one, as they were told then: frames, each
// after its length.
func (s *server) pastCommits(w http.ResponseWriter, r *http.Request, _ caller.Visitor, m id.Map) {
	after, ok := s.moment(w, r.PathValue("seq"))
	if !ok {
		return
	}
	to, ok := s.moment(w, r.URL.Query().Get("to"))
	if !ok {
		return
	}
	frames, err := s.History.Commits(r.Context(), m, after, to)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var b []byte
	for _, f := range frames {
		b = varint.Bytes(b, f)
	}
	s.packed(w, octets, b)
}

// pastPicture answers with a picture of a map as it was. It is made here and holds
// nothing that could run, but titles are anybody's: a browser treats it as it treats the
// files that people bring.
func (s *server) pastPicture(w http.ResponseWriter, r *http.Request, _ caller.Visitor, m id.Map) {
	at, ok := s.moment(w, r.PathValue("seq"))
	if !ok {
		return
	}
	svg, err := s.History.Picture(r.Context(), m, at)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", blobPolicy)
	h.Set("Content-Disposition", "attachment; filename=map.svg")
	s.packed(w, "image/svg+xml", svg)
}

// moment reads the number of a change, or answers that it is none.
func (s *server) moment(w http.ResponseWriter, text string) (uint64, bool) {
	if s.History == nil {
		problem.Of(fault.New(fault.Busy, "the history cannot be read now")).Write(w)
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		problem.Of(fault.New(fault.NotFound, "there is no such moment")).Write(w)
		return 0, false
	}
	return n, true
}

// octets is a form that the page alone knows.
const octets = "application/octet-stream"

// packed writes bytes of a kind that are for this one reader, compressed.
func (s *server) packed(w http.ResponseWriter, kind string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Encoding", "gzip")
	h.Set("Cache-Control", "no-store")
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
	if WriteParts(w, z, b) == nil {
		_ = z.Close() // nobody could be told
	}
}

// WriteParts writes the body of an answer, to it or through what packs it, part by part,
// each of which has its time. An error means that the reader went away.
func WriteParts(w http.ResponseWriter, to io.Writer, b []byte) error {
	ctl := http.NewResponseController(w)
	for part := range slices.Chunk(b, statePart) {
		_ = ctl.SetWriteDeadline(time.Now().Add(statePatience)) // only a real connection has deadlines
		if _, err := to.Write(part); err != nil {
			return err
		}
	}
	return nil
}
