// Package s3 keeps objects at a service that speaks S3. It writes each object under a name
// that nobody has (If-None-Match), in one piece or in parts, with a hash that the service
// compares; it locks objects where it is asked to; it asks nothing twice and starts no
// goroutine of its own. All requests go through the transport that it is given, one of
// package outbound for large transfers.
//
// A lock is retention in compliance mode: whoever holds the account's key, and the
// account's owner, can neither delete the object's version nor shorten the lock. They can
// still hide it, by a mark that it was deleted or by another version above it: the locked
// one stays below, among the object's versions, for the operator to bring back.
package s3

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"plectica/internal/blob"
	"plectica/internal/fault"
)

const (
	// maxPrefix bounds Config.Prefix in bytes: with a slash and a key it fits what S3 allows.
	maxPrefix = 1024 - 1 - blob.MaxKey
	// maxAnswer bounds an answer that is no object, in bytes: a thousand names with what
	// stands around them.
	maxAnswer = 8 << 20
	// listTimeout bounds one list, of which strangers' names may take many requests.
	listTimeout = 5 * time.Minute
	// defaultRegion is what services without regions expect in signatures.
	defaultRegion = "us-east-1"
	// once is how often minio-go tries: what failed is tried again by whoever asked.
	once = 1
)

// Config says where objects are kept.
type Config struct {
	Endpoint  string // https://host[:port]; http as far as Transport goes there
	Region    string // empty is us-east-1
	Bucket    string // which exists; with versions and object lock, if Lock
	Prefix    string // a key under which all others lie; may be empty
	AccessKey string
	SecretKey string
	// Lock asks for retention wherever CreateOptions.LockUntil does.
	Lock bool
	// Transport carries all requests: that of a client of outbound with Large set.
	Transport http.RoundTripper
}

// Bucket is a blob.Bucket at a service.
type Bucket struct {
	core   *minio.Core
	bucket string
	prefix string // empty, or ends with a slash
	lock   bool
}

var _ blob.Bucket = (*Bucket)(nil)

// New asks nobody yet: blob.Check shows whether the place can be used. Its error has kind
// fault.Invalid and says what is wrong with the configuration.
func New(c Config) (*Bucket, error) {
	u, err := c.check()
	if err != nil {
		return nil, err
	}
	if c.Region == "" {
		c.Region = defaultRegion
	}
	core, err := minio.NewCore(u.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:     u.Scheme == "https",
		Region:     c.Region,
		Transport:  bounded{c.Transport},
		MaxRetries: once,
	})
	if err != nil {
		return nil, fault.New(fault.Invalid, "the storage's endpoint names no server")
	}
	prefix := c.Prefix
	if prefix != "" {
		prefix += "/"
	}
	return &Bucket{core: core, bucket: c.Bucket, prefix: prefix, lock: c.Lock}, nil
}

func (c Config) check() (*url.URL, error) {
	u, err := url.Parse(c.Endpoint)
	wrong := ""
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" || u.User != nil:
		wrong = "the storage's endpoint is not https://host"
	case s3utils.CheckValidBucketNameStrict(c.Bucket) != nil:
		wrong = "the name of the storage's bucket cannot be one"
	case s3utils.IsS3ExpressBucket(c.Bucket):
		wrong = "the storage's bucket is of a kind that lists without order"
	case c.Prefix != "" && (blob.CheckKey(c.Prefix) != nil || len(c.Prefix) > maxPrefix):
		wrong = "the storage's prefix has other characters than a-z 0-9 . - _ /, or is too long"
	case c.AccessKey == "" || c.SecretKey == "":
		wrong = "the storage's keys are missing"
	case c.Transport == nil:
		wrong = "the storage has no way out"
	default:
		return u, nil
	}
	return nil, fault.New(fault.Invalid, wrong)
}

// Locks implements blob.Bucket.
func (b *Bucket) Locks() bool { return b.lock }

// Stat implements blob.Bucket.
func (b *Bucket) Stat(ctx context.Context, key string) (blob.Info, error) {
	info, err := b.stat(ctx, key)
	if err != nil {
		return blob.Info{}, err
	}
	return infoOf(key, info), nil
}

func (b *Bucket) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	if err := blob.CheckKey(key); err != nil {
		return minio.ObjectInfo{}, err
	}
	info, err := b.core.StatObject(ctx, b.bucket, b.prefix+key, minio.StatObjectOptions{})
	if err == nil && info.Size < 0 {
		return minio.ObjectInfo{}, fault.New(fault.Internal, "the storage does not say how large an object is")
	}
	return info, explain(ctx, err)
}

func infoOf(key string, o minio.ObjectInfo) blob.Info {
	return blob.Info{Key: key, Size: o.Size, At: o.LastModified.UnixMilli()}
}

// Open implements blob.Bucket.
func (b *Bucket) Open(ctx context.Context, key string) (blob.Object, error) {
	if err := blob.CheckKey(key); err != nil {
		return nil, err
	}
	body, info, _, err := b.core.GetObject(context.WithValue(ctx, large{}, true), b.bucket, b.prefix+key, minio.GetObjectOptions{})
	if err != nil {
		return nil, explain(ctx, err)
	}
	if info.Size < 0 {
		_ = body.Close() // not read
		return nil, fault.New(fault.Internal, "the storage does not say how large an object is")
	}
	return &object{ReadCloser: body, size: info.Size}, nil
}

// object is an object on its way here; net/http sees to it that it comes whole.
type object struct {
	io.ReadCloser
	size int64
}

// Size implements blob.Object.
func (o *object) Size() int64 { return o.size }

// Delete implements blob.Bucket. Where there are versions it is this one that goes, for
// good, or stays: a mark that it was deleted would say nothing of a lock.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	info, err := b.stat(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var answer error
	err = commit(ctx, func(ctx context.Context) error {
		answer = b.core.RemoveObject(ctx, b.bucket, b.prefix+key, minio.RemoveObjectOptions{VersionID: info.VersionID})
		return answer
	})
	switch {
	case isLocked(answer):
		return fault.New(fault.Permission, "the object is locked")
	case fault.Is(err, fault.NotFound):
		return nil
	}
	return err
}

// List implements blob.Bucket. What has no key is a stranger's and left out.
func (b *Bucket) List(ctx context.Context, prefix, after string, limit int) (out []blob.Info, err error) {
	if err := blob.CheckList(prefix, after, limit); err != nil {
		return nil, err
	}
	begun, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	no, last := false, after
	o := minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true, MaxKeys: limit, FetchOwner: &no}
	if after != "" {
		o.StartAfter = b.prefix + after
	}
	for found := range b.core.ListObjectsIter(begun, b.bucket, o) {
		key := strings.TrimPrefix(found.Key, b.prefix)
		switch {
		case found.Err != nil:
			return nil, explain(ctx, found.Err)
		case blob.CheckKey(key) != nil || !strings.HasPrefix(found.Key, o.Prefix):
			continue
		case key <= last:
			return nil, fault.New(fault.Internal, "the storage lists without order")
		}
		last = key
		if out = append(out, infoOf(key, found)); len(out) == limit {
			return out, nil
		}
	}
	// The list just stops when its time is over.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if begun.Err() != nil {
		return nil, fault.New(fault.Busy, "the storage takes too long to list")
	}
	return out, nil
}

// large marks the context of a request whose answer is an object.
type large struct{}

// bounded cuts off what is too long for any other answer.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err == nil && r.Context().Value(large{}) == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}
