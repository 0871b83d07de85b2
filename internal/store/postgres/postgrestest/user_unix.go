//go:build unix

package postgrestest

import (
	"os/exec"
	"syscall"
)

// asUser makes a command run as somebody, in a session of its own: what interrupts the
// tests is not for the server.
func asUser(c *exec.Cmd, uid, gid int) {
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
