package store

import (
	"context"

	"plectica/internal/blob"
	"plectica/internal/id"
)

// File is a content that a map holds. What it is called stands on the card.
type File struct {
	Map  id.Map
	Hash blob.Hash
	Kind string // its type as we found it, "image/png"
	W, H int    // px, upright; 0 for what is no image
	Size int64  // bytes
	By   id.Account
	At   int64
}

// FileUse is how much a map's files take.
type FileUse struct {
	Files int
	Bytes int64
}

// Files keeps which map holds which contents. A content is reached only through a
// map that holds it.
type Files interface {
	// AddFile lets a map hold a content; one it holds already stays as it is. It
	// returns fault.Limit when the map would hold more than most, and fault.NotFound
	// when there is no such map.
	AddFile(ctx context.Context, f File, most FileUse) error
	// File returns fault.NotFound for a content that the map does not hold.
	File(ctx context.Context, m id.Map, h blob.Hash) (File, error)
	// ListFiles returns at most limit files of a map after a hash, in order.
	ListFiles(ctx context.Context, m id.Map, after blob.Hash, limit int) ([]File, error)
	// FileUse returns how much a map holds.
	FileUse(ctx context.Context, m id.Map) (FileUse, error)
	// CopyFiles lets a map hold what another holds, all or nothing. Errors as of AddFile.
	CopyFiles(ctx context.Context, from, to id.Map, by id.Account, at int64, most FileUse) error
	// DropFile ends that a map holds a content, if it was added before a time.
	DropFile(ctx context.Context, m id.Map, h blob.Hash, before int64) error

	// SetThumb notes the content that shows another at a size; Thumb returns it, or
	// fault.NotFound.
	SetThumb(ctx context.Context, of blob.Hash, size int, thumb blob.Hash) error
	Thumb(ctx context.Context, of blob.Hash, size int) (blob.Hash, error)
	// Held reports whether any map, deleted or not, holds a content or one that it shows.
	Held(ctx context.Context, h blob.Hash) (bool, error)
	// ForgetThumbs drops what is noted of a content and its thumbnails.
	ForgetThumbs(ctx context.Context, h blob.Hash) error
}
