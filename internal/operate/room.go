package operate

import (
	"context"
	"io"

	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/datadir"
	"plectica/internal/fault"
)

const (
	// reserve is what snapshots and archives leave of a disk, in bytes: the log may be on it.
	reserve = 256 << 20
	// lookAgain is how much is written until it is looked again how much is left.
	lookAgain = 16 << 20
)

// roomy is a directory that takes nothing of the last room of its disk.
type roomy struct {
	*dir.Bucket
	path string
	free func(path string) (int64, error)
}

func newRoomy(b *dir.Bucket, path string) *roomy { return &roomy{b, path, datadir.Free} }

// Create implements blob.Bucket.
func (r *roomy) Create(ctx context.Context, key string, from io.Reader, o blob.CreateOptions) (blob.Info, error) {
	return r.Bucket.Create(ctx, key, &roomReader{r: from, of: r}, o)
}

// roomReader ends when there is no more room for what is read.
type roomReader struct {
	r    io.Reader
	of   *roomy
	left int
}

// Read implements io.Reader.
func (r *roomReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		free, err := r.of.free(r.of.path)
		if err != nil {
			return 0, err
		}
		if free < reserve {
			return 0, fault.New(fault.Limit, "the disk is nearly full, and what is left is for the maps")
		}
		r.left = lookAgain
	}
	n, err := r.r.Read(p)
	r.left -= n
	return n, err
}
