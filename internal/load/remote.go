package load

import (
	"context"
	"strings"

	"plectica/internal/robot"
)

// Remote makes maps on a running server as the person a cookie belongs to. Its
// limits are in force.
func Remote(ctx context.Context, base, cookie string, pem []byte, maps int) (*Plectica, error) {
	base = strings.TrimSuffix(base, "/")
	t, client := Trusting(pem)
	defer client.CloseIdleConnections()
	p := &Plectica{Base: base, Writer: cookie, Reader: cookie, TLS: t}
	a := robot.API{HTTP: client, Base: base, Cookie: cookie}
	var err error
	p.Maps, err = a.NewMaps(ctx, mapTitle, maps)
	return p, err
}
