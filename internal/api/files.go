package api

import (
	"context"
	"slices"

	"plectica/internal/account"
	"plectica/internal/authz"
	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
)

// mostAdopted bounds how many files are asked for at once.
const mostAdopted = 1000

// fileBytes returns how large a file on a card may be.
func (s *service) fileBytes() int64 {
	if s.Files == nil {
		return 0
	}
	return s.Files.FileBytes()
}

func noFiles() error { return fault.New(fault.Busy, "files cannot be kept now") }

type adoptInput struct {
	ID   string `path:"id"`
	Body struct {
		From   string   `json:"from"`
		Hashes []string `json:"hashes"`
	}
}

type adoptJSON struct {
	Adopted []string `json:"adopted"`
}

// adoptBlobs lets a map hold files of another map that the asker may view.
func (s *service) adoptBlobs(ctx context.Context, who account.Who, in *adoptInput) (*body[adoptJSON], error) {
	if s.Files == nil {
		return nil, noFiles()
	}
	to, err := s.allowed(ctx, who, in.ID, authz.AddFile)
	if err != nil {
		return nil, err
	}
	from, err := s.allowed(ctx, who, in.Body.From, authz.ReadFile)
	if err != nil {
		return nil, err
	}
	if len(in.Body.Hashes) > mostAdopted {
		return nil, fault.New(fault.Limit, "too many files at once")
	}
	hashes := make([]blob.Hash, 0, len(in.Body.Hashes))
	for _, text := range in.Body.Hashes {
		h, err := blob.Parse(text)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	got, err := s.Files.Adopt(ctx, from, to, who.Account.ID, slices.Compact(hashes))
	if err != nil {
		return nil, err
	}
	out := adoptJSON{Adopted: []string{}}
	for _, h := range got {
		out.Adopted = append(out.Adopted, h.String())
	}
	return &body[adoptJSON]{out}, nil
}

// allowed returns a map by its text if somebody may do something with it. One that is
// none of theirs does not exist.
func (s *service) allowed(ctx context.Context, who account.Who, text string, act authz.Action) (id.Map, error) {
	m, err := ParseMap(text)
	if err != nil {
		return id.Map{}, err
	}
	_, err = s.Share.Need(ctx, m, s.Callers.At(ctx, who, m), act)
	return m, err
}
