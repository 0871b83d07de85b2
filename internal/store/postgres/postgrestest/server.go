// Package postgrestest runs a PostgreSQL server of its own for tests, in a directory of
// its own, reached by a socket there alone. Safe for concurrent use.
package postgrestest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plectica/internal/store/postgres"
)

const (
	// stopTimeout bounds how long a server is waited for that was told to stop.
	stopTimeout = 20 * time.Second
	// tries and pause bound waiting for a server that starts.
	tries = 200
	pause = 50 * time.Millisecond
)

// Server is a server with nothing in it but schemas of tests.
type Server struct {
	dir     string
	process *exec.Cmd
	schemas atomic.Int64
	mu      sync.Mutex
	named   map[string]postgres.Config
}

// errNone says that there is no server to run here.
var errNone = errors.New("no PostgreSQL 15 or later is installed here (initdb and postgres, in PATH or below /usr/lib/postgresql)")

// Main runs a package's tests with a server for them all, which Server gives them.
func Main(m *testing.M) int {
	s, err := start()
	if errors.Is(err, errNone) {
		return m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	running = s
	code := m.Run()
	if err := s.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// running is the server of Main.
var running *Server

// Get returns the server of Main, or skips the test where there is none.
func Get(t testing.TB) *Server {
	t.Helper()
	if running == nil {
		t.Skip(errNone)
	}
	return running
}

// New starts a server for one test, which may set it and break it, or skips the test.
func New(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := start(settings...)
	if errors.Is(err, errNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// find returns the folder of the newest server's programs.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	const oldest = 15
	best, bin := oldest-1, ""
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	for _, path := range list {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err == nil && n > best {
			best, bin = n, filepath.Dir(path)
		}
	}
	if bin == "" {
		return "", errNone
	}
	return bin, nil
}

// start makes a database in a new directory and runs a server for it.
func start(settings ...string) (s *Server, err error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "plectica-pg-")
	if err != nil {
		return nil, err
	}
	s = &Server{dir: dir, named: make(map[string]postgres.Config)}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir) // the first error counts
		}
	}()
	as, err := runAs(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata", s.data(), "--username", "plectica", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums", "--no-sync", "--no-instructions")
	as(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make a database: %w\n%s", err, out)
	}
	args := []string{"-D", s.data(), "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "lc_messages=C"}
	for _, v := range settings {
		args = append(args, "-c", v)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	s.process = exec.Command(filepath.Join(bin, "postgres"), args...)
	s.process.Stderr, s.process.Stdout = log, log
	as(s.process)
	if err := errors.Join(s.process.Start(), log.Close()); err != nil {
		return nil, err
	}
	if err := s.wait(); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log")) // it is for the error
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, text), s.stop())
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// wait waits until the server answers.
func (s *Server) wait() (err error) {
	for range tries {
		if err = s.exec(context.Background(), "SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(pause)
	}
	return err
}

// exec runs a statement as the server's owner.
func (s *Server) exec(ctx context.Context, text string) error {
	db, err := sql.Open("pgx", s.URL("")) // a driver that the engine brings
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, text)
	return errors.Join(err, db.Close())
}

// stop ends the server, and takes its directory away.
func (s *Server) stop() error {
	_ = s.process.Process.Signal(os.Interrupt) // a fast shutdown; it may have ended
	done := make(chan error, 1)
	go func() { done <- s.process.Wait() }()
	select {
	case <-done:
	case <-time.After(stopTimeout):
		_ = s.process.Process.Kill() // it did not hear
		<-done
	}
	return os.RemoveAll(s.dir)
}

// URL is of the database, with a schema that names are looked for in; empty is public.
func (s *Server) URL(schema string) string {
	u := "postgres://plectica@/postgres?host=" + s.dir
	if schema != "" {
		u += "&search_path=" + schema
	}
	return u
}

// Schema makes an empty database as good as its own, which goes with the server.
func (s *Server) Schema(t testing.TB) postgres.Config {
	t.Helper()
	name := fmt.Sprintf("t%d", s.schemas.Add(1))
	s.Exec(t, "CREATE SCHEMA "+name)
	return postgres.Config{URL: s.URL(name), Fresh: true}
}

// For is Schema for a name, of which it is the same one again.
func (s *Server) For(t testing.TB, name string) postgres.Config {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.named[name]
	if !ok {
		c = s.Schema(t)
		s.named[name] = c
	}
	return c
}

// Exec runs a statement as the server's owner.
func (s *Server) Exec(t testing.TB, text string) {
	t.Helper()
	if err := s.exec(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// probe bounds a commit that shows whether the server waits for a standby.
const probe = 200 * time.Millisecond

// LoseStandby makes commits wait for a standby that there is not, and returns once they do.
func (s *Server) LoseStandby(t testing.TB) {
	t.Helper()
	s.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = 'gone'")
	s.Exec(t, "SELECT pg_reload_conf()")
	for range tries {
		ctx, cancel := context.WithTimeout(t.Context(), probe)
		err := s.exec(ctx, "SELECT pg_logical_emit_message(true, 'probe', '')")
		cancel()
		if err != nil {
			return
		}
		time.Sleep(pause)
	}
	t.Fatal("commits do not wait for a standby")
}

// RegainStandby lets commits that wait go on.
func (s *Server) RegainStandby(t testing.TB) {
	t.Helper()
	s.Exec(t, "ALTER SYSTEM RESET synchronous_standby_names")
	s.Exec(t, "SELECT pg_reload_conf()")
}

// serverUser is who runs the server where the tests run as root, which it refuses.
const serverUser = "postgres"

// runAs returns what makes a command run as somebody who may run a server, and gives them
// the directory.
func runAs(dir string) (func(*exec.Cmd), error) {
	if os.Getuid() != 0 {
		return func(*exec.Cmd) {}, nil
	}
	u, err := user.Lookup(serverUser)
	if err != nil {
		return nil, errNone
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return func(c *exec.Cmd) {
		c.Dir = dir
		asUser(c, uid, gid)
		ours := func(v string) bool { return strings.HasPrefix(v, "PG") } // what clients read
		c.Env = append(slices.DeleteFunc(os.Environ(), ours), "LC_ALL=C.UTF-8")
	}, nil
}
