package app

import (
	"fmt"
	"os"
	"sync/atomic"

	"plectica/internal/config"
	"plectica/internal/tlsca"
)

// httpsPort is left out of origins.
const httpsPort = "443"

// names returns what the server may be reached by now.
func names(c config.Config) tlsca.Names {
	return tlsca.Names{
		Machine:    tlsca.Machine(),
		Configured: tlsca.Parse(append(append([]string{}, c.ExtraNames...), c.Domains...)),
	}
}

// origins is the exact list of addresses that pages of ours come from. It
// follows the machine's addresses while the server runs.
type origins struct {
	port string
	list atomic.Pointer[[]string]
}

// set is called once, before anything reads the list.
func (o *origins) set(c config.Config, port string) {
	o.port = port
	o.refresh(c)
}

func (o *origins) refresh(c config.Config) {
	list := listOrigins(names(c), c.Domains, o.port)
	o.list.Store(&list)
}

func (o *origins) get() []string { return *o.list.Load() }

// listOrigins puts public names first, then localhost. Configured names count
// with and without the port: a router may forward 443 to it.
func listOrigins(n tlsca.Names, domains []string, port string) []string {
	var out []string
	seen := map[string]bool{}
	add := func(origin string) {
		if !seen[origin] {
			seen[origin] = true
			out = append(out, origin)
		}
	}
	with := func(host string) string {
		if port == httpsPort {
			return "https://" + host
		}
		return "https://" + host + ":" + port
	}
	for _, d := range domains {
		add("https://" + d)
		add(with(d))
	}
	for _, h := range n.Machine.Hosts() {
		add(with(h))
	}
	for _, h := range n.Configured.Hosts() {
		add(with(h))
		add("https://" + h)
	}
	return out
}

// node names this machine in the store's ownership records.
func node() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}
