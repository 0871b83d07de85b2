package deliver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"plectica/internal/fault"
	"plectica/internal/outbound"
)

const (
	// The headers by which a receiver knows that it was us, and when.
	timestampHeader = "Plectica-Timestamp"
	signatureHeader = "Plectica-Signature"
	// idHeader names the parcel; it is in the body too.
	idHeader = "Plectica-Delivery"
	// signatureVersion is of how it is signed.
	signatureVersion = "v1="
	// minSecret is how long a secret is at least, in bytes.
	minSecret = 16
	// maxReply bounds what is read of an answer, in bytes: nobody looks at it.
	maxReply = 4 << 10
)

// webhook posts parcels to an address.
type webhook struct {
	url    string
	secret []byte
	client *http.Client
	now    func() time.Time
}

func newWebhook(d Destination, now func() time.Time) (*webhook, error) {
	u, err := url.Parse(d.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fault.New(fault.Invalid, "the webhook "+d.Name+" must be an address such as https://siem.example.org/plectica")
	}
	if len(d.Secret) < minSecret {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("the secret of the webhook %s must have at least %d characters", d.Name, minSecret))
	}
	roots, err := rootsOf(d)
	if err != nil {
		return nil, err
	}
	c := outbound.Config{Roots: roots}
	if d.AllowPrivate {
		port := u.Port()
		if port == "" {
			port = "443"
		}
		c.Hosts = []string{net.JoinHostPort(u.Hostname(), port)}
	}
	return &webhook{url: d.URL, secret: d.Secret, client: outbound.New(c), now: now}, nil
}

// posted is what a receiver gets.
type posted struct {
	ID      string            `json:"id"`
	Records []json.RawMessage `json:"records"`
}

// send implements sink: only an answer that it was taken counts.
func (w *webhook) send(ctx context.Context, p *parcel) error {
	what := posted{ID: p.id}
	for _, it := range p.items {
		what.Records = append(what.Records, it.json)
	}
	body, err := json.Marshal(what)
	if err != nil {
		return fault.Wrap(fault.Internal, "write a parcel", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(fault.Internal, "ask a webhook", err)
	}
	stamp := strconv.FormatInt(w.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(idHeader, p.id)
	req.Header.Set(timestampHeader, stamp)
	req.Header.Set(signatureHeader, signatureVersion+sign(w.secret, stamp, body))
	res, err := w.client.Do(req)
	if err != nil {
		return err // it has a kind already
	}
	defer func() { _ = res.Body.Close() }() // only read
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxReply)); err != nil {
		return err
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fault.New(fault.Busy, fmt.Sprintf("the webhook answered %d", res.StatusCode))
	}
	return nil
}

// sign returns the code by which a receiver that has the secret knows a body and its time.
func sign(secret []byte, stamp string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(stamp + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
