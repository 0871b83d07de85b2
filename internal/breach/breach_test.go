package breach

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"plectica/internal/fault"
)

// The SHA-1 of "password" is 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8.
const rest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8"

// TestAsks: five digits are sent and nothing else; what comes back is compared here.
func TestAsks(t *testing.T) {
	var answer atomic.Value
	var paths []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		if r.URL.RawQuery != "" || r.Header.Get("Add-Padding") != "true" {
			t.Errorf("asked %s", r.URL)
		}
		fmt.Fprint(w, answer.Load())
	}))
	defer srv.Close()
	s := New(srv.Client(), srv.URL+"/range/")
	for text, want := range map[string]bool{
		"0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n" + rest + ":9659365\r\n": true,
		rest + ":1":                       true,
		rest + ":0\r\n":                   false, // padding
		"":                                false,
		rest[1:] + ":5":                   false,
		strings.ToLower(rest) + ":5":      false, // they are in capitals
		strings.Repeat("X", 200) + ":5\n": false,
	} {
		answer.Store(text)
		if got, err := s.Known(t.Context(), "password"); err != nil || got != want {
			t.Errorf("%.50q: %v, %v", text, got, err)
		}
	}
	for _, p := range paths {
		if p != "/range/5BAA6" {
			t.Errorf("asked for %s", p)
		}
	}
}

// TestDoesNotAnswer: a list that is away, broken or slow is an error, within a bound.
func TestDoesNotAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/broken/"):
			w.WriteHeader(http.StatusInternalServerError)
		case strings.HasPrefix(r.URL.Path, "/long/"):
			fmt.Fprint(w, strings.Repeat("X", 2*maxAnswer))
		}
	}))
	for _, path := range []string{"/broken/", "/long/"} {
		_, err := New(srv.Client(), srv.URL+path).Known(t.Context(), "password")
		if !fault.Is(err, fault.Busy) {
			t.Errorf("%s: %v", path, err)
		}
	}
	srv.Close()
	if _, err := New(srv.Client(), srv.URL+"/").Known(t.Context(), "password"); !fault.Is(err, fault.Busy) || strings.Contains(err.Error(), "password\"") {
		t.Errorf("away: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := &http.Client{Transport: slow{}}
		if _, err := New(c, "https://list.test/").Known(t.Context(), "password"); !fault.Is(err, fault.Busy) {
			t.Errorf("slow: %v", err)
		}
	})
}

// slow never answers.
type slow struct{}

func (slow) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
