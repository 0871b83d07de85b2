package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/caller"
	"plectica/internal/gallery"
	"plectica/internal/store"
)

// examplesAPI registers the maps that come with the program.
func (s *service) examplesAPI(api huma.API) {
	private(s, api, http.MethodGet, "/examples", http.StatusOK, s.listExamples)
	private(s, api, http.MethodPost, "/examples/{name}", http.StatusCreated, s.copyExample)
}

type exampleJSON struct {
	Name     string      `json:"name"`
	Language string      `json:"language"`
	Title    string      `json:"title"`
	Summary  string      `json:"summary"`
	Cards    int         `json:"cards"`
	Picture  pictureJSON `json:"picture"`
}

// pictureJSON is a map in small, as numbers: see gallery.Picture.
type pictureJSON struct {
	Width  int32     `json:"width"`
	Height int32     `json:"height"`
	Cards  [][]int32 `json:"cards"`
	Lines  [][]int32 `json:"lines"`
	Labels [][]int32 `json:"labels"`
}

type examplesJSON struct {
	Examples []exampleJSON `json:"examples"`
}

// A language is one as browsers name them; what is not there in it comes in English.
type examplesInput struct {
	Language string `query:"language" maxLength:"35"`
}

func (s *service) listExamples(_ context.Context, _ account.Who, in *examplesInput) (*body[examplesJSON], error) {
	list, err := gallery.List(in.Language)
	if err != nil {
		return nil, err
	}
	out := examplesJSON{Examples: make([]exampleJSON, 0, len(list))}
	for i := range list {
		e := &list[i]
		out.Examples = append(out.Examples, exampleJSON{
			Name: e.Name, Language: e.Language, Title: e.Title, Summary: e.Summary, Cards: e.Cards, Picture: pictureJSON(e.Picture),
		})
	}
	return &body[examplesJSON]{out}, nil
}

type exampleInput struct {
	Name     string `path:"name" maxLength:"64"`
	Language string `query:"language" maxLength:"35"`
}

// copyExample makes an example a map of the person's own. What bounds it is what bounds
// any new map: how many an account may have.
func (s *service) copyExample(ctx context.Context, who account.Who, in *exampleInput) (*body[Map], error) {
	title, ops, err := gallery.Ops(in.Name, in.Language)
	if err != nil {
		return nil, err
	}
	return mapOr(s.Share.Import(ctx, caller.Asker(ctx, who), title, store.Ref{}, ops, nil))
}
