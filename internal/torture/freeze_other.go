//go:build !unix

package torture

import "os"

const canFreeze = false

func freeze(*os.Process) error { return nil }

func thaw(*os.Process) error { return nil }
