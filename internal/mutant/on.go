//go:build mutant

package mutant

// On is whether bugs can be planted in this build.
const On = true

var planted Bug

// Is reports whether a bug is planted.
func Is(b Bug) bool { return planted == b }

// Plant plants one bug instead of the one before. Nothing may run meanwhile.
func Plant(b Bug) { planted = b }
