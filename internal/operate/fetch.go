package operate

import (
	"context"
	"slices"

	"plectica/internal/backup"
	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/config"
	"plectica/internal/datadir"
)

// fetch brings the contents that are missing in a data directory, as far as a place has
// them, and takes them from what was found to be wrong.
func fetch(ctx context.Context, c config.Config, p backup.Place, keys backup.Private, v *Verified) error {
	if len(v.Missing) == 0 {
		return nil
	}
	want := make([]blob.Hash, 0, len(v.Missing))
	for _, text := range v.Missing {
		h, err := blob.Parse(text)
		if err != nil {
			return err
		}
		want = append(want, h)
	}
	blobs, err := dir.Open(landing{path: c.Data}.file(datadir.Blobs))
	if err != nil {
		return err
	}
	got, err := backup.Fetch(ctx, p, keys, want, blobs)
	if err != nil {
		return err
	}
	var here []string
	for _, h := range got {
		here = append(here, h.String())
	}
	v.Missing = slices.DeleteFunc(v.Missing, func(text string) bool { return slices.Contains(here, text) })
	v.Bad = slices.DeleteFunc(v.Bad, func(bad string) bool { return mentions(bad, here) })
	return nil
}
