package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"

	_ "modernc.org/sqlite"
)

// hole serves a page with a hole on this machine alone: what is asked for becomes SQL.
// It is there to see whether the tool that looks for holes finds one.
func (k *kit) hole(ctx context.Context) (base string, stop func(), err error) {
	db, err := sql.Open("sqlite", filepath.Join(k.dir, "hole.db"))
	if err != nil {
		return "", nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('a'), ('b')"); err != nil {
		return "", nil, err
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		// The hole.
		err := db.QueryRowContext(r.Context(), "SELECT count(*) FROM words WHERE word = '"+r.URL.Query().Get("q")+"'").Scan(&n)
		if err != nil {
			http.Error(w, "the database says no", http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprintf(w, "<p>%d words</p>\n", n) // the reader may go away
	}))
	return s.URL, func() { s.Close(); _ = db.Close() }, nil
}
