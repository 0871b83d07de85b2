// Package ui carries the built web interface inside the binary. It holds files
// only, no code that runs in the server, and is safe for concurrent use. Without
// a build it holds one page that says how to make one.
package ui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns what the build put into dist.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is constant and valid
	}
	return sub
}
