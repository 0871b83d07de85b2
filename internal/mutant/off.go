//go:build !mutant

package mutant

// On is whether bugs can be planted in this build.
const On = false

// Is reports whether a bug is planted: never, in this build.
func Is(Bug) bool { return false }
