// Command plectica is the server and everything its operator needs: one file for
// each subcommand, no rules of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"os/user"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, env{
		name: os.Args[0], environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		terminal: isTerminal(os.Stdin), user: whoami(),
	}, os.Args[1:])
	stop()
	os.Exit(code)
}

// whoami is who the machine says runs the program.
func whoami() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// isTerminal reports whether somebody could answer a question. The null device
// is a character device too, but nobody sits there.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
