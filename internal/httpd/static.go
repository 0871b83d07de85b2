package httpd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"plectica/internal/problem"
)

const (
	immutable  = "public, max-age=31536000, immutable"
	revalidate = "no-cache"
	indexFile  = "index.html"
	// placeholder is served while the web interface is not built.
	placeholder = "placeholder.html"
	// etagBytes is how much of a file's hash is its ETag.
	etagBytes = 16
	// versionDigits is how much of its hash, in hex, an address may carry.
	versionDigits = 16
)

// file is one file in up to three encodings.
type file struct {
	kind  string // content type
	cache string
	plain encoded
	br    encoded
	gz    encoded
}

type encoded struct {
	data []byte
	etag string
}

// contentType is by extension and does not depend on the machine's tables.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// loadStatic reads all files once. They are part of the program: reading them
// cannot fail in a build that works.
func loadStatic(files fs.FS) (map[string]*file, error) {
	out := map[string]*file{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		e := encoded{data: data, etag: `"` + hex.EncodeToString(sum[:etagBytes]) + `"`}
		base := strings.TrimSuffix(strings.TrimSuffix(name, ".br"), ".gz")
		f := out[base]
		if f == nil {
			f = &file{kind: contentType(base), cache: revalidate}
			if strings.HasPrefix(base, "assets/") {
				f.cache = immutable // their names hold their hash
			}
			out[base] = f
		}
		switch {
		case strings.HasSuffix(name, ".br"):
			f.br = e
		case strings.HasSuffix(name, ".gz"):
			f.gz = e
		default:
			f.plain = e
		}
		return nil
	})
	return out, err
}

// static registers the web interface: its files, and its one page at every
// address the page knows.
func (s *server) static(mux *table) {
	files, err := loadStatic(s.Static)
	if err != nil {
		panic(err) // the files are in the binary
	}
	page := files[indexFile]
	if page == nil {
		page = files[placeholder]
	}
	for _, pattern := range []string{
		"/{$}", "/signin", "/signup", "/first", "/forgot", "/reset", "/verify", "/email", "/join", "/open", "/account", "/site", "/site/watch", "/mine", "/shared",
		"/orgs/{id}", "/orgs/{id}/people", "/folders/{id}", "/maps", "/maps/{id}", "/maps/{id}/card/{card}", "/maps/{id}/edit/{card}", "/maps/{id}/history", "/maps/{id}/history/{seq}",
	} {
		s.pace.free["GET "+pattern] = true
		mux.HandleFunc("GET "+pattern, note(func(w http.ResponseWriter, r *http.Request) {
			page.serve(w, r)
		}))
	}
	s.embeds(mux, page)
	// Without a method, or it would clash with the API's own fallback.
	s.pace.free["/"] = true
	mux.HandleFunc("/", note(func(w http.ResponseWriter, r *http.Request) {
		f := files[strings.TrimPrefix(r.URL.Path, "/")]
		switch {
		case !safe(r.Method):
			w.Header().Set("Allow", "GET, HEAD")
			problem.New(http.StatusMethodNotAllowed, "invalid", "this address can only be read").Write(w)
		case f == nil && strings.Contains(r.Header.Get("Accept"), "text/html"):
			page.serve(lost{w}, r) // it has words for that
		case f == nil || f == page || f == files[placeholder] || !f.is(r.URL.Query().Get("v")):
			problem.New(http.StatusNotFound, "not_found", "there is nothing at this address").Write(w)
		default:
			f.serve(w, r)
		}
	}))
}

// is reports whether the file is the version asked for: a page must not get the
// core of another build. Versions are the beginning of the content's hash.
func (f *file) is(version string) bool {
	return version == "" || len(version) == versionDigits && strings.HasPrefix(f.plain.etag, `"`+version)
}

// serve sends the smallest encoding the client takes.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	if f == nil {
		problem.New(http.StatusNotFound, "not_found", "there is nothing at this address").Write(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", f.cache)
	e := f.plain
	if f.br.data != nil || f.gz.data != nil {
		h.Set("Vary", "Accept-Encoding")
		accept := r.Header.Get("Accept-Encoding")
		switch {
		case f.br.data != nil && accepts(accept, "br"):
			e = f.br
			h.Set("Content-Encoding", "br")
		case f.gz.data != nil && accepts(accept, "gzip"):
			e = f.gz
			h.Set("Content-Encoding", "gzip")
		}
	}
	if e.data == nil {
		problem.New(http.StatusNotAcceptable, "invalid", "this file is there only compressed").Write(w)
		return
	}
	h.Set("ETag", e.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(e.data))
}

// lost answers with what is written to it, as something that is not there.
type lost struct{ http.ResponseWriter }

// WriteHeader sends the status.
func (l lost) WriteHeader(status int) {
	if status == http.StatusOK {
		status = http.StatusNotFound
	}
	l.ResponseWriter.WriteHeader(status)
}

// accepts reports whether an Accept-Encoding header takes a coding.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) != coding {
			continue
		}
		q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		return !ok || strings.Trim(q, "0.") != ""
	}
	return false
}
