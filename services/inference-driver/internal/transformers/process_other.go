//go:build unix && !linux

package transformers

import "syscall"

// attributes give the server a group of its own, so that it can be ended with all that
// it starts and an interrupt of the terminal is not for it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
