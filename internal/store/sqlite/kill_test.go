package sqlite

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"plectica/internal/id"
	"plectica/internal/store"
)

// killRounds and killRooms are how often and under how many maps the writer is killed.
const (
	killRounds = 4
	killRooms  = 8
	killRows   = 60 // acknowledged rows before the kill
)

// TestKilledWriterLosesNothing kills a process in the middle of its commits and
// looks for every row it had said was on disk.
func TestKilledWriterLosesNothing(t *testing.T) {
	if file := os.Getenv("SQLITE_KILL"); file != "" {
		writeUntilKilled(t, file)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	file := filepath.Join(t.TempDir(), "plectica.db")
	acked := map[byte]uint64{}
	for range killRounds {
		for m, seq := range killOnce(t, file) {
			acked[m] = max(acked[m], seq)
		}
		s, err := Open(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		for m, want := range acked {
			rows, err := s.Read(t.Context(), id.Map{m}, 0, 1_000_000) // finds gaps itself
			if err != nil || uint64(len(rows)) < want {
				t.Errorf("map %d: %d rows of %d acknowledged, %v", m, len(rows), want, err)
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// killOnce runs a writer, kills it, and returns the last acknowledged row of each map.
func killOnce(t *testing.T, file string) map[byte]uint64 {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestKilledWriterLosesNothing")
	cmd.Env = append(os.Environ(), "SQLITE_KILL="+file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := map[byte]uint64{}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var m byte
		var seq uint64
		if _, err := fmt.Sscanf(lines.Text(), "ack %d %d", &m, &seq); err == nil {
			acked[m] = max(acked[m], seq)
		}
		if n == killRows {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed: an error is expected
	if len(acked) == 0 {
		t.Fatal("the writer acknowledged nothing")
	}
	return acked
}

// writeUntilKilled appends to all maps at once through the committer and says
// what is on disk.
func writeUntilKilled(t *testing.T, file string) {
	s := openFile(t, file)
	c := store.NewCommitter(s)
	go c.Run(t.Context())
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range byte(killRooms) {
		all.Go(func() {
			m := id.Map{n}
			r, err := s.Acquire(t.Context(), m, strconv.Itoa(os.Getpid()))
			if err != nil {
				t.Error(err)
				return
			}
			for seq := r.Head + 1; ; seq++ {
				row := store.Row{Seq: seq, OpID: store.NewOpID(id.Client{n}, seq), Data: []byte{1, 2, 3}}
				if err := c.Append(t.Context(), store.Batch{Map: m, Epoch: r.Epoch, Head: seq - 1, Rows: []store.Row{row}}); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				_, err := fmt.Printf("ack %d %d\n", n, seq)
				mu.Unlock()
				if err != nil {
					return // the reader is gone
				}
			}
		})
	}
	all.Wait()
}
