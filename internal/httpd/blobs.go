package httpd

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"plectica/internal/api"
	"plectica/internal/attach"
	"plectica/internal/authz"
	"plectica/internal/blob"
	"plectica/internal/caller"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/problem"
	"plectica/internal/store"
	"plectica/internal/throttle"
	"plectica/internal/thumb"
)

const (
	// mostUploads is how many files come at the same time, mostUploadsEach those of one
	// account, mostLooks how many are checked before they are given out.
	mostUploads     = 16
	mostUploadsEach = 6
	mostLooks       = 16
	// blobPolicy is for whoever opens a file by its address: nothing in it runs.
	blobPolicy = "default-src 'none'; sandbox"
	// keptPrivately is for what never changes but is not everybody's.
	keptPrivately = "private, max-age=31536000, immutable"
)

// uploadRate is how often one account may bring a file: a folder of them at once.
func uploadRate() throttle.Rate { return throttle.Rate{Burst: 120, Every: time.Second} }

// blobs registers the files on cards.
func (s *server) blobs(mux *table) {
	looks := make(chan struct{}, mostLooks)
	mux.HandleFunc("POST "+api.Prefix+"/maps/{id}/blobs", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.AddFile, s.takeBlob)
	}))
	mux.HandleFunc("GET /maps/{id}/blobs/{hash}", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.ReadFile, func(w http.ResponseWriter, r *http.Request, _ caller.Visitor, m id.Map) {
			s.serveBlob(w, r, m, looks)
		})
	}))
}

// isUpload reports whether a request brings a file to a map.
func (s *server) isUpload(r *http.Request) bool {
	if s.Files == nil || r.Method != http.MethodPost {
		return false
	}
	rest, ok := strings.CutPrefix(r.URL.Path, api.Prefix+"/maps/")
	m, ok2 := strings.CutSuffix(rest, "/blobs")
	return ok && ok2 && !strings.Contains(m, "/")
}

type blobJSON struct {
	Hash string `json:"hash"`
	Kind string `json:"kind"`
	Size int64  `json:"size"`
	W    int    `json:"w"`
	H    int    `json:"h"`
}

func noFiles() error { return fault.New(fault.Busy, "files cannot be kept now") }

// takeBlob takes a file into a map.
func (s *server) takeBlob(w http.ResponseWriter, r *http.Request, who caller.Visitor, m id.Map) {
	if s.Files == nil {
		s.fail(w, r, noFiles())
		return
	}
	if wait := s.upload.Take(s.Now(), string(who.Account[:])); wait > 0 {
		problem.Of(fault.New(fault.Busy, "you bring too many files at once")).Later(wait).Write(w)
		return
	}
	if !s.uploads.Enter(who.Account) {
		s.fail(w, r, fault.New(fault.Busy, "many files are brought just now; try again in a moment"))
		return
	}
	defer s.uploads.Leave(who.Account)
	in := newArriving(w, r.Body)
	f, err := s.Files.Add(r.Context(), m, who.Account, in, func(ctx context.Context) error {
		return mayStill(ctx, who, authz.AddFile) // it may have come slowly
	})
	switch {
	case in.err != nil:
		problem.New(http.StatusBadRequest, "invalid", "the file did not come whole").Write(w) // if anyone still listens
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(toBlob(f)) // the reader may go away
}

func toBlob(f store.File) blobJSON {
	return blobJSON{Hash: f.Hash.String(), Kind: f.Kind, Size: f.Size, W: f.W, H: f.H}
}

// serveBlob gives out a file, or an image at another size. Only what a page of ours
// draws is named by its type; anything else is bytes to be saved, whatever they are.
func (s *server) serveBlob(w http.ResponseWriter, r *http.Request, m id.Map, looks chan struct{}) {
	if s.Files == nil {
		s.fail(w, r, noFiles())
		return
	}
	select {
	case looks <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	kind, c, err := s.findBlob(r, m)
	<-looks
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer func() { _ = c.Close() }() // only read
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	if thumb.Inline(kind) {
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", "inline")
	}
	h.Set("Content-Security-Policy", blobPolicy)
	h.Set("Cache-Control", keptPrivately)
	h.Set("Vary", "Cookie, Authorization") // of another person in the same browser
	h.Set("ETag", `"`+r.PathValue("hash")+r.URL.Query().Get("size")+`"`)
	http.ServeContent(newLeaving(w), r, "", time.Time{}, c)
}

func (s *server) findBlob(r *http.Request, m id.Map) (string, blob.Content, error) {
	h, err := blob.Parse(r.PathValue("hash"))
	if err != nil {
		return "", nil, fault.New(fault.NotFound, "there is no such file")
	}
	size := r.URL.Query().Get("size")
	if size == "" {
		f, c, err := s.Files.Open(r.Context(), m, h)
		return f.Kind, c, err
	}
	side, err := strconv.Atoi(size)
	if err != nil {
		return "", nil, fault.New(fault.NotFound, "there is no such thumbnail")
	}
	return s.Files.Thumb(r.Context(), m, h, side)
}

// refuseLarge answers for a body that is too large before any of it is read.
func (s *server) refuseLarge(w http.ResponseWriter, r *http.Request) {
	text := "the request is too large"
	if s.isUpload(r) {
		text = problem.Of(attach.TooLarge(s.Files.FileBytes())).Detail
	}
	problem.New(http.StatusRequestEntityTooLarge, "limit", text).Write(w)
}
