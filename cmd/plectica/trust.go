package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"strings"

	"plectica/internal/app"
	"plectica/internal/tlsca"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 100

// trust adds the local authority to the trust stores once somebody agreed. It
// never waits for an answer that cannot come.
func trust(_ context.Context, e env, args []string) error {
	f := flag.NewFlagSet("trust", flag.ContinueOnError)
	var s settings
	s.register(f, false)
	yes := f.Bool("yes", false, "")
	if _, err := parse(f, args, 0); err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	cert, file, err := app.LocalCA(c)
	if err != nil {
		return err
	}
	say := func(format string, a ...any) {
		_, _ = fmt.Fprintf(e.stdout, format, a...) // a terminal that is gone needs no answer
	}
	say("%s\n  file:    %s\n  SHA-256: %x\n  It can only speak for this machine's names, for private addresses and for the names in the configuration.\n",
		cert.Subject.CommonName, file, sha256.Sum256(cert.Raw))
	if !*yes && !e.terminal {
		say("Nobody is here to agree. Run this again with --yes to add it to this machine's trust store,\nor add the file to your browser's authorities by hand.\n")
		return sentence("nothing was changed")
	}
	if !*yes {
		say("Add it to the trust stores of this machine and its browsers? [y/N] ")
		line, _ := bufio.NewReader(io.LimitReader(e.stdin, maxAnswer)).ReadString('\n') // an unfinished line is an answer too
		if a := strings.ToLower(strings.TrimSpace(line)); a != "y" && a != "yes" {
			return sentence("nothing was changed")
		}
	}
	done, err := tlsca.Trust(cert, e.terminal)
	if err != nil {
		say("Add the file to the trust store by hand, or run this again with sudo.\n")
		return err
	}
	if done.System {
		say("Added to the system's trust store.\n")
	}
	if done.Browsers {
		say("Added to the browsers' trust stores. Restart the browser.\n")
	}
	if done.Hint != "" {
		say("%s\n", done.Hint)
	}
	return nil
}
