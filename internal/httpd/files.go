package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"plectica/internal/account"
	"plectica/internal/api"
	"plectica/internal/attach"
	"plectica/internal/authz"
	"plectica/internal/caller"
	"plectica/internal/exchange"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/problem"
	"plectica/internal/store"
)

// importPath takes a map's file and makes a map of it.
const importPath = api.Prefix + "/maps/import"

// fileSuffix ends the names of files.
const fileSuffix = ".plectica.json"

// mostImports and mostExports are how many files are read or written at the same time:
// each takes memory many times its size. One account has one of each.
const (
	mostImports = 2
	mostExports = 2
	mostOwn     = 1
)

// filePart is how much of a map's file goes at once.
const filePart = 128 << 10

// files registers what turns maps into files and back. These bodies are larger than
// any other, so they have handlers of their own.
func (s *server) files(mux *table) {
	mux.HandleFunc("GET /maps/{id}/file", note(func(w http.ResponseWriter, r *http.Request) {
		s.during(w, r, authz.Export, s.serveFile)
	}))
	mux.HandleFunc("POST "+importPath, note(func(w http.ResponseWriter, r *http.Request) {
		s.signedIn(w, r, s.importFile)
	}))
}

// serveFile sends a map as a file to keep.
func (s *server) serveFile(w http.ResponseWriter, r *http.Request, who caller.Visitor, m id.Map) {
	if s.Copy == nil {
		problem.Of(fault.New(fault.Busy, "maps cannot be exported now")).Write(w)
		return
	}
	of, err := s.Share.Get(r.Context(), who.Asker, m)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	names, err := s.Share.Names(r.Context(), who.Asker, m)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.exports.Wait(r.Context(), who.Account) {
		s.fail(w, r, fault.New(fault.Busy, "another file of yours is being written; try again in a moment"))
		return
	}
	defer s.exports.Leave(who.Account)
	b, err := s.write(r.Context(), of.Map, func(a id.Account) string { return names[a] })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": of.Map.Title + fileSuffix}))
	h.Set("Cache-Control", "no-store")
	out := newLeaving(w)
	for part := range slices.Chunk(b, filePart) {
		if _, err := out.Write(part); err != nil {
			return // the reader went away
		}
	}
}

// write returns a map's file, with as many contents as there is room for.
func (s *server) write(ctx context.Context, m store.Map, names func(id.Account) string) ([]byte, error) {
	ops, err := s.Copy(ctx, m.ID, names)
	if err != nil {
		return nil, err
	}
	var files []attach.Carried
	if s.Files != nil {
		if files, err = s.Files.Carry(ctx, m.ID, exchange.Named(ops), exchange.MaxContents); err != nil {
			return nil, err
		}
	}
	return exchange.Write(m.Title, ops, files)
}

// importFile makes a map of a file.
func (s *server) importFile(w http.ResponseWriter, r *http.Request, who account.Who) {
	if !s.imports.Enter(who.Account.ID) {
		s.fail(w, r, fault.New(fault.Busy, "other files are being read; try again in a moment"))
		return
	}
	defer s.imports.Leave(who.Account.ID)
	b, err := io.ReadAll(newArriving(w, r.Body))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		problem.New(http.StatusRequestEntityTooLarge, "limit", "the file is too large").Write(w)
		return
	}
	if err != nil {
		return // the sender went away
	}
	if err := s.callers.Holds(r.Context(), who); err != nil { // it may have come slowly
		s.fail(w, r, err)
		return
	}
	title, ops, files, err := exchange.Read(b)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	made, err := s.Share.Import(r.Context(), caller.Asker(r.Context(), who), title, store.Ref{}, ops, func(to id.Map) error {
		if len(files) == 0 || s.Files == nil {
			return nil
		}
		return s.Files.Unpack(r.Context(), to, who.Account.ID, files)
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(api.ToMap(made)) // the reader may go away
}
