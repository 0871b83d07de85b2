package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plectica/internal/account"
)

// keptAPI registers what a person keeps for themselves.
func (s *service) keptAPI(api huma.API) {
	personal(s, api, http.MethodGet, "/kept/{name}", http.StatusOK, s.getKept)
	personal(s, api, http.MethodPut, "/kept/{name}", http.StatusNoContent, s.putKept)
}

type keptInput struct {
	Name string `path:"name"`
}

func (s *service) getKept(ctx context.Context, who account.Who, in *keptInput) (*body[json.RawMessage], error) {
	v, err := s.Accounts.Kept(ctx, who.Account.ID, in.Name)
	if err != nil {
		return nil, err
	}
	return &body[json.RawMessage]{v}, nil
}

type keepInput struct {
	Name string `path:"name"`
	Body json.RawMessage
}

func (s *service) putKept(ctx context.Context, who account.Who, in *keepInput) (*none, error) {
	return nil, s.Accounts.Keep(ctx, who.Account.ID, in.Name, in.Body)
}
