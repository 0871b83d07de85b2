package s3

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/minio/minio-go/v7"

	"plectica/internal/fault"
)

// maxCode bounds how much of a service's word for an error is told, in bytes.
const maxCode = 64

func taken() error { return fault.New(fault.Conflict, "there is such an object already") }

// explain gives what went wrong a kind. What the service says is told by its code alone: its
// sentences and addresses may hold anything.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e := ctx.Err(); e != nil {
		return e
	}
	if r, ok := errors.AsType[minio.ErrorResponse](err); ok {
		return refusal(r)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f // that of the way out, without the address around it
	}
	return fault.New(fault.Busy, "the storage's answer was cut, or makes no sense")
}

// refusal gives a service's code and status a kind.
func refusal(r minio.ErrorResponse) error {
	switch r.Code {
	case "NoSuchKey", "NoSuchVersion", "NoSuchUpload":
		return fault.New(fault.NotFound, "there is no such object")
	case "NoSuchBucket":
		return fault.New(fault.Invalid, "the storage has no such bucket")
	case "PreconditionFailed":
		return taken()
	case "RequestTimeTooSkewed":
		return fault.New(fault.Permission, "the storage's clock and ours differ too much")
	case "InvalidAccessKeyId", "SignatureDoesNotMatch":
		return fault.New(fault.Permission, "the storage does not know our keys")
	case "QuotaExceeded", "XMinioStorageFull":
		return fault.New(fault.Limit, "the storage has no room left")
	case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch":
		return fault.New(fault.Busy, "the object was damaged on its way to the storage")
	case "NotImplemented", "InvalidRequest":
		return fault.New(fault.Invalid, "the storage or its bucket cannot do what is asked, as lock objects or refuse a second one: "+code(r))
	case "SlowDown", "ServiceUnavailable", "InternalError":
		return fault.New(fault.Busy, "the storage cannot answer now: "+code(r))
	}
	switch r.StatusCode {
	case http.StatusPreconditionFailed:
		return taken()
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.New(fault.Permission, "the storage does not let us: "+code(r))
	case http.StatusInsufficientStorage, http.StatusRequestEntityTooLarge:
		return fault.New(fault.Limit, "the storage has no room for this: "+code(r))
	case http.StatusConflict, http.StatusRequestTimeout, http.StatusTooManyRequests: // another is at it, or too many are
		return fault.New(fault.Busy, "the storage cannot answer now: "+code(r))
	}
	if r.StatusCode >= http.StatusInternalServerError {
		return fault.New(fault.Busy, "the storage cannot answer now: "+code(r))
	}
	return fault.New(fault.Internal, "the storage refuses what is asked: "+code(r))
}

// code is a service's word for an error if it is one, else its status.
func code(r minio.ErrorResponse) string {
	other := func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }
	if r.Code == "" || len(r.Code) > maxCode || strings.ContainsFunc(r.Code, other) {
		return strconv.Itoa(r.StatusCode)
	}
	return r.Code
}

// isLocked reports whether a deletion was refused for a lock, by the words that services
// have for that. Others refuse without a reason, which is fault.Permission anyway.
func isLocked(err error) bool {
	r, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && (r.Code == "InvalidRequest" || r.Code == "ObjectLocked")
}

// commit does what changes a bucket. Once a request was on its way, only an answer that
// refuses it says that nothing was changed: otherwise nobody knows, and the kind is
// fault.Lost.
func commit(ctx context.Context, do func(ctx context.Context) error) error {
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	err := do(traced)
	if err != nil && sent.Load() && !refused(err) {
		return fault.Wrap(fault.Lost, "nobody knows whether the storage did it", explain(ctx, err))
	}
	return explain(ctx, err)
}

// refused reports whether an error is an answer that says no.
func refused(err error) bool {
	r, ok := errors.AsType[minio.ErrorResponse](err)
	if !ok {
		return false
	}
	switch r.StatusCode {
	case http.StatusServiceUnavailable, http.StatusNotImplemented, http.StatusInsufficientStorage:
		return true
	}
	return r.StatusCode >= http.StatusBadRequest && r.StatusCode < http.StatusInternalServerError || r.StatusCode == http.StatusOK && fault.KindOf(refusal(r)) == fault.Conflict
}
