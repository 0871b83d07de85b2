package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"plectica/internal/fault"
)

const (
	// maxAnswerRunes bounds what is told of a mail server's answer, in characters.
	maxAnswerRunes = 200
	// maxAnswerWord is the longest word of it that is told: longer ones may be a secret
	// of the mail itself.
	maxAnswerWord = 24
)

// errNotHere is what a name leads to that should be this machine's.
var errNotHere = errors.New("not a loopback address")

// explain says in a sentence why nothing can be sent now.
func (d *SMTP) explain(ctx context.Context, err error) error {
	say := func(text string) error { return fault.New(fault.Lost, "the mail server "+d.server()+" "+text) }
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return say("did not answer in time")
	}
	if errors.Is(err, errNotHere) {
		return say("is not on this machine, and would be spoken to unencrypted")
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return say("was not found by its name")
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return say("takes no connections")
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return say("has a certificate that is not trusted: " + strings.TrimPrefix(bad.Err.Error(), "x509: "))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return say("does not speak TLS on this port; is mail.security or mail.port right?")
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return say(d.answered(answer))
	}
	switch text := err.Error(); {
	case strings.Contains(text, "does not support STARTTLS"):
		return say("offers no encryption (STARTTLS), so nothing is sent to it")
	case strings.Contains(text, "does not support SMTP AUTH"), errors.Is(err, gomail.ErrNoSupportedAuthDiscovered):
		return say("offers no way to sign in that this site knows")
	}
	return say("ended the connection")
}

// answered says what an answer means before any mail was sent.
func (d *SMTP) answered(e *textproto.Error) string {
	switch e.Code {
	case 454:
		return "cannot sign anybody in for now (454)"
	case 530, 534, 535, 538:
		return fmt.Sprintf("refuses the username or the password (%d)", e.Code)
	}
	return fmt.Sprintf("refuses to be spoken to (%d): %s", e.Code, scrub(e.Msg, d.c.Username, ""))
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// refusal says what a failed try to send a mail means.
func (d *SMTP) refusal(ctx context.Context, m Message, err error) error {
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok || ctx.Err() != nil || e.ErrorCode() == 0 {
		return d.lost(ctx)
	}
	text := fmt.Sprintf("the mail server answered %s", scrub(answerIn(e), d.c.Username, m.To.Local))
	switch code := e.ErrorCode(); {
	case code == 421: // it is about to hang up
		return fault.New(fault.Lost, text)
	case code == 530, code == 534, code == 535, code == 538:
		// It is the operator's settings that are refused, not this mail.
		return fault.New(fault.Busy, text)
	case code >= 500:
		return fault.New(fault.Invalid, text)
	}
	return fault.New(fault.Busy, text)
}

// answerIn returns the answer as the server gave it, out of the library's text: its
// code and the answer in quotation marks, amid words that name the address.
func answerIn(e *gomail.SendError) string {
	code := strconv.Itoa(e.ErrorCode())
	_, rest, ok := strings.Cut(e.Error(), ": "+code+" ")
	quoted, err := strconv.QuotedPrefix(rest)
	if !ok || err != nil {
		return code
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return code
	}
	return code + " " + text
}

func (d *SMTP) lost(ctx context.Context) error {
	if ctx.Err() != nil {
		return fault.New(fault.Lost, "the mail server "+d.server()+" did not answer in time")
	}
	return fault.New(fault.Lost, "the mail server "+d.server()+" ended the connection")
}

// scrub returns what may be told of a mail server's answer. Servers repeat addresses,
// links and whatever else is in a mail; none of that is for a log.
func scrub(answer string, secrets ...string) string {
	var words []string
	for word := range strings.FieldsSeq(strings.ToValidUTF8(answer, "")) {
		long := utf8.RuneCountInString(word) > maxAnswerWord
		if long || strings.ContainsAny(word, "@/#=") || strings.ContainsFunc(word, invisible) {
			word = "…"
		}
		for _, s := range secrets {
			if s != "" && hasWord(word, s) {
				word = "…"
			}
		}
		words = append(words, word)
	}
	text := []rune(strings.Join(words, " "))
	if len(text) > maxAnswerRunes {
		text = append(text[:maxAnswerRunes-1], '…')
	}
	return string(text)
}

// hasWord is strings.Contains without regard to case.
func hasWord(s, word string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(word)) }
