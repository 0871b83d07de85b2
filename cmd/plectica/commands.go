package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"plectica/internal/audit"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/operate"
)

// env is what a command sees of the world.
type env struct {
	name           string // how the program was called
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool   // somebody reads stdin
	user           string // who the machine says runs it
	// note records the command where it is run, before it does anything. Nil: nowhere.
	note func(c config.Config) error
}

// say prints to the person; nobody else could be told that it failed.
func (e env) say(format string, args ...any) { _, _ = fmt.Fprintf(e.stdout, format, args...) }

// warn prints to stderr; as above.
func (e env) warn(format string, args ...any) { _, _ = fmt.Fprintf(e.stderr, format, args...) }

// command is one row of the table.
type command struct {
	name  string // one or two words
	args  string // what follows, for the usage
	short string
	run   func(ctx context.Context, e env, args []string) error
}

// commands is the table. One file each.
func commands() []command {
	return []command{
		{"serve", "[--config FILE] [--data DIR] [--listen ADDR]", "run the server", serve},
		{"trust", "[--config FILE] [--data DIR] [--yes]", "add the server's certificate authority to this machine's trust store", trust},
		{"account reset", "[--config FILE] [--data DIR] EMAIL", "print a one-time link to set a new password", accountReset},
		{"config print", "[--config FILE]", "print the configuration in force", configPrint},
		{"config check", "[--config FILE]", "check the configuration without serving", configCheck},
		{"doctor tls", "[--config FILE] [--data DIR] [--ca FILE] [--name NAME] [ADDR]", "grade how a server speaks TLS, by the published rules", doctorTLS},
		{"verify", "[--config FILE] [--data DIR]", "check that every map's log is whole and folds to its hash", verify},
		{"backup create", "[--config FILE] [--data DIR]", "make an archive of everything, now, and read it back", backupCreate},
		{"backup list", "[--config FILE] [--data DIR] [--from PLACE]", "list the archives", backupList},
		{"backup verify", "[--config FILE] [--data DIR] [--archive FILE | --from PLACE] [--id ID] [--key FILE]", "read an archive whole, and fold every map in it", backupVerify},
		{"backup restore", "[--config FILE] [--data DIR] [--archive FILE] [--from PLACE] [--id ID] [--to TIME] --key FILE", "bring everything back to an empty directory, and verify it", backupRestore},
		{"backup adopt", "[--config FILE] [--data DIR]", "let what was restored write to all places from now on", backupAdopt},
		{"backup drill", "[--config FILE] [--data DIR]", "restore the newest archive for trial, and compare", backupDrill},
		{"backup prune", "[--config FILE] [--data DIR]", "take archives away that are older than they are kept", backupPrune},
		{"backup keygen", "[--out FILE]", "make a key", backupKeygen},
		{"audit verify", "[--config FILE] [--data DIR | --export FILE] [--key KEY] [--checkpoint FILE [--witness KEY]]", "check that the audit log is what it was: nothing altered, dropped or cut", auditVerify},
		{"audit checkpoint", "[--config FILE] [--data DIR]", "print how far the audit log is, signed, for somebody else to keep", auditCheckpoint},
		{"audit export", "[--config FILE] [--data DIR] [--from NUMBER] [--out FILE]", "write the audit log to a file that can be checked elsewhere", auditExport},
		{"audit key", "[--config FILE] [--data DIR]", "print the key that the audit log is checked with", auditKey},
		{"witness", "--url URL --token-file FILE --dir DIR [--key KEY] [--every TIME] [--once] [--accept] [--ca FILE]", "keep and cosign how far another site's audit log is, and say when it forked or shrank", witnessLog},
		{"sim", "[--seeds N] [--seed FIRST] [--shrink] [--trace FILE]", "run the simulator and look for violations", simulate},
		{"torture", "[--rounds N] [--clients N] [--seed N] [--modes LIST] [--faulty-binary FILE] [--data DIR] [--json]", "break a server of its own in every way while clients type, and look for losses", tortureServer},
		{"load", "[--url URL --cookie-file FILE [--ca FILE]] [--maps N] [--writers N] [--readers N] [--rate OPS] [--seconds N] [--bare] [--disturb slow|flood|presence|sockets|joins|signins] [--json]", "drive a server with many clients and measure what they wait for", loadServer},
		{"version", "", "print the version", version},
	}
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// errUsage is an error whose text was printed already.
var errUsage = errors.New("wrong usage")

// run finds the command and turns its error into a sentence and an exit code.
func run(ctx context.Context, e env, args []string) int {
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) < len(words) || strings.Join(args[:len(words)], " ") != c.name {
			continue
		}
		e.note = func(s config.Config) error { return note(ctx, e, c.name, s) }
		switch err := c.run(ctx, e, args[len(words):]); {
		case err == nil:
			return exitOK
		case errors.Is(err, flag.ErrHelp):
			e.say("plectica %s %s: %s\n", c.name, c.args, c.short)
			return exitOK
		case errors.Is(err, errUsage):
			_, _ = fmt.Fprintf(e.stderr, "usage: plectica %s %s\n", c.name, c.args) // as above
			return exitUsage
		default:
			_, _ = fmt.Fprintf(e.stderr, "plectica: %v\n", err) // as above
			return exitError
		}
	}
	to, code := e.stderr, exitUsage
	if len(args) > 0 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help") {
		to, code = e.stdout, exitOK
	}
	_, _ = io.WriteString(to, usage()) // as above
	return code
}

func usage() string {
	var b strings.Builder
	b.WriteString("Plectica: where people think about systems together.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  plectica %-14s %s\n", c.name, c.short)
	}
	fmt.Fprintf(&b, "\nSettings come from --config FILE or %s, then from %s… variables; see plectica config print.\n", config.FileVariable, config.Prefix)
	return b.String()
}

// settings are the flags that commands share.
type settings struct {
	file, data, listen string
}

// configured reads the flags of a command that has no others, and the configuration.
func configured(e env, name string, args []string) (config.Config, error) {
	var s settings
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	s.register(f, false)
	if _, err := parse(f, args, 0); err != nil {
		return config.Config{}, err
	}
	return s.load(e)
}

func (s *settings) register(f *flag.FlagSet, listen bool) {
	f.StringVar(&s.file, "config", "", "")
	f.StringVar(&s.data, "data", "", "")
	if listen {
		f.StringVar(&s.listen, "listen", "", "")
	}
}

// load returns the configuration with the flags on top.
func (s *settings) load(e env) (config.Config, error) {
	file := s.file
	for _, v := range e.environ {
		if name, value, _ := strings.Cut(v, "="); name == config.FileVariable && file == "" {
			file = value
		}
	}
	c, err := config.Load(file, e.environ)
	if err != nil {
		return config.Config{}, err
	}
	if s.data != "" {
		c.Data = s.data
	}
	if s.listen != "" {
		c.Listen = s.listen
	}
	if err := c.Check(); err != nil {
		return config.Config{}, err
	}
	if e.note != nil {
		err = e.note(c)
	}
	return c, err
}

// note records that a command is run on an installation.
func note(ctx context.Context, e env, name string, c config.Config) error {
	act, ok := audit.Commands()[name]
	if !ok || act == audit.ServerStart {
		return nil // it touches no installation; or the server records itself
	}
	return operate.NoteCommand(ctx, c, act, e.user)
}

// parse reads flags and wants so many arguments after them. Flags may also
// stand after the arguments.
func parse(f *flag.FlagSet, args []string, want int) ([]string, error) {
	rest, err := parseSome(f, args, want)
	if err == nil && len(rest) != want {
		return nil, errUsage
	}
	return rest, err
}

// parseSome is parse for arguments that may be left out.
func parseSome(f *flag.FlagSet, args []string, most int) ([]string, error) {
	f.SetOutput(io.Discard)
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, errUsage
		}
		if f.NArg() == 0 {
			break
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
	if len(rest) > most {
		return nil, errUsage
	}
	return rest, nil
}

// sentence is an error's text for people: the operator may see all of it.
func sentence(text string) error { return fault.New(fault.Invalid, text) }
