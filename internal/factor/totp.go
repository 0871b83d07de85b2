package factor

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"plectica/internal/fault"
)

const (
	// Period is how long a code is shown.
	Period = 30 * time.Second
	// skew is how many codes before and after the current one count: clocks differ.
	skew = 1
	// secretBytes is what RFC 4226 recommends for HMAC-SHA-1, which is the one all
	// authenticators know.
	secretBytes = 20
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewCodes returns the secret of a new authenticator.
func NewCodes() []byte { return random(secretBytes) }

// CodesText returns a secret as people type it, and the address that an authenticator
// reads, also from a picture.
func CodesText(secret []byte, site, email string) (text, uri string) {
	text = base32Text.EncodeToString(secret)
	q := url.Values{
		"secret": {text}, "issuer": {site}, "algorithm": {otp.AlgorithmSHA1.String()},
		"digits": {otp.DigitsSix.String()}, "period": {strconv.Itoa(int(Period / time.Second))},
	}
	// Some authenticators show a plus where a space was meant.
	query := strings.ReplaceAll(q.Encode(), "+", "%20")
	return text, "otpauth://totp/" + url.PathEscape(site) + ":" + url.PathEscape(email) + "?" + query
}

// Code returns the code of a moment.
func Code(secret []byte, at time.Time) (string, error) { return code(secret, step(at)) }

func step(at time.Time) int64 { return at.Unix() / int64(Period/time.Second) }

func code(secret []byte, step int64) (string, error) {
	out, err := hotp.GenerateCodeCustom(base32Text.EncodeToString(secret), uint64(step), hotp.ValidateOpts{
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return "", fault.Wrap(fault.Internal, "make a code", err)
	}
	return out, nil
}

// FitsCode returns which step a code is of, if it is one around now and later than
// another. Spaces in it are for the eye.
func FitsCode(secret []byte, text string, now time.Time, after int64) (int64, bool, error) {
	text = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '-' {
			return -1
		}
		return r
	}, text)
	var found int64
	for n := step(now) - skew; n <= step(now)+skew; n++ {
		want, err := code(secret, n)
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(text)) == 1 && n > after && found == 0 {
			found = n
		}
	}
	return found, found != 0, nil
}
