package main

import (
	"context"
	"crypto/x509"
	"flag"
	"net"
	"os"
	"time"

	"plectica/internal/app"
	"plectica/internal/tlsgrade"
)

// maxCA bounds a file of authorities, in bytes.
const maxCA = 1 << 20

// doctorTLS grades how a server speaks TLS. It fails below A, so that a script can ask.
func doctorTLS(ctx context.Context, e env, args []string) error {
	f := flag.NewFlagSet("doctor tls", flag.ContinueOnError)
	var s settings
	s.register(f, false)
	name := f.String("name", "", "")
	ca := f.String("ca", "", "")
	rest, err := parseSome(f, args, 1)
	if err != nil {
		return err
	}
	c, err := s.load(e)
	if err != nil {
		return err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without one
	}
	// This server's own authority is trusted by whoever asks on its machine.
	if own, _, err := app.LocalCA(c); err == nil {
		roots.AddCert(own)
	}
	if *ca != "" {
		if err := addRoots(roots, *ca); err != nil {
			return err
		}
	}
	addr := c.Listen
	if len(rest) > 0 {
		addr = rest[0]
	}
	addr = local(addr)
	facts, err := tlsgrade.Scan(ctx, tlsgrade.Target{Addr: addr, Name: *name, Roots: roots, Now: time.Now})
	if err != nil {
		return err
	}
	report := tlsgrade.Judge(facts)
	e.say("%s\n%s", addr, report)
	switch report.Grade {
	case tlsgrade.APlus, tlsgrade.A:
		return nil
	}
	return sentence("the grade is below A")
}

// local is an address that can be dialled: one to listen on may have no host.
func local(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, "443"
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func addRoots(roots *x509.CertPool, file string) error {
	info, err := os.Stat(file)
	if err != nil || info.Size() > maxCA {
		return sentence("the file of authorities cannot be read")
	}
	b, err := os.ReadFile(file)
	if err != nil || !roots.AppendCertsFromPEM(b) {
		return sentence("the file holds no certificate")
	}
	return nil
}
