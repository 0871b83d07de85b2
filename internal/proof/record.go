package proof

import (
	"encoding/base64"
	"encoding/json"
)

// Record is a record that was shown to be in a log.
type Record struct {
	Text       string
	Seq        uint64 // its place, from 0
	Checkpoint Checkpoint
}

// ReadProof checks a proof that a record is in a log, as a server gives it: the record, its
// place, the path, and the checkpoint that they lead to. What it says of its own key is not
// believed: by is the key that somebody knows otherwise.
func ReadProof(text []byte, by Key, witnesses ...Key) (Record, error) {
	var p struct {
		Checkpoint string   `json:"checkpoint"`
		Record     string   `json:"record"`
		Seq        uint64   `json:"seq"`
		Path       []string `json:"path"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return Record{}, ErrForm
	}
	c, err := Open([]byte(p.Checkpoint), by, witnesses...)
	if err != nil {
		return Record{}, err
	}
	path, err := ParsePath(p.Path)
	if err != nil {
		return Record{}, err
	}
	if err := Included(RecordHash([]byte(p.Record)), p.Seq, c.Size, c.Root, path); err != nil {
		return Record{}, err
	}
	return Record{p.Record, p.Seq, c}, nil
}

// ParsePath reads the hashes of a proof, each in base64. It returns ErrForm for what are none,
// or too many.
func ParsePath(list []string) ([]Hash, error) {
	if len(list) > maxProof {
		return nil, ErrForm
	}
	out := make([]Hash, len(list))
	for i, text := range list {
		b, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(b) != HashSize {
			return nil, ErrForm
		}
		out[i] = Hash(b)
	}
	return out, nil
}
