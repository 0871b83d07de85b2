package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"plectica/internal/config"
)

// greet tells people where the server is.
func (s *server) greet(ctx context.Context) error {
	all := s.origins.get()
	data := ""
	if s.o.Config.Data != config.Default().Data {
		data = " --data " + s.o.Config.Data
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n  Plectica is running at %s\n", all[0])
	if len(s.o.Config.Domains) == 0 {
		fmt.Fprintf(&out, "\n  Browsers do not know its certificate yet. To add it to this machine's trust store:\n    %s trust%s\n", s.o.Command, data)
		fmt.Fprintf(&out, "  On other machines add %s there, after comparing its SHA-256:\n    %s\n", s.ca.CertFile(), s.ca.Fingerprint())
	}
	secret, err := s.accounts.NewFirst(ctx)
	if secret != "" {
		fmt.Fprintf(&out, "\n  Nobody runs this site yet. This link makes the operator's account; it works once, for 24 hours:\n    %s/first#%s\n", all[0], secret)
	}
	fmt.Fprintln(&out)
	_, werr := io.WriteString(s.o.Out, out.String())
	if s.o.Started != nil {
		s.o.Started(all[0])
	}
	return errors.Join(err, werr)
}
