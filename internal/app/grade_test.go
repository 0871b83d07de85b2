package app

import (
	"strings"
	"testing"
	"time"

	"plectica/internal/tlsgrade"
)

// TestTLSIsGradedAPlus: the server as it is started is graded A+ by the published
// rules of 2009r.
func TestTLSIsGradedAPlus(t *testing.T) {
	r := start(t, testConfig(t, t.TempDir()), nil)
	addr := strings.TrimPrefix(r.origin, "https://")
	facts, err := tlsgrade.Scan(t.Context(), tlsgrade.Target{Addr: addr, Roots: r.pool, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if report := tlsgrade.Judge(facts); report.Grade != tlsgrade.APlus {
		t.Error(report)
	}
}
