//go:build !linux

package pace

import "time"

func exact(d time.Duration) { <-time.After(d) }
