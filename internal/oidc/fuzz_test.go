package oidc

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"plectica/internal/fault"
)

// FuzzAnswer: whatever a browser brings back, it is refused with a sentence, unless
// it is what the provider sent it with.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"code=x&state=y", "state=STATE&code=CODE", "state=STATE&code=CODE&iss=ISSUER", "state=STATE&error=access_denied&iss=ISSUER",
		"state=STATE&state=STATE&code=CODE&iss=ISSUER", "state=&code=", "%zz", "state=STATE&code=%00&iss=ISSUER", "STATE=STATE&Code=CODE&iss=ISSUER",
	} {
		f.Add(s)
	}
	r := memoryRig(f, nil)
	f.Fuzz(func(t *testing.T, query string) {
		authURL, flow := r.begin(t)
		good := r.visit(t, authURL)
		query = strings.NewReplacer("STATE", good.Get("state"), "CODE", good.Get("code"), "ISSUER", url.QueryEscape(r.issuer)).Replace(query)
		q, _ := url.ParseQuery(query) // what could be read, as a server has it
		got, err := r.s.Finish(t.Context(), "idp", flow, q)
		right := len(q["state"]) == 1 && len(q["code"]) == 1 && len(q["iss"]) == 1 && len(q["error"]) <= 1 && q.Get("error") == "" &&
			q.Get("state") == good.Get("state") && q.Get("code") == good.Get("code") && q.Get("iss") == r.issuer
		switch {
		case right != (err == nil):
			t.Fatalf("%q: %v", query, err)
		case err != nil && (fault.KindOf(err) == fault.Internal || got.Subject != ""):
			t.Fatalf("%q: %+v, %v", query, got, err)
		}
	})
}

// FuzzToken: a token is believed only if the provider's key signed it, by a check of
// our own here, and if it says what it has to.
func FuzzToken(f *testing.F) {
	r := memoryRig(f, nil)
	key := r.key.(*ecdsa.PrivateKey)
	flow := Flow{Provider: "idp", Nonce: "the nonce", Verifier: "v", Created: time.Unix(1_700_000_000, 0)}
	payload := []byte(`{"iss":"https://idp.test","sub":"person-1","aud":"plectica-test","nonce":"the nonce","iat":1700000000,"exp":9700000000,"azp":"plectica-test","email":"a@b.c","amr":["pwd"]}`)
	for _, p := range []string{string(payload), `{}`, `[]`, `{"iss":"https://idp.test","sub":"","aud":["plectica-test"],"nonce":"the nonce","iat":1,"exp":9e300}`, `{"Iss":null}`, ``} {
		f.Add(true, "k1", p, "")
		f.Add(false, "k1", p, signed(jose.ES256, key, "k1", []byte(p)))
	}
	for _, h := range []string{`{"alg":"none"}`, `{"alg":"HS256","kid":"k1"}`, `{"alg":"ES256","kid":"k1"}`, `{"alg":"ES256","crit":["b64"],"b64":false}`} {
		f.Add(false, "", "", byHand(h, payload, publicPEM(key)))
		f.Add(false, "", "", byHand(h, payload, nil))
	}
	r.begin(f) // so that it is known where the keys are
	f.Fuzz(func(t *testing.T, sign bool, kid, payload, token string) {
		if sign {
			token = signed(jose.ES256, key, kid, []byte(payload))
		}
		p := r.s.parties["idp"]
		d, err := p.document.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.identify(t.Context(), d, flow, token, "")
		if err != nil {
			if got.Subject != "" || fault.KindOf(err) == fault.Internal {
				t.Fatalf("%q: %+v, %v", token, got, err)
			}
			return
		}
		claims := verified(t, &key.PublicKey, token)
		if claims["sub"] != got.Subject || claims["nonce"] != flow.Nonce || claims["iss"] != r.issuer || got.Issuer != r.issuer || got.Subject == "" {
			t.Fatalf("%q is taken for %+v", token, got)
		}
	})
}

// verified checks a token with the standard library alone.
func verified(t *testing.T, key *ecdsa.PublicKey, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q was believed", token)
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(sig) != 64 {
		t.Fatalf("%q was believed", token)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Fatalf("%q was believed without its signature", token)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(b, &claims) != nil {
		t.Fatalf("%q was believed", token)
	}
	return claims
}

// FuzzKeys: any document of keys gives keys that can only check signatures, or an error.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"RSA","n":"AQ","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"AQ"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := readKeys(text)
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			if !k.IsPublic() || !k.Valid() {
				t.Fatalf("%v is no key to check with", k)
			}
		}
	})
}
