package app

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

// openPlace opens a place by its name in the configuration. Nobody is asked yet.
func openPlace(c config.Config, name string) (blob.Bucket, error) {
	b, path, err := c.Place(name)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return dir.OpenBucket(path)
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
		out.Hosts = []string{hostPort(u)}
	}
	return s3.New(s3.Config{
		Endpoint: b.Endpoint, Region: b.Region, Bucket: b.Bucket, Prefix: b.Prefix, AccessKey: b.AccessKey, SecretKey: secret, Lock: b.Lock,
		Transport: outbound.New(out).Transport,
	})
}

// hostPort is where an address with https:// leads.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = httpsPort
	}
	return net.JoinHostPort(u.Hostname(), port)
}
