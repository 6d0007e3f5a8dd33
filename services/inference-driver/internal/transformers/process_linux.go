package transformers

import "syscall"

// attributes give the server a group of its own, so that it can be ended with all that
// it starts and an interrupt of the terminal is not for it; and the kernel ends it when
// this process dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
