// Package postgres is the store in a PostgreSQL database, 15 or later, which may have
// standbys that take over. It brings the connections, the migrations and what differs in
// this engine; the SQL is sqlstore's. What was acknowledged is as durable as the database
// promises: a server that commits before its log is on disk is refused, and a commit that
// the server warns of counts as unknown. Safe for concurrent use.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"plectica/internal/fault"
	"plectica/internal/store/sqlstore"
)

const (
	// writers and readers are how many connections write and read at once.
	writers = 4
	readers = 12
	// connectTimeout bounds how long a server of several is tried.
	connectTimeout = 2 * time.Second
	// connectionAge is how old a connection grows: after a failover all lead to the new
	// server again.
	connectionAge = 5 * time.Minute
	// writeTimeout bounds a transaction, and waiting for the others: a commit waits for
	// standbys without end otherwise.
	writeTimeout = 20 * time.Second
	// keepAlive is after how long without a word a connection is asked whether it lives,
	// keepAliveCount how often before it does not.
	keepAlive      = 5 * time.Second
	keepAliveCount = 3
	// oldest is the first version of the server that will do.
	oldest = 150000
)

//go:embed migrations/*.sql
var files embed.FS

func known() []sqlstore.Migration { return sqlstore.Migrations(files, "migrations") }

// Config says which database.
type Config struct {
	// URL is as libpq has it, postgres://user@host1,host2/name?sslmode=verify-full,
	// without a password.
	URL      string
	Password string
}

// Check refuses, with fault.Invalid, what is no URL of a database, and a way to it on
// which others could read along.
func (c Config) Check() error {
	_, err := c.parse()
	return err
}

// parse reads the URL and sets what connections have in common.
func (c Config) parse() (*pgx.ConnConfig, error) {
	if !strings.HasPrefix(c.URL, "postgres://") && !strings.HasPrefix(c.URL, "postgresql://") {
		return nil, fault.New(fault.Invalid, "the database's URL must begin with postgres://")
	}
	if hasPassword(c.URL) {
		return nil, fault.New(fault.Invalid, "the database's URL has a password in it: that belongs in a file of its own")
	}
	p, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the database's URL cannot be read") // the error would tell the URL
	}
	if c.Password != "" {
		p.Password = c.Password
	}
	if !safeWay(p.Host, p.TLSConfig != nil && (!p.TLSConfig.InsecureSkipVerify || p.TLSConfig.VerifyPeerCertificate != nil)) {
		return nil, errPlain()
	}
	for _, f := range p.Fallbacks {
		if !safeWay(f.Host, f.TLSConfig != nil && (!f.TLSConfig.InsecureSkipVerify || f.TLSConfig.VerifyPeerCertificate != nil)) {
			return nil, errPlain()
		}
	}
	p.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	p.ConnectTimeout = connectTimeout
	d := net.Dialer{Timeout: connectTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive, Count: keepAliveCount}}
	p.DialFunc = d.DialContext
	p.RuntimeParams["application_name"] = "plectica"
	p.RuntimeParams["default_transaction_isolation"] = "read committed"
	p.OnNotice, p.OnPgError = onNotice, onError
	return p, nil
}

// hasPassword reports whether a URL has a password. It may name several hosts, which no
// other reader of URLs takes.
func hasPassword(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	rest, query, _ := strings.Cut(rest, "?")
	authority, _, _ := strings.Cut(rest, "/")
	if i := strings.LastIndex(authority, "@"); i >= 0 && strings.Contains(authority[:i], ":") {
		return true
	}
	for _, pair := range strings.Split(query, "&") {
		if key, _, _ := strings.Cut(pair, "="); key == "password" || strings.Contains(key, "%") {
			return true
		}
	}
	return false
}

func errPlain() error {
	return fault.New(fault.Invalid, "the way to the database is not safe: add sslmode=verify-full to its URL, and sslrootcert if its certificate is of an authority of your own")
}

// safeWay reports whether nobody else is on the way to a host: the connection is encrypted
// and the certificate verified, or it does not leave the machine.
func safeWay(host string, verified bool) bool {
	if verified || strings.HasPrefix(host, "/") || host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// onError closes connections to a server that is going, or does not take writes any more.
func onError(_ *pgconn.PgConn, e *pgconn.PgError) bool {
	switch {
	case e.SeverityUnlocalized == "FATAL", e.SeverityUnlocalized == "PANIC":
		return false
	case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "57P"), e.Code == "25006":
		return false
	}
	return true
}

// warned is what a connection's last warning is kept as.
const warned = "plectica.warned"

// onNotice keeps a warning: after a standby was lost, a commit may come with one that says
// it is on the primary alone.
func onNotice(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		c.CustomData()[warned] = n.Code
	}
}

// commit is sqlstore.Remote's.
func commit(c *sql.Conn, tx *sql.Tx) error {
	err := c.Raw(func(conn any) error {
		delete(conn.(*stdlib.Conn).Conn().PgConn().CustomData(), warned)
		return nil
	})
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	var code any
	err = c.Raw(func(conn any) error {
		code = conn.(*stdlib.Conn).Conn().PgConn().CustomData()[warned]
		return nil
	})
	if err == nil && code != nil {
		err = fmt.Errorf("the server warned of the commit: %v", code)
	}
	return err
}

// pool opens connections; each may wait for others and work for at most a time, 0 is
// without end.
func (c Config) pool(size int, statement time.Duration) (*sql.DB, error) {
	p, err := c.parse()
	if err != nil {
		return nil, err
	}
	if statement > 0 {
		p.RuntimeParams["statement_timeout"] = strconv.FormatInt(statement.Milliseconds(), 10)
	}
	db := stdlib.OpenDB(*p)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(connectionAge)
	return db, nil
}

// Open opens a database, migrates it forward and checks that what is acknowledged will be
// on disk. One that is being restored to is fault.Conflict.
func Open(ctx context.Context, c Config) (*sqlstore.Store, error) {
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	w, err := c.pool(writers, writeTimeout)
	if err != nil {
		return nil, err
	}
	r, err := c.pool(readers, 0)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	s, err := sqlstore.New(ctx, sqlstore.Config{Write: w, Read: r, Dialect: dialect()})
	if err != nil {
		return nil, errors.Join(err, r.Close(), w.Close())
	}
	return s, nil
}

// prepare refuses a server or a database that could lose acknowledged edits, and brings
// the schema forward.
func (c Config) prepare(ctx context.Context) (err error) {
	db, err := c.pool(1, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := trustworthy(ctx, db); err != nil {
		return err
	}
	filling, err := beingFilled(ctx, db)
	if err != nil {
		return err
	}
	if filling {
		return fault.New(fault.Conflict, "a restore to the database was begun and not ended: go on with plectica backup restore, or empty the database")
	}
	return sqlstore.Migrate(ctx, db, dialect(), known())
}

// trustworthy refuses a server that acknowledges what it could lose.
func trustworthy(ctx context.Context, db *sql.DB) error {
	settings := []struct {
		name string
		good []string
	}{
		{"fsync", []string{"on"}},
		{"full_page_writes", []string{"on"}},
		{"synchronous_commit", []string{"on", "remote_apply"}},
		{"server_encoding", []string{"UTF8"}},
	}
	var version int
	if err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::integer`).Scan(&version); err != nil {
		return unreachable(err)
	}
	if version < oldest {
		return fault.New(fault.Internal, fmt.Sprintf("the database's server is PostgreSQL %d; %d or later is needed", version/10000, oldest/10000))
	}
	for _, s := range settings {
		var value string
		if err := db.QueryRowContext(ctx, `SELECT current_setting($1)`, s.name).Scan(&value); err != nil {
			return unreachable(err)
		}
		if !slices.Contains(s.good, value) {
			return fault.New(fault.Internal, fmt.Sprintf("the database runs with %s=%s instead of %s", s.name, value, strings.Join(s.good, " or ")))
		}
	}
	return nil
}
