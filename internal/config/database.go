package config

import "strings"

// Database is where the rows are: maps, accounts and all that is not a content or a key.
type Database struct {
	// URL is that of a PostgreSQL database, without a password; empty is a file in the
	// data directory, which is all that one server needs.
	URL string `toml:"url"`
	// PasswordFile is the file that the password is all of; others on the machine may not
	// read it. Without one, the server lets Plectica in by its certificate or its user.
	PasswordFile string `toml:"password_file"`
}

// Secret reads the password; empty is none.
func (d Database) Secret() (string, error) {
	if d.PasswordFile == "" {
		return "", nil
	}
	return readSecret("database.password_file", d.PasswordFile)
}

func (d Database) check() error {
	switch {
	case d.URL == "" && d.PasswordFile != "":
		return invalid("database.password_file", "needs database.url")
	case d.URL != "" && !strings.HasPrefix(d.URL, "postgres://") && !strings.HasPrefix(d.URL, "postgresql://"):
		return invalid("database.url", "must begin with postgres://")
	}
	_, err := d.Secret()
	return err
}
