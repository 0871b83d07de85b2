package caller

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"plectica/internal/share"
)

// frameOf returns how to find out which frame in another site's page sends a request;
// nil: none does. A ticket is spent when it is looked at.
func (s *Service) frameOf(r *http.Request) func() (share.Frame, error) {
	if key, ok := shown(r, framed); ok {
		return sync.OnceValues(func() (share.Frame, error) { return s.Share.Framed(r.Context(), key) })
	}
	if ticket, ok := ticketOf(r); ok {
		return sync.OnceValues(func() (share.Frame, error) { return s.Share.TakeEmbed(r.Context(), ticket) })
	}
	return nil
}

// ticketOf returns the ticket that an opening socket brings.
func ticketOf(r *http.Request) (string, bool) {
	for _, line := range r.Header.Values("Sec-Websocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			if text, ok := strings.CutPrefix(strings.TrimSpace(name), TicketProtocol); ok {
				return text, true
			}
		}
	}
	return "", false
}

// Frame returns which frame sends a request, by its key or its ticket, or fault.Auth.
func (s *Service) Frame(ctx context.Context) (share.Frame, error) {
	if f := Of(ctx).frame; f != nil {
		return f()
	}
	return share.Frame{}, notSignedIn()
}
