//go:build !linux

package postgres

import "syscall"

// giveUp does nothing: the system has no such setting, or another one.
func giveUp(string, string, syscall.RawConn) error { return nil }
