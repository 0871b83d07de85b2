package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

const (
	// partSize is what is held of an object and sent at once, in bytes.
	partSize = 24 << 20
	// maxParts is S3's own bound: an object has up to 251 GB.
	maxParts = 10_000
	// abortTimeout bounds taking an unfinished upload away, when its context may have ended.
	abortTimeout = 5 * time.Second
	// abandoned is how old an unfinished upload is that Clean takes away: older than any
	// that is under way.
	abandoned = 7 * 24 * time.Hour
	// cleanPages bounds how many pages of a thousand uploads one Clean looks at.
	cleanPages = 100

	checksumHeader    = "X-Amz-Checksum-Sha256"
	checksumAlgorithm = "X-Amz-Checksum-Algorithm"
)

// firstParts are the sizes in which the first part is read: most objects are small.
var firstParts = [...]int{64 << 10, 1 << 20, partSize}

// Create implements blob.Bucket.
func (b *Bucket) Create(ctx context.Context, key string, r io.Reader, o blob.CreateOptions) (blob.Info, error) {
	if err := blob.CheckKey(key); err != nil {
		return blob.Info{}, err
	}
	if err := o.Check(time.Now()); err != nil {
		return blob.Info{}, err
	}
	in := blob.NewSource(ctx, r)
	part, all := firstPart(in)
	if in.Err() != nil {
		return blob.Info{}, in.Err()
	}
	size, err := int64(len(part)), error(nil)
	if len(part) >= firstParts[0] {
		err = b.free(ctx, key)
	}
	switch {
	case err != nil:
	case all:
		err = b.put(ctx, key, part, o)
	default:
		size, err = b.putParts(ctx, key, part, in, o)
	}
	if err != nil {
		return blob.Info{}, err
	}
	return blob.Info{Key: key, Size: size, At: time.Now().UnixMilli()}, nil
}

// firstPart reads up to partSize bytes, and reports whether these were all.
func firstPart(in io.Reader) (part []byte, all bool) {
	for _, size := range firstParts {
		larger := make([]byte, size)
		n := copy(larger, part)
		m, err := io.ReadFull(in, larger[n:])
		part = larger[:n+m]
		if err != nil {
			return part, true
		}
	}
	return part, false
}

// free sees that a name is not taken before much is sent: a service says so when it has all,
// or cuts the connection in the middle, which tells nobody why.
func (b *Bucket) free(ctx context.Context, key string) error {
	_, err := b.Stat(ctx, key)
	switch {
	case err == nil:
		return taken()
	case fault.Is(err, fault.NotFound):
		return nil
	}
	return err
}

// options are what every request says that makes an object.
func (b *Bucket) options(o blob.CreateOptions) minio.PutObjectOptions {
	opts := minio.PutObjectOptions{DisableContentSha256: true} // of chunks: that of the whole is sent
	if b.lock && !o.LockUntil.IsZero() {
		opts.Mode = minio.Compliance
		opts.RetainUntilDate = o.LockUntil.Add(time.Second) // it is sent in whole ones
	}
	return opts
}

// sum is a content's SHA-256 as the signature has it, which the service compares, and as
// a checksum: that is asked for where there is a lock.
func sum(content []byte) (signed, checksum string) {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:]), base64.StdEncoding.EncodeToString(h[:])
}

// put sends an object in one piece.
func (b *Bucket) put(ctx context.Context, key string, content []byte, o blob.CreateOptions) error {
	opts := b.options(o)
	opts.SetMatchETagExcept("*")
	signed, checksum := sum(content)
	if opts.Mode != "" {
		opts.UserMetadata = map[string]string{checksumHeader: checksum}
	}
	return commit(ctx, func(ctx context.Context) error {
		_, err := b.core.PutObject(ctx, b.bucket, b.prefix+key, bytes.NewReader(content), int64(len(content)), "", signed, opts)
		return err
	})
}

// putParts sends an object in parts, of which one is held. Nobody sees them before the end.
func (b *Bucket) putParts(ctx context.Context, key string, part []byte, in *blob.Source, o blob.CreateOptions) (size int64, err error) {
	opts := b.options(o)
	if opts.Mode != "" {
		opts.UserMetadata = map[string]string{checksumAlgorithm: "SHA256"}
	}
	id, err := b.core.NewMultipartUpload(ctx, b.bucket, b.prefix+key, opts)
	if err != nil {
		return 0, explain(ctx, err)
	}
	defer func() {
		if err != nil {
			b.abort(ctx, key, id)
		}
	}()
	var parts []minio.CompletePart
	for len(part) > 0 {
		if len(parts) == maxParts {
			return 0, fault.New(fault.Limit, "the object is too large for the storage")
		}
		p, err := b.putPart(ctx, key, id, len(parts)+1, part, opts.Mode != "")
		if err != nil {
			return 0, explain(ctx, err)
		}
		parts = append(parts, p)
		size += int64(len(part))
		if len(part) < partSize {
			break
		}
		n, _ := io.ReadFull(in, part) // less than a part is the last one
		if in.Err() != nil {
			return 0, in.Err()
		}
		part = part[:n]
	}
	return size, b.complete(ctx, key, id, parts)
}

func (b *Bucket) putPart(ctx context.Context, key, id string, number int, content []byte, withChecksum bool) (minio.CompletePart, error) {
	signed, checksum := sum(content)
	o := minio.PutObjectPartOptions{Sha256Hex: signed, DisableContentSha256: true}
	done := minio.CompletePart{PartNumber: number}
	if withChecksum {
		o.CustomHeader = http.Header{checksumHeader: {checksum}}
		done.ChecksumSHA256 = checksum
	}
	p, err := b.core.PutObjectPart(ctx, b.bucket, b.prefix+key, id, number, bytes.NewReader(content), int64(len(content)), o)
	done.ETag = p.ETag
	return done, err
}

// complete makes an object of its parts, unless there is one.
func (b *Bucket) complete(ctx context.Context, key, id string, parts []minio.CompletePart) error {
	var opts minio.PutObjectOptions
	opts.SetMatchETagExcept("*")
	return commit(ctx, func(ctx context.Context) error {
		_, err := b.core.CompleteMultipartUpload(ctx, b.bucket, b.prefix+key, id, parts, opts)
		return err
	})
}

// abort takes parts away, also after the end of their context.
func (b *Bucket) abort(ctx context.Context, key, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_ = b.core.AbortMultipartUpload(ctx, b.bucket, b.prefix+key, id) // what is left, Clean finds
}

// Clean takes away the parts of uploads that were begun a week ago and never finished. They
// are in no list, and cost what objects cost.
func (b *Bucket) Clean(ctx context.Context) error {
	key, id := "", ""
	for range cleanPages {
		page, err := b.core.ListMultipartUploads(ctx, b.bucket, b.prefix, key, id, "", blob.MaxList)
		if err := explain(ctx, err); fault.Is(err, fault.NotFound) {
			return nil // as some services say that there was never any
		} else if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			name, ours := strings.CutPrefix(u.Key, b.prefix)
			if !ours || blob.CheckKey(name) != nil || time.Since(u.Initiated) < abandoned {
				continue
			}
			if err := explain(ctx, b.core.AbortMultipartUpload(ctx, b.bucket, u.Key, u.UploadID)); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if !page.IsTruncated {
			return nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
	return nil // a later one goes on
}
