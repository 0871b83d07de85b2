package app

import (
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/config"
)

// openPlace opens a place by its name in the configuration. Nobody is asked yet.
func openPlace(c config.Config, name string) (blob.Bucket, error) {
	_, path, err := c.Place(name)
	if err != nil {
		return nil, err
	}
	return dir.OpenBucket(path)
}
