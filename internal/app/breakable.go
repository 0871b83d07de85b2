//go:build !faulty

package app

import (
	"context"
	"time"

	"plectica/internal/store"
)

// breakable returns the log and the clock as they are.
func breakable(_ context.Context, log store.Log) (store.Log, func() time.Time, error) {
	return log, time.Now, nil
}
