//go:build faulty

package app

import (
	"context"
	"os"
	"time"

	"plectica/internal/faulty"
	"plectica/internal/store"
)

// breakable returns a log and a clock that fail as they are told. This program
// is not for real data.
func breakable(ctx context.Context, log store.Log) (store.Log, func() time.Time, error) {
	s := faulty.New()
	if path := os.Getenv(faulty.Variable); path != "" {
		if err := s.Listen(ctx, path); err != nil {
			return nil, nil, err
		}
	}
	return s.Log(log), s.Now, nil
}
