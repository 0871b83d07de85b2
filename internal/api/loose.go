package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// loose is JSON whose form is not ours to say: what browsers and passkeys tell each
// other. It is passed on as it is.
type loose json.RawMessage

// MarshalJSON returns it.
func (l loose) MarshalJSON() ([]byte, error) { return json.RawMessage(l).MarshalJSON() }

// UnmarshalJSON keeps it.
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = append((*l)[:0], b...)
	return nil
}

// Schema says that it is an object.
func (loose) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}
