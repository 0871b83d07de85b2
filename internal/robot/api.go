package robot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"plectica/internal/caller"
	"plectica/internal/id"
)

// maxAnswer is the size in bytes of an answer of the JSON API.
const maxAnswer = 1 << 20

// API is a client of the JSON API. Signing in keeps the cookie.
type API struct {
	HTTP   *http.Client
	Base   string // https://host:port
	Cookie string // "name=value" of the sign-in; empty before
}

// Call sends in and reads the answer into out, if that is not nil. A refusal is an
// error with the server's words.
func (a *API) Call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Base+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", a.Base)
	req.Header.Set("Cookie", a.Cookie)
	resp, err := a.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, strings.TrimSpace(string(text)))
	}
	for _, c := range resp.Cookies() {
		if c.Name == caller.Cookie {
			a.Cookie = c.Name + "=" + c.Value
		}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// NewMaps makes maps with a title and returns their ids.
func (a *API) NewMaps(ctx context.Context, title string, n int) ([]id.Map, error) {
	var out []id.Map
	for range n {
		var made struct{ ID string }
		if err := a.Call(ctx, http.MethodPost, "/maps", map[string]string{"title": title}, &made); err != nil {
			return nil, err
		}
		m, err := id.Parse[id.Map](made.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}
