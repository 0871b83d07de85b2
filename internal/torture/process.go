package torture

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"plectica/internal/fault"
)

// maxSaid is how many of its last lines are kept of what a server says in its log.
const maxSaid = 50

// process is one run of the server's program.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it is gone
	greeting
	drops  atomic.Int64 // maps it dropped or could not open
	killed atomic.Bool

	mu   sync.Mutex
	said []string // the end of its log
}

var (
	linkPattern    = regexp.MustCompile(`/first#(\S+)`)
	addressPattern = regexp.MustCompile(`running at https://(\S+)`)
)

// greeting is what a server tells people when it is ready.
type greeting struct {
	address string // host:port it serves at
	link    string // one-time secret of the first account, if it has none yet
}

// launch runs the program and waits until it says where it is, and the first time
// how to make an account.
func launch(ctx context.Context, first bool, binary string, env []string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, binary, args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	log, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fault.Wrap(fault.Internal, "start the server", err)
	}
	ready := make(chan greeting, 1)
	var read sync.WaitGroup
	read.Go(func() { hear(out, first, ready) })
	read.Go(func() { p.listen(log) })
	go func() {
		read.Wait()
		_ = p.cmd.Wait() // how it ended is the caller's matter
		close(p.ended)
	}()
	t := time.NewTimer(startLimit)
	defer t.Stop()
	select {
	case p.greeting = <-ready:
		return p, nil
	case <-p.ended:
		return nil, fault.New(fault.Internal, "the server ended before it was ready: "+p.last())
	case <-t.C:
		p.kill()
		return nil, fault.New(fault.Internal, "the server did not start in time: "+p.last())
	}
}

// hear reads what the server tells people. Its end is an empty line after the
// address, and after the first account's link where there has to be one.
func hear(out io.Reader, first bool, ready chan<- greeting) {
	var g greeting
	for sc := bufio.NewScanner(out); sc.Scan(); {
		if m := linkPattern.FindStringSubmatch(sc.Text()); m != nil {
			g.link = m[1]
		}
		if m := addressPattern.FindStringSubmatch(sc.Text()); m != nil {
			g.address = m[1]
		}
		if g.address != "" && strings.TrimSpace(sc.Text()) == "" && (!first || g.link != "") {
			select {
			case ready <- g:
			default: // said before
			}
		}
	}
}

// listen counts what the log says of maps, and keeps its end.
func (p *process) listen(log io.Reader) {
	for sc := bufio.NewScanner(log); sc.Scan(); {
		line := sc.Text()
		if strings.Contains(line, "map dropped") || strings.Contains(line, "map not opened") {
			p.drops.Add(1)
			continue
		}
		p.mu.Lock()
		if len(p.said) == maxSaid {
			p.said = append(p.said[:0], p.said[1:]...)
		}
		p.said = append(p.said, line)
		p.mu.Unlock()
	}
}

func (p *process) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}

// alive reports whether it still runs, or is frozen.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends it as the system does when memory is short, and waits until it is gone.
func (p *process) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // SIGKILL; it may have ended by itself
	<-p.ended
}
