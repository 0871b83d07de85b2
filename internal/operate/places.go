// Package operate is what operators do with a data directory, beside its server or without
// one: verify it, make archives of it, restore it. Like app it knows the drivers. It holds no
// state.
package operate

import (
	"net"
	"net/url"

	"plectica/internal/blob"
	"plectica/internal/blob/dir"
	"plectica/internal/blob/s3"
	"plectica/internal/config"
	"plectica/internal/fault"
	"plectica/internal/outbound"
)

// httpsPort is the port of https:// without one.
const httpsPort = "443"

// OpenPlace opens a place by its name in the configuration. Nobody is asked yet.
func OpenPlace(c config.Config, name string) (blob.Bucket, error) {
	b, path, err := c.Place(name)
	if err != nil {
		return nil, err
	}
	if b == nil {
		d, err := dir.OpenBucket(path)
		if err != nil {
			return nil, err
		}
		return newRoomy(d, path), nil
	}
	secret, err := b.Secret()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(b.Endpoint)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the endpoint of bucket "+b.Name+" is no address")
	}
	out := outbound.Config{Large: true}
	if b.AllowPrivate {
		out.Hosts = []string{HostPort(u)}
	}
	return s3.New(s3.Config{
		Endpoint: b.Endpoint, Region: b.Region, Bucket: b.Bucket, Prefix: b.Prefix, AccessKey: b.AccessKey, SecretKey: secret, Lock: b.Lock,
		Transport: outbound.New(out).Transport,
	})
}

// HostPort is where an address with https:// leads.
func HostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = httpsPort
	}
	return net.JoinHostPort(u.Hostname(), port)
}
