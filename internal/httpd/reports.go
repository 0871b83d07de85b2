package httpd

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"plectica/internal/problem"
)

const (
	// maxReport bounds a browser's report, in bytes.
	maxReport = 16 << 10
	// maxReports is how many of one message are counted.
	maxReports = 20
	// otherDirective is what is no directive of ours.
	otherDirective = "other"
)

// directives are those that are counted by their names. A report is a stranger's
// text: nothing of it is kept or logged, not even a name we do not know.
func directives() []string {
	return []string{
		"base-uri", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors", "frame-src", "img-src", "manifest-src",
		"media-src", "object-src", "require-trusted-types-for", "script-src", "script-src-attr", "script-src-elem", "style-src",
		"style-src-attr", "style-src-elem", "trusted-types", "worker-src",
	}
}

func newReports(r prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "plectica_csp_reports_total", Help: "What browsers say the content security policy kept a page from, by directive.",
	}, []string{"directive"})
	if r != nil {
		r.MustRegister(c)
	}
	return c
}

// reports registers where browsers report to.
func (s *server) reports(mux *table) {
	mux.HandleFunc("POST "+reportPath, note(s.takeReport))
}

// takeReport counts a report, or the first ones of a list. Its sender learns nothing.
func (s *server) takeReport(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body) // bounded before
	if err != nil {
		problem.New(http.StatusBadRequest, "invalid", "this is no report").Write(w)
		return
	}
	for _, d := range reported(b) {
		s.counted.WithLabelValues(d).Inc()
	}
	w.WriteHeader(http.StatusNoContent)
}

// reported returns the directives that a report names, in either of the two forms.
func reported(b []byte) []string {
	var old struct {
		Report *struct {
			Effective string `json:"effective-directive"`
			Violated  string `json:"violated-directive"`
		} `json:"csp-report"`
	}
	if json.Unmarshal(b, &old) == nil && old.Report != nil {
		if old.Report.Effective == "" {
			return []string{known(old.Report.Violated)}
		}
		return []string{known(old.Report.Effective)}
	}
	var list []struct {
		Type string `json:"type"`
		Body struct {
			Effective string `json:"effectiveDirective"`
		} `json:"body"`
	}
	if json.Unmarshal(b, &list) != nil {
		return nil
	}
	var out []string
	for _, v := range list[:min(len(list), maxReports)] {
		if v.Type == "csp-violation" {
			out = append(out, known(v.Body.Effective))
		}
	}
	return out
}

// known is a directive's name if it is one of ours.
func known(name string) string {
	if slices.Contains(directives(), name) {
		return name
	}
	return otherDirective
}
