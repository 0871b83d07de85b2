package tlsca

import (
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/smallstep/truststore"

	"plectica/internal/fault"
)

// Trusted says where the authority was put.
type Trusted struct {
	System   bool
	Browsers bool // the stores of Chromium and Firefox, where they are apart
	Hint     string
}

// Trust puts the authority in the machine's and the browsers' trust stores. It
// changes the machine: call it only once a person has said so. It never asks
// for a password itself; interactive says that somebody could answer sudo.
func Trust(cert *x509.Certificate, interactive bool) (Trusted, error) {
	var out Trusted
	if certutil, err := exec.LookPath("certutil"); err == nil && runtime.GOOS == "linux" {
		ensureNSS(certutil)
		if err := truststore.Install(cert, truststore.WithFirefox(), truststore.WithNoSystem()); err == nil {
			out.Browsers = true
		}
	} else if runtime.GOOS == "linux" {
		out.Hint = "Chromium and Firefox keep their own list of authorities: install certutil (libnss3-tools) and run this again."
	}
	if !mayChangeSystem(interactive) {
		if out.Browsers {
			out.Hint = "The system's own list needs root: run this again with sudo for command-line tools."
			return out, nil
		}
		return out, fault.New(fault.Permission, "changing the system's trust store needs root")
	}
	err := truststore.Install(cert)
	if err == nil {
		out.System = true
		return out, nil
	}
	if out.Browsers {
		out.Hint = "The system's own list could not be changed."
		return out, nil
	}
	return out, fault.Wrap(fault.Internal, "add to the trust store", err)
}

// ensureNSS makes the store Chromium looks in: it exists only once Chromium ran.
func ensureNSS(certutil string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return
	}
	dir := filepath.Join(home, ".pki", "nssdb")
	if _, err := os.Stat(filepath.Join(dir, "cert9.db")); !errors.Is(err, os.ErrNotExist) {
		return
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return // then there is no such store, as before
	}
	_ = exec.Command(certutil, "-N", "-d", "sql:"+dir, "--empty-password").Run() // as before if it fails
}

// mayChangeSystem reports whether the system's store can be written without
// anybody being asked who is not there.
func mayChangeSystem(interactive bool) bool {
	if runtime.GOOS != "linux" && runtime.GOOS != "freebsd" {
		return interactive || os.Geteuid() == 0 // these ask in a window of their own
	}
	if os.Geteuid() == 0 {
		return true
	}
	if interactive {
		return true
	}
	sudo, err := exec.LookPath("sudo")
	return err == nil && exec.Command(sudo, "-n", "true").Run() == nil
}
