//go:build !linux

package script

import "time"

func exactSleep() {}

func sleep(d time.Duration) { <-time.After(d) }
