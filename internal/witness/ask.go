package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"plectica/internal/fault"
	"plectica/internal/outbound"
	"plectica/internal/proof"
)

const (
	// maxAnswer bounds what a site answers, in bytes.
	maxAnswer = 64 << 10
	// maxToken bounds a token, in bytes.
	maxToken = 1024
)

// site is the site whose log is witnessed.
type site struct {
	origin string // https://host:port
	token  string
	client *http.Client
}

// newSite checks how a site is to be asked.
func newSite(c Config) (*site, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, "the site's address has the form https://host")
	}
	if !isToken(c.Token) {
		return nil, fault.New(fault.Invalid, "a token of scope read is needed, of any account of the site")
	}
	if c.Client == nil {
		port := u.Port()
		if port == "" {
			port = "443"
		}
		// The operator named it: it may lie in their own network.
		c.Client = outbound.New(outbound.Config{Hosts: []string{net.JoinHostPort(u.Hostname(), port)}, Roots: c.Roots})
	}
	return &site{"https://" + u.Host, c.Token, c.Client}, nil
}

func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// errRefused says that the site answered, and that it does not do what it was asked.
var errRefused = errors.New("the site refuses")

// get asks for one thing. It returns errRefused when the site says that it is not so; whether
// the token counts, or there is too much to do, is no such answer.
func (s *site) get(ctx context.Context, path string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+"/api/v1"+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Accept", "application/json")
	res, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // only read
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w with status %d", errRefused, res.StatusCode)
	case http.StatusUnauthorized, http.StatusForbidden:
		return errors.New("the site does not take the token")
	default:
		return fmt.Errorf("the site answers with status %d", res.StatusCode)
	}
	if sort, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || sort != "application/json" {
		return errors.New("the site answers something else than JSON")
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(b) > maxAnswer {
		return errors.New("the site's answer is too large")
	}
	if json.Unmarshal(b, into) != nil {
		return errors.New("the site's answer has another form")
	}
	return nil
}

// shown is a checkpoint as a site shows it.
type shown struct {
	Key        string `json:"key"`
	Checkpoint string `json:"checkpoint"`
}

func (s *site) checkpoint(ctx context.Context) (v shown, err error) {
	err = s.get(ctx, "/audit/checkpoint", &v)
	if err == nil && (v.Key == "" || v.Checkpoint == "") {
		err = errors.New("the site's answer has another form")
	}
	return v, err
}

// consistency asks for the proof that the log at a size begins with what it was at another.
func (s *site) consistency(ctx context.Context, from, to uint64) ([]proof.Hash, error) {
	var v struct {
		Path []string `json:"path"`
	}
	q := url.Values{"from": {strconv.FormatUint(from, 10)}, "to": {strconv.FormatUint(to, 10)}}
	if err := s.get(ctx, "/audit/consistency?"+q.Encode(), &v); err != nil {
		return nil, err
	}
	return proof.ParsePath(v.Path)
}
