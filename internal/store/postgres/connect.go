package postgres

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"plectica/internal/fault"
)

const (
	// connectTimeout bounds how long a server of several is tried.
	connectTimeout = 2 * time.Second
	// connectionAge is how old a connection grows: after a failover all lead to the new
	// server again.
	connectionAge = 5 * time.Minute
	// keepAlive is after how long without a word either end asks whether the other lives,
	// keepAliveCount how often before it does not.
	keepAlive      = 5 * time.Second
	keepAliveCount = 3
	// idleTimeout is how long the server lets a writing transaction wait for us: one whose
	// machine is gone must not hold up its successor.
	idleTimeout = 30 * time.Second
	// oldest is the first version of the server that will do.
	oldest = 150000
)

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
	safe, sealed := safeWay(p.Host, p.TLSConfig)
	for _, f := range p.Fallbacks {
		safe2, sealed2 := safeWay(f.Host, f.TLSConfig)
		safe, sealed = safe && safe2, sealed && sealed2
	}
	if !safe {
		return nil, fault.New(fault.Invalid, "the way to the database is not safe: add sslmode=verify-full to its URL, and sslrootcert if its certificate is of an authority of your own")
	}
	p.Password = c.Password // and none that the environment or a file of the user's has
	if p.Password != "" && !sealed {
		p.RequireAuth = "scram-sha-256" // whoever took the server's place learns nothing by it
	}
	p.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	p.ConnectTimeout = connectTimeout
	p.OnNotice, p.OnPgError = onNotice, onError
	d := net.Dialer{Timeout: connectTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive, Count: keepAliveCount}, Control: giveUp}
	p.DialFunc = d.DialContext
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	for name, value := range map[string]string{
		"application_name": "plectica", "default_transaction_isolation": "read committed",
		"tcp_keepalives_idle": seconds(keepAlive), "tcp_keepalives_interval": seconds(keepAlive), "tcp_keepalives_count": strconv.Itoa(keepAliveCount),
	} {
		p.RuntimeParams[name] = value
	}
	return p, nil
}

// giveUpAfter is how long the other end may leave what was sent unanswered by its
// machine.
const giveUpAfter = keepAlive * keepAliveCount

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
		if key, _, _ := strings.Cut(pair, "="); strings.HasSuffix(key, "password") || strings.Contains(key, "%") {
			return true
		}
	}
	return false
}

// safeWay reports whether nobody else is on the way to a host: the connection is sealed and
// the certificate verified, or it does not leave the machine. A certificate whose name is
// not compared has to be of an authority of one's own.
func safeWay(host string, t *tls.Config) (safe, sealed bool) {
	if t != nil && (!t.InsecureSkipVerify || t.VerifyPeerCertificate != nil && t.RootCAs != nil) {
		return true, true
	}
	if strings.HasPrefix(host, "/") || host == "localhost" {
		return true, false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback(), false
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

// use is what connections are for.
type use uint8

const (
	forWriting use = iota
	forReading
	// forLong is for what takes as long as it takes, one transaction after the other.
	forLong
)

// pool opens connections.
func (c Config) pool(size int, u use) (*sql.DB, error) {
	p, err := c.parse()
	if err != nil {
		return nil, err
	}
	millis := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	// All are set, whatever the server's or the user's own settings are.
	limits := map[string]string{"statement_timeout": "0", "lock_timeout": millis(writeTimeout), "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0"}
	if u == forWriting {
		limits["statement_timeout"], limits["idle_in_transaction_session_timeout"] = millis(writeTimeout), millis(idleTimeout)
	}
	for name, value := range limits {
		p.RuntimeParams[name] = value
	}
	options := []stdlib.OptionOpenDB{stdlib.OptionAfterConnect(trustworthy)}
	if u != forReading {
		options = append(options, stdlib.OptionBeforeConnect(neverCancel))
	}
	db := stdlib.OpenDB(*p, options...)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(connectionAge)
	return db, nil
}

// errCancel refuses to cancel.
var errCancel = errors.New("what writes is not cancelled")

// neverCancel lets a connection be closed without the server being asked to cancel what it
// does: a commit that waits for a standby would then be seen by all though no standby has
// it, and be lost with the server. Left alone it goes on waiting, and whoever wants the
// same rows waits for it. What is no commit ends by its own timeout.
func neverCancel(_ context.Context, p *pgx.ConnConfig) error {
	var connected atomic.Bool
	dial := p.DialFunc
	p.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if connected.Load() { // the library connects once more for nothing else
			return nil, errCancel
		}
		return dial(ctx, network, address)
	}
	p.AfterConnect = func(context.Context, *pgconn.PgConn) error {
		connected.Store(true)
		return nil
	}
	return nil
}

// needed are the settings with which a server keeps what it acknowledged.
var needed = []struct {
	name string
	good []string
}{
	{"fsync", []string{"on"}},
	{"full_page_writes", []string{"on"}},
	{"synchronous_commit", []string{"on", "remote_apply"}},
	{"server_encoding", []string{"UTF8"}},
}

const (
	textSetting = `SELECT current_setting($1)`
	textPlace   = `SELECT current_setting('server_version_num')::integer, COALESCE(current_schema(), ''), cardinality(current_schemas(false))`
)

// trustworthy refuses a server that acknowledges what it could lose, each that one comes
// to; and a place that could be taken for another.
func trustworthy(ctx context.Context, c *pgx.Conn) error {
	var version, schemas int
	var schema string
	if err := c.QueryRow(ctx, textPlace).Scan(&version, &schema, &schemas); err != nil {
		return unreachable(err)
	}
	switch {
	case version < oldest:
		return fault.New(fault.Internal, fmt.Sprintf("the database's server is PostgreSQL %d; %d or later is needed", version/10000, oldest/10000))
	case schema == "":
		return fault.New(fault.Internal, "the database has no such schema: search_path in its URL names one that there is not")
	case schemas > 1:
		return fault.New(fault.Internal, "the database has more than one schema in its search_path: name one in its URL, as search_path=plectica")
	}
	for _, s := range needed {
		var value string
		if err := c.QueryRow(ctx, textSetting, s.name).Scan(&value); err != nil {
			return unreachable(err)
		}
		if !slices.Contains(s.good, value) {
			return fault.New(fault.Internal, fmt.Sprintf("the database runs with %s=%s instead of %s", s.name, value, strings.Join(s.good, " or ")))
		}
	}
	return nil
}

func unreachable(err error) error {
	return fault.Wrap(fault.Internal, "the database cannot be reached", err)
}
