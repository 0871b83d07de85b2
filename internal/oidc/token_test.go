package oidc

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"plectica/internal/fault"
)

func TestSignIn(t *testing.T) {
	r := newRig(t, nil)
	got, err := r.signIn(t)
	want := Identity{
		Issuer: r.issuer, Subject: "person-1", Email: "Ann@Example.org", EmailVerified: true, Name: "Ann", ACR: "2", AMR: []string{"pwd", "otp"},
		AuthTime: got.AuthTime,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if age := r.now().Sub(got.AuthTime); age < time.Minute || age > 2*time.Minute {
		t.Errorf("signed in at %v", got.AuthTime)
	}
}

func set(key string, v any) func(*liar) {
	return func(l *liar) { l.claims = func(c map[string]any) { c[key] = v } }
}

func drop(key string) func(*liar) {
	return func(l *liar) { l.claims = func(c map[string]any) { delete(c, key) } }
}

// sinceNow sets a claim to so many seconds from now.
func sinceNow(key string, d time.Duration) func(*liar) {
	return func(l *liar) { l.claims = func(c map[string]any) { c[key] = l.at().Add(d).Unix() } }
}

func with(c ...map[string]any) func(*liar) {
	return func(l *liar) {
		l.claims = func(all map[string]any) {
			for _, m := range c {
				maps.Copy(all, m)
			}
		}
	}
}

func handSigned(header string, key func(*liar) []byte) func(*liar) {
	return func(l *liar) {
		l.sign = func(p []byte) string {
			if key == nil {
				return byHand(header, p, nil)
			}
			return byHand(header, p, key(l))
		}
	}
}

// TestFalseTokens: every one of these comes over TLS from the right provider, in
// answer to the right code, and is refused for the named reason.
func TestFalseTokens(t *testing.T) {
	other := newKey(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	secret := func(*liar) []byte { return []byte(testSecret) }
	for _, c := range []struct {
		name string
		bend func(*liar)
		want string
	}{
		{"wrong issuer", set("iss", "https://evil.test"), "different provider"},
		{"issuer with a slash", func(l *liar) { set("iss", l.issuer+"/")(l) }, "different provider"},
		{"no issuer", drop("iss"), "different provider"},
		{"wrong audience", set("aud", "another"), "expected audience"},
		{"no audience", drop("aud"), "expected audience"},
		{"audience in part", set("aud", testClient+"x"), "expected audience"},
		{"several audiences, foreign party", with(map[string]any{"aud": []string{testClient, "another"}, "azp": "another"}), "another client"},
		{"several audiences, no party", set("aud", []string{testClient, "another"}), "another client"},
		{"several audiences, party is no text", with(map[string]any{"aud": []string{testClient, "another"}, "azp": []string{testClient}}), "another client"},
		{"one audience, foreign party", set("azp", "another"), "another client"},
		{"too many audiences", with(map[string]any{"aud": strings.Split(strings.Repeat(testClient+" ", 11), " "), "azp": testClient}), "audience is too long"},
		{"expired", sinceNow("exp", -2*time.Minute), "expired"},
		{"no end", drop("exp"), "expired"},
		{"end beyond numbers", set("exp", "never"), "unmarshal"},
		{"issued in the future", sinceNow("iat", 2*time.Minute), "in the future"},
		{"no issue", drop("iat"), "when it was issued"},
		{"not yet", sinceNow("nbf", 10*time.Minute), "not before"},
		{"wrong nonce", set("nonce", random()), "nonce"},
		{"no nonce", drop("nonce"), "nonce"},
		{"no subject", drop("sub"), "subject"},
		{"empty subject", set("sub", ""), "subject"},
		{"long subject", set("sub", strings.Repeat("x", 256)), "subject"},
		{"subject is a number", set("sub", 7), "unmarshal"},
		{"subject in another case", func(l *liar) {
			l.claims = func(c map[string]any) { c["Sub"] = "person-2" }
		}, "another case"},
		{"nonce in another case", func(l *liar) {
			l.claims = func(c map[string]any) { c["NONCE"] = c["nonce"]; delete(c, "nonce") }
		}, "another case"},
		{"wrong access token", set("at_hash", base64.RawURLEncoding.EncodeToString(make([]byte, 16))), "access token hash"},
		{"none", handSigned(`{"alg":"none"}`, nil), "malformed jwt"},
		{"none with the key", handSigned(`{"alg":"none","kid":"k1"}`, nil), "malformed jwt"},
		{"None", handSigned(`{"alg":"None"}`, nil), "malformed jwt"},
		{"no algorithm", handSigned(`{"kid":"k1"}`, nil), "malformed jwt"},
		{"HS256 by the client secret", handSigned(`{"alg":"HS256"}`, secret), "malformed jwt"},
		{"HS256 by the public key", handSigned(`{"alg":"HS256","kid":"k1"}`, func(l *liar) []byte { return publicPEM(l.key) }), "malformed jwt"},
		{"HS256 by the public key as it is", handSigned(`{"alg":"HS256","kid":"k1"}`, func(l *liar) []byte { return publicDER(l.key) }), "malformed jwt"},
		{"ES256 that is an HMAC", handSigned(`{"alg":"ES256","kid":"k1"}`, func(l *liar) []byte { return publicPEM(l.key) }), "signature is wrong"},
		{"HS256 by a key that is published", func(l *liar) {
			l.keys = func(s *jose.JSONWebKeySet) {
				s.Keys = append(s.Keys, jose.JSONWebKey{Key: []byte(testSecret), KeyID: "oct", Algorithm: "HS256"})
			}
			handSigned(`{"alg":"HS256","kid":"oct"}`, secret)(l)
		}, "malformed jwt"},
		{"no signature", handSigned(`{"alg":"ES256","kid":"k1"}`, nil), "signature is wrong"},
		{"another's key under a known name", func(l *liar) {
			l.sign = func(p []byte) string { return signed(jose.ES256, other, "k1", p) }
		}, "signature is wrong"},
		{"unknown key", func(l *liar) {
			l.sign = func(p []byte) string { return signed(jose.ES256, other, "k9", p) }
		}, "no key of the provider"},
		{"key without a name", func(l *liar) {
			l.sign = func(p []byte) string { return signed(jose.ES256, other, "", p) }
		}, "no key of the provider"},
		{"key in the token itself", func(l *liar) {
			l.sign = func(p []byte) string {
				return signedWith(&jose.SignerOptions{EmbedJWK: true}, jose.ES256, other, "k9", p)
			}
		}, "no key of the provider"},
		{"key at another's address", handSigned(`{"alg":"ES256","kid":"k9","jku":"https://evil.test/keys"}`, secret), "no key of the provider"},
		{"weak key", func(l *liar) { l.alg, l.key = jose.RS256, weak }, "no key that can check"},
		{"key for encryption", func(l *liar) {
			l.keys = func(s *jose.JSONWebKeySet) { s.Keys[0].Use = "enc" }
		}, "no key that can check"},
		{"key of another algorithm", func(l *liar) {
			l.alg, l.key = jose.RS256, rsaKey()
			l.keys = func(s *jose.JSONWebKeySet) { s.Keys[0].Algorithm = "RS512" }
		}, "signature is wrong"},
		{"algorithm that was not announced", func(l *liar) {
			l.document = func(d map[string]any) { d["id_token_signing_alg_values_supported"] = []string{"RS256"} }
		}, "malformed jwt"},
		{"extension that must be understood", func(l *liar) {
			l.sign = func(p []byte) string {
				return signedWith(&jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"crit": []string{"exp"}, "exp": 1}}, jose.ES256, l.key, "k1", p)
			}
		}, "signature is wrong"},
		{"tampered signature", func(l *liar) {
			l.sign = func(p []byte) string {
				s := []byte(signed(jose.ES256, l.key, "k1", p))
				if s[len(s)-10]++; s[len(s)-10] > 'y' || s[len(s)-10] < 'a' {
					s[len(s)-10] = 'a'
				}
				return string(s)
			}
		}, "signature is wrong"},
		{"tampered claims", func(l *liar) {
			l.sign = func(p []byte) string {
				parts := strings.Split(signed(jose.ES256, l.key, "k1", p), ".")
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(p), "person-1", "person-2", 1)))
				return strings.Join(parts, ".")
			}
		}, "signature is wrong"},
		{"two signatures", func(l *liar) {
			l.sign = func(p []byte) string {
				s, err := jose.NewMultiSigner([]jose.SigningKey{{Algorithm: jose.ES256, Key: l.key}, {Algorithm: jose.ES256, Key: other}}, nil)
				if err != nil {
					t.Error(err)
				}
				jws, err := s.Sign(p)
				if err != nil {
					t.Error(err)
				}
				return jws.FullSerialize()
			}
		}, "multiple signatures"},
		{"another form", func(l *liar) {
			l.sign = func(p []byte) string {
				parts := strings.Split(signed(jose.ES256, l.key, "k1", p), ".")
				b, _ := json.Marshal(map[string]string{"protected": parts[0], "payload": parts[1], "signature": parts[2]}) // texts alone
				return string(b)
			}
		}, "compact JWS"},
		{"no JSON within", func(l *liar) {
			l.sign = func([]byte) string { return signed(jose.ES256, l.key, "k1", []byte("[]")) }
		}, "unmarshal"},
		{"garbage", func(l *liar) { l.sign = func([]byte) string { return "garbage" } }, "malformed jwt"},
		{"no token", func(l *liar) { l.reply = func(m map[string]any) { delete(m, "id_token") } }, "missing or too long"},
		{"token is no text", func(l *liar) { l.reply = func(m map[string]any) { m["id_token"] = 7 } }, "missing or too long"},
		{"huge token", set("x", strings.Repeat("x", maxTokenBytes)), "missing or too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.bend)
			got, err := r.signIn(t)
			kind := fault.Auth
			if strings.HasPrefix(c.want, "no key that") {
				kind = fault.Busy // known before the code is spent
			}
			wantFault(t, err, kind, c.want)
			if diff := cmp.Diff(Identity{}, got); diff != "" {
				t.Errorf("an identity beside the error: %s", diff)
			}
		})
	}
}

func TestGoodTokens(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("an access token"))
	for _, c := range []struct {
		name string
		bend func(*liar)
		want func(*Identity)
	}{
		{"RS256", func(l *liar) { l.alg, l.key = jose.RS256, rsaKey() }, nil},
		{"PS256", func(l *liar) { l.alg, l.key = jose.PS256, rsaKey() }, nil},
		{"EdDSA", func(l *liar) { l.alg, l.key = jose.EdDSA, ed }, nil},
		{"key without a name", func(l *liar) { l.kid = "" }, nil},
		{"RS256 where nothing was announced", func(l *liar) {
			l.alg, l.key = jose.RS256, rsaKey()
			l.document = func(d map[string]any) { delete(d, "id_token_signing_alg_values_supported") }
		}, nil},
		{"beside keys of other kinds", func(l *liar) {
			l.keys = func(s *jose.JSONWebKeySet) {
				s.Keys = append([]jose.JSONWebKey{{Key: []byte("a secret"), KeyID: "oct"}, {Key: rsaKey(), KeyID: "private"}}, s.Keys...)
			}
		}, nil},
		{"a clock behind", sinceNow("exp", -30*time.Second), nil},
		{"a clock ahead", sinceNow("iat", 30*time.Second), nil},
		{"our party", with(map[string]any{"aud": []string{"another", testClient}, "azp": testClient}), nil},
		{"its access token", set("at_hash", base64.RawURLEncoding.EncodeToString(sum[:16])), nil},
		{"longest subject", set("sub", strings.Repeat("x", 255)), func(i *Identity) { i.Subject = strings.Repeat("x", 255) }},
		{"e-mail not verified", set("email_verified", false), func(i *Identity) { i.EmailVerified = false }},
		{"e-mail of unknown standing", drop("email_verified"), func(i *Identity) { i.EmailVerified = false }},
		{"verified as a word", set("email_verified", "true"), nil},
		{"verified as a number", set("email_verified", 1), func(i *Identity) { i.EmailVerified = false }},
		{"no e-mail", drop("email"), func(i *Identity) { i.Email, i.EmailVerified = "", false }},
		{"e-mail in another case", func(l *liar) { set("EMAIL", "evil@example.org")(l) }, nil},
		{"long e-mail", set("email", strings.Repeat("x", 300)+"@example.org"), func(i *Identity) { i.Email, i.EmailVerified = "", false }},
		{"e-mail is a list", set("email", []string{"a@example.org"}), func(i *Identity) { i.Email, i.EmailVerified = "", false }},
		{"long name", set("name", strings.Repeat("x", 401)), func(i *Identity) { i.Name = "" }},
		{"strange means", with(map[string]any{"amr": "pwd", "acr": 2, "auth_time": "now"}), func(i *Identity) { i.AMR, i.ACR, i.AuthTime = nil, "", time.Time{} }},
		{"too many means", set("amr", strings.Split("a b c d e f g h i j k", " ")), func(i *Identity) { i.AMR = nil }},
		{"secret in the body", func(l *liar) {
			l.document = func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"} }
			l.secretInBody = true
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.bend)
			got, err := r.signIn(t)
			want := Identity{Issuer: r.issuer, Subject: "person-1", Email: "Ann@Example.org", EmailVerified: true, Name: "Ann", ACR: "2", AMR: []string{"pwd", "otp"}, AuthTime: got.AuthTime}
			if c.want != nil {
				c.want(&want)
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestSamePersonByIssuerAndSubject: an e-mail says nothing about who it is.
func TestSamePersonByIssuerAndSubject(t *testing.T) {
	r := newRig(t, nil)
	one, err := r.signIn(t)
	if err != nil {
		t.Fatal(err)
	}
	r.bend(func() { r.claims = func(c map[string]any) { c["sub"] = "person-2" } })
	two, err := r.signIn(t)
	if err != nil {
		t.Fatal(err)
	}
	if one.Email != two.Email || one.Subject == two.Subject {
		t.Errorf("%+v and %+v", one, two)
	}
}

func TestHostedDomain(t *testing.T) {
	for _, c := range []struct {
		name string
		bend func(*liar)
		ok   bool
	}{
		{"right", set("hd", "example.org"), true},
		{"absent", nil, false},
		{"another", set("hd", "evil.test"), false},
		{"longer", set("hd", "example.org.evil.test"), false},
		{"list", set("hd", []string{"example.org"}), false},
		{"in another case", func(l *liar) { set("HD", "example.org")(l) }, false},
		{"of the e-mail alone", set("email", "ann@example.org"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.bend)
			p := r.provider("idp")
			p.HostedDomain = "example.org"
			r.s = newService(t, r.s.c.Client, r.now, p)
			got, err := r.signIn(t)
			if c.ok {
				if err != nil || got.HostedDomain != "example.org" {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			wantFault(t, err, fault.Permission, "only accounts of example.org")
		})
	}
}
