// Package breach asks whether a password is among those that were stolen elsewhere,
// without saying which it is: it sends the first digits of a hash and compares what
// comes back here (k-anonymity, as api.pwnedpasswords.com has it). It keeps nothing and
// logs nothing. A Service is safe for concurrent use.
package breach

import (
	"bufio"
	"context"
	"crypto/sha1" //nolint:gosec // the hash that the list is kept by; it protects nothing
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"plectica/internal/fault"
)

const (
	// Address is where the list of Have I Been Pwned is asked.
	Address = "https://api.pwnedpasswords.com/range/"
	// digits are how many of a hash's 40 are sent.
	digits = 5
	// patience bounds one question: somebody waits for the answer.
	patience = 2 * time.Second
	// maxAnswer bounds what is read, in bytes. A range has some 800 lines of 40.
	maxAnswer = 256 << 10
)

// Service asks one list.
type Service struct {
	client  *http.Client
	address string
}

// New returns a service. The client is one of package outbound.
func New(client *http.Client, address string) *Service { return &Service{client, address} }

// Known reports whether a password is on the list. The error has kind fault.Busy: the
// list did not answer as it has to.
func (s *Service) Known(ctx context.Context, password string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sum := sha1.Sum([]byte(password)) //nolint:gosec // as above
	hash := strings.ToUpper(hex.EncodeToString(sum[:]))
	known, err := s.find(ctx, hash[:digits], hash[digits:])
	if err != nil {
		return false, fault.Wrap(fault.Busy, "the list of breached passwords does not answer", err)
	}
	return known, nil
}

func (s *Service) find(ctx context.Context, begin, rest string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+begin, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Add-Padding", "true") // so that the answer's length says nothing
	resp, err := s.client.Do(req)
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }() // only read
	if resp.StatusCode != http.StatusOK {
		return false, fault.New(fault.Busy, "it answers "+resp.Status)
	}
	lines := bufio.NewScanner(io.LimitReader(resp.Body, maxAnswer))
	for lines.Scan() {
		// Padding has the count 0.
		if h, count, _ := strings.Cut(strings.TrimSpace(lines.Text()), ":"); h == rest && count != "0" {
			return true, nil
		}
	}
	return false, lines.Err()
}
