package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"plectica/internal/throttle"
)

const (
	// maxKeys bounds a provider's keys.
	maxKeys = 100
	// minRSABits and maxRSABits bound an RSA key: below it is weak, above it costs.
	minRSABits, maxRSABits = 2048, 8192
	// maxKeysBytes bounds the document of keys; the client's own bound may be lower.
	maxKeysBytes = 1 << 20
)

// keyRefreshes is how often a token of an unknown key may make us ask for the keys
// anew: rotation needs it once, a flood would need it always.
func keyRefreshes() throttle.Rate { return throttle.Rate{Burst: 3, Every: time.Minute} }

// fetchKeys asks for a provider's keys.
func (p *party) fetchKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	d, err := p.document.get(ctx)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.keysURL, nil)
	if err != nil {
		return nil, err
	}
	res, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(res.Body, maxKeysBytes))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("its keys came with status %d", res.StatusCode)
	}
	return readKeys(text)
}

// readKeys takes the keys that can check a signature and leaves out all others: new
// kinds of keys must not lock people out.
func readKeys(text []byte) ([]jose.JSONWebKey, error) {
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, &unfit{"its keys are not readable: " + err.Error()}
	}
	if len(all.Keys) > maxKeys {
		return nil, &unfit{fmt.Sprintf("it has more than %d keys", maxKeys)}
	}
	var out []jose.JSONWebKey
	for _, raw := range all.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && usable(k) {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		return nil, &unfit{"it has no key that can check a signature"}
	}
	return out, nil
}

// usable leaves out secrets, private keys, weak ones, and those for other purposes.
func usable(k jose.JSONWebKey) bool {
	if k.Use != "" && k.Use != "sig" {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= minRSABits && key.N.BitLen() <= maxRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	default:
		return false
	}
}

// keyring checks signatures with a provider's keys, for the library.
type keyring struct {
	p          *party
	algorithms []jose.SignatureAlgorithm
}

// VerifySignature returns the payload of a token that the provider signed. A key
// that is not known yet has it ask once more: providers change their keys.
func (k keyring) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, k.algorithms)
	if err != nil {
		return nil, err
	}
	if len(jws.Signatures) != 1 {
		return nil, errors.New("there is not one signature")
	}
	keys, err := k.p.keys.get(ctx)
	if err != nil {
		return nil, err
	}
	payload, known := verify(jws, keys)
	if payload != nil {
		return payload, nil
	}
	if known {
		return nil, errors.New("the signature is wrong")
	}
	if k.p.floods.Take(k.p.now(), "") > 0 {
		return nil, errors.New("the key is unknown, and too many were lately")
	}
	if keys, err = k.p.keys.renew(ctx); err != nil {
		return nil, err
	}
	if payload, _ = verify(jws, keys); payload == nil {
		return nil, errors.New("no key of the provider made the signature")
	}
	return payload, nil
}

// verify tries the keys that the token names, all if it names none. known says that
// it names one of them.
func verify(jws *jose.JSONWebSignature, keys []jose.JSONWebKey) (payload []byte, known bool) {
	h := jws.Signatures[0].Protected
	for _, k := range keys {
		if h.KeyID != "" && k.KeyID != h.KeyID {
			continue
		}
		known = known || h.KeyID != ""
		if !fits(k, jose.SignatureAlgorithm(h.Algorithm)) {
			continue
		}
		if p, err := jws.Verify(k.Key); err == nil {
			return p, true
		}
	}
	return nil, known
}

// fits reports whether a key is for an algorithm: a key has one kind, and one
// algorithm if it says so.
func fits(k jose.JSONWebKey, a jose.SignatureAlgorithm) bool {
	if k.Algorithm != "" && k.Algorithm != string(a) {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return a[0] == 'R' || a[0] == 'P'
	case *ecdsa.PublicKey:
		bits := map[jose.SignatureAlgorithm]int{jose.ES256: 256, jose.ES384: 384, jose.ES512: 521}
		return bits[a] == key.Curve.Params().BitSize
	case ed25519.PublicKey:
		return a == jose.EdDSA
	default:
		return false
	}
}
