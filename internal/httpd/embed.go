package httpd

import (
	"bytes"
	"net/http"
	"strings"

	"plectica/internal/api"
	"plectica/internal/problem"
)

const (
	embedPattern = "GET /embed/{id}"
	// sealName is the meta element that tells the page which origins it was loaded with.
	sealName    = "plectica-embed"
	noAncestors = "frame-ancestors 'none'"
)

// embeds registers the page that other sites show a map in. It is the one page that a
// frame may hold, and only in pages of the origins that the map's organisation names:
// the browser sees to that, by this answer's policy, whatever the frame sends later.
func (s *server) embeds(mux *table, page *file) {
	mux.HandleFunc(embedPattern, note(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Sec-Fetch-Dest") {
		case "iframe", "frame", "": // older browsers do not say
		case "document":
			// Looked at by itself it is a link like any other; the browser brings the
			// fragment along.
			http.Redirect(w, r, "/open", http.StatusFound)
			return
		default:
			problem.New(http.StatusForbidden, "permission", "this page is for frames").Write(w)
			return
		}
		s.serveEmbed(w, r, page)
	}))
}

// serveEmbed answers with the page, for a frame.
func (s *server) serveEmbed(w http.ResponseWriter, r *http.Request, page *file) {
	var origins []string
	seal := ""
	if m, err := api.ParseMap(r.PathValue("id")); err == nil {
		if origins, seal, err = s.Share.Framers(r.Context(), m); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	h := w.Header()
	if len(origins) > 0 {
		h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), noAncestors, "frame-ancestors "+strings.Join(origins, " "), 1))
		h.Del("X-Frame-Options")                              // it knows no list
		h.Set("Cross-Origin-Resource-Policy", "cross-origin") // a page that asks it of its frames gets it
	}
	h.Set("Content-Type", page.kind)
	mark := `<meta name="` + sealName + `" content="` + seal + `">`
	_, _ = w.Write(bytes.Replace(page.plain.data, []byte("</head>"), []byte(mark+"</head>"), 1)) // the reader may go away
}
