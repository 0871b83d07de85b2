package tlsca

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"plectica/internal/fault"
)

// pair is a certificate and its key.
type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (p *pair) tls() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

func pemCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// pem returns key and certificate as one text: they cannot get apart.
func (p *pair) pem() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		panic(err) // keys are ours, and of a kind that can be written
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pemCert(p.cert)...)
}

// readPair returns nil when there is no such file.
func readPair(file string) (*pair, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "read "+filepath.Base(file), err)
	}
	both, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "read "+filepath.Base(file), err)
	}
	key, ok := both.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fault.New(fault.Internal, filepath.Base(file)+" holds a key that cannot sign")
	}
	return &pair{cert: both.Leaf, key: key}, nil
}

// ReadCertificate returns the authority's certificate in dir, for trusting it.
func ReadCertificate(dir string) (*x509.Certificate, string, error) {
	file := filepath.Join(dir, certFile)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, "", fault.Wrap(fault.NotFound, "there is no certificate authority yet; start the server once", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, "", fault.New(fault.Internal, certFile+" holds no certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, "", fault.Wrap(fault.Internal, "read "+certFile, err)
	}
	return cert, file, nil
}
