//go:build !windows

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// asOrdinaryUser makes cmd run as an ordinary user if this process is root's.
func asOrdinaryUser(cmd *exec.Cmd) {
	const nobody = 65534
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}
