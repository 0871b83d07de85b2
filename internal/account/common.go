package account

import (
	_ "embed"
	"strings"
)

// commonList are long passwords that everybody thinks of, one a line, in lower case.
//
//go:embed common.txt
var commonList string

// common reports whether a password in lower case is on the list. The list is
// short: walking it costs nothing beside the hash.
func common(p string) bool {
	for line := range strings.Lines(commonList) {
		if strings.TrimSuffix(line, "\n") == p {
			return true
		}
	}
	return false
}
