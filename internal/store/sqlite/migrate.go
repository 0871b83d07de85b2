package sqlite

import (
	"embed"

	"plectica/internal/store/sqlstore"
)

//go:embed migrations/*.sql
var files embed.FS

// known lists the migrations of this program.
func known() []sqlstore.Migration { return sqlstore.Migrations(files, "migrations") }
