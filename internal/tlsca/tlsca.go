// Package tlsca is where the server's certificates come from: a certificate
// authority of this installation alone, constrained to the names and addresses
// it may speak for, with a leaf of at most 47 days that is rotated while the
// server runs; and ACME once there is a public name. It never puts anything in a
// trust store unasked, and no key leaves the data directory. An Authority is
// safe for concurrent use.
package tlsca

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"plectica/internal/datadir"
	"plectica/internal/fault"
)

const (
	// LeafLife is how long a leaf is valid, within the 47 days browsers will ask for.
	LeafLife = 45 * 24 * time.Hour
	// leafRenew is how long before its end a leaf is replaced.
	leafRenew = LeafLife / 3
	// caLife is how long the authority itself is valid.
	caLife = 10 * 365 * 24 * time.Hour
	// backdate covers clocks that are behind.
	backdate = time.Hour
	// checkEvery is how often the leaf's age and names are looked at.
	checkEvery = time.Hour

	caFile   = "ca.pem"   // key and certificate, 0600
	certFile = "ca.crt"   // the certificate alone, to be trusted by hand
	leafFile = "leaf.pem" // key and certificate, 0600
)

// Config says where an authority lives and what it speaks for.
type Config struct {
	// Dir holds its files; it exists and is private.
	Dir string
	// Names returns the machine's names and addresses now, see Machine.
	Names func() Names
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Authority signs the server's leaf.
type Authority struct {
	c     Config
	cert  *x509.Certificate
	key   crypto.Signer
	fresh bool

	rotate sync.Mutex // one rotation at a time
	leaf   atomic.Pointer[tls.Certificate]
}

// Open loads the authority, or makes one when there is none or when it may not
// speak for a configured name, and makes sure that a leaf is there.
func Open(c Config) (*Authority, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &Authority{c: c}
	if err := a.load(); err != nil {
		return nil, err
	}
	if err := datadir.WriteFile(a.CertFile(), pemCert(a.cert), 0o644); err != nil {
		return nil, err
	}
	if p, err := readPair(a.path(leafFile)); err == nil && p != nil {
		a.leaf.Store(p.tls())
	}
	if _, err := a.Rotate(); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Authority) path(name string) string { return filepath.Join(a.c.Dir, name) }

// load reads the authority or makes a new one.
func (a *Authority) load() error {
	names := a.c.Names()
	p, err := readPair(a.path(caFile))
	if err != nil {
		return err
	}
	if p == nil || !permits(p.cert, names.Configured) || a.c.Now().After(p.cert.NotAfter.Add(-LeafLife)) {
		if p, err = newAuthority(names, a.c.Now()); err != nil {
			return err
		}
		if err := datadir.WriteFile(a.path(caFile), p.pem(), 0o600); err != nil {
			return err
		}
		a.fresh = true
	}
	a.cert, a.key = p.cert, p.key
	return nil
}

// Fresh reports whether the authority was made by this Open, so that nobody can
// trust it yet.
func (a *Authority) Fresh() bool { return a.fresh }

// Certificate returns the authority's own certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// CertFile returns the file that people can add to a trust store by hand.
func (a *Authority) CertFile() string { return a.path(certFile) }

// Fingerprint returns the SHA-256 of the authority's certificate, for comparing.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

// GetCertificate returns the current leaf, for tls.Config.
func (a *Authority) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.leaf.Load(), nil
}

// Rotate replaces the leaf when it is due, does not cover what the machine is
// called now, or is of another authority. It reports whether it did.
func (a *Authority) Rotate() (bool, error) {
	a.rotate.Lock()
	defer a.rotate.Unlock()
	now := a.c.Now()
	want := a.c.Names().within(a.cert)
	if l := a.leaf.Load(); l != nil && now.Before(l.Leaf.NotAfter.Add(-leafRenew)) && !now.Before(l.Leaf.NotBefore) &&
		want.equal(l.Leaf) && l.Leaf.CheckSignatureFrom(a.cert) == nil {
		return false, nil
	}
	p, err := a.sign(want, now)
	if err != nil {
		return false, err
	}
	if err := datadir.WriteFile(a.path(leafFile), p.pem(), 0o600); err != nil {
		return false, err
	}
	a.leaf.Store(p.tls())
	return true, nil
}

// Run rotates until ctx ends. rotated, if set, hears of each attempt that did
// something or went wrong.
func (a *Authority) Run(ctx context.Context, rotated func(error)) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if did, err := a.Rotate(); rotated != nil && (did || err != nil) {
				rotated(err)
			}
		}
	}
}

// newAuthority makes a key and a certificate that is constrained to names.
func newAuthority(names Names, now time.Time) (*pair, error) {
	key, serial, err := keyAndSerial()
	if err != nil {
		return nil, err
	}
	host := localhost
	if len(names.Machine.DNS) > 1 {
		host = names.Machine.DNS[1] // what the machine calls itself
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		// The serial in the name keeps two installations of one machine apart in trust stores.
		Subject:               pkix.Name{Organization: []string{"Plectica"}, CommonName: "Plectica on " + host + " " + serial.Text(36)[:6]},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         names.domains(),
		PermittedIPRanges:           names.ranges(),
	}
	return create(t, t, key, key)
}

// sign makes a leaf for exactly these names.
func (a *Authority) sign(n Set, now time.Time) (*pair, error) {
	key, serial, err := keyAndSerial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"Plectica"}, CommonName: "localhost"},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(-backdate).Add(LeafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     n.DNS,
		IPAddresses:  n.ips(),
	}
	return create(t, a.cert, key, a.key)
}

func create(t, parent *x509.Certificate, key, signer crypto.Signer) (*pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "make a certificate", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "read the certificate just made", err)
	}
	return &pair{cert: cert, key: key}, nil
}

// serialBits is the length of serial numbers, in bits.
const serialBits = 127

func keyAndSerial() (crypto.Signer, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "make a key", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, "make a serial number", err)
	}
	serial.SetBit(serial, serialBits-1, 1) // always of full length
	return key, serial, nil
}
