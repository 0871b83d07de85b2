package httpd

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
	"plectica/internal/graphtidy"
)

// tidyAPI registers arranging, which knows sizes and lines but no map.
func (s *server) tidyAPI(api huma.API) {
	private(s, api, http.MethodPost, "/tidy", http.StatusOK, s.postTidy)
}

type tidyInput struct {
	Body struct {
		// Boxes are widths and heights in px, Lines ranks of boxes that lead to others.
		Boxes [][2]int `json:"boxes"`
		Lines [][2]int `json:"lines"`
		Down  bool     `json:"down"`
	}
}

type tidyJSON struct {
	// Places are x and y in px of each box, from the corner of all.
	Places [][2]int `json:"places"`
}

func (s *server) postTidy(ctx context.Context, _ account.Who, in *tidyInput) (*body[tidyJSON], error) {
	boxes := make([]graphtidy.Box, len(in.Body.Boxes))
	for i, b := range in.Body.Boxes {
		boxes[i] = graphtidy.Box{W: b[0], H: b[1]}
	}
	lines := make([]graphtidy.Line, len(in.Body.Lines))
	for i, l := range in.Body.Lines {
		lines[i] = graphtidy.Line{From: l[0], To: l[1]}
	}
	places, err := s.tidier.Layers(ctx, boxes, lines, in.Body.Down)
	if err != nil {
		return nil, err
	}
	out := tidyJSON{Places: make([][2]int, len(places))}
	for i, p := range places {
		out.Places[i] = [2]int{p.X, p.Y}
	}
	return &body[tidyJSON]{out}, nil
}
