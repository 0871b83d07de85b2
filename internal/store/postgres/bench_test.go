package postgres_test

import (
	"path/filepath"
	"testing"

	"plectica/internal/store/postgres"
	"plectica/internal/store/postgres/postgrestest"
	"plectica/internal/store/sqlite"
	"plectica/internal/store/sqlstore"
	"plectica/internal/store/storetest"
)

// BenchmarkAppend is a transaction in either engine, by turns: a server reached by its
// socket, and a file.
func BenchmarkAppend(b *testing.B) {
	server := postgrestest.Get(b)
	for _, l := range storetest.Loads() {
		for _, e := range []struct {
			name string
			open func() (*sqlstore.Store, error)
		}{
			{"server", func() (*sqlstore.Store, error) { return postgres.Open(b.Context(), server.Schema(b)) }},
			{"file", func() (*sqlstore.Store, error) { return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "db")) }},
		} {
			b.Run(l.Name+"/"+e.name, func(b *testing.B) {
				s, err := e.open()
				if err != nil {
					b.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				storetest.BenchAppend(b, s, l, func() {})
			})
		}
	}
}
