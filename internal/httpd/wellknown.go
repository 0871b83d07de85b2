package httpd

import (
	"net/http"
	"time"

	"plectica/internal/problem"
)

// contactLife is how long whom to tell of a hole counts from now on: RFC 9116 wants
// less than a year.
const contactLife = 180 * 24 * time.Hour

// wellKnown registers what programs look for at fixed addresses.
func (s *server) wellKnown(mux *table) {
	free := func(path string, h http.HandlerFunc) {
		s.pace.free["GET "+path] = true
		mux.HandleFunc("GET "+path, note(h))
	}
	free("/robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, "User-agent: *\nDisallow: /\n")
	})
	free("/.well-known/change-password", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/account", http.StatusFound)
	})
	free("/.well-known/security.txt", func(w http.ResponseWriter, _ *http.Request) {
		if s.SecurityContact == "" {
			problem.New(http.StatusNotFound, "not_found", "there is nothing at this address").Write(w)
			return
		}
		until := s.Now().UTC().Add(contactLife).Truncate(24 * time.Hour).Format(time.RFC3339)
		writeText(w, "Contact: "+s.SecurityContact+"\nExpires: "+until+"\nPreferred-Languages: en, de\n")
	})
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) // a reader that is gone needs no answer
}
