package app

import (
	"context"
	"crypto/x509"
	"errors"
	"net"

	"plectica/internal/account"
	"plectica/internal/config"
	"plectica/internal/datadir"
	"plectica/internal/operate"
	"plectica/internal/tlsca"
)

// ResetLink makes a one-time link with which somebody who is locked out sets a
// new password, and ends their sign-ins. A running server notices.
func ResetLink(ctx context.Context, c config.Config, email string) (link string, err error) {
	dir, err := datadir.Existing(c.Data)
	if err != nil {
		return "", err
	}
	db, err := operate.DatabaseOf(c)
	if err != nil {
		return "", err
	}
	st, err := db.Open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	accounts, err := account.New(ctx, account.Config{Store: st, PepperFile: dir.Path(datadir.Pepper)})
	if err != nil {
		return "", err
	}
	secret, err := accounts.NewReset(ctx, email)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", err
	}
	return listOrigins(names(c), c.Domains, port)[0] + "/reset#" + secret, nil
}

// LocalCA returns the local authority's certificate and the file it is in.
func LocalCA(c config.Config) (*x509.Certificate, string, error) {
	return tlsca.ReadCertificate(c.Data)
}
