package event

// Clock says whose time a timestamp is in. Two stamps with the same BootID can
// be subtracted exactly by their monotonic part; across hosts a clock.offset
// event tells how far the wall clocks are apart.
type Clock struct {
	// Host is the token of the machine that read the clock.
	Host string `json:"host"`
	// BootID is the kernel's boot id of that machine, or a per-process id where
	// the system has none.
	BootID string `json:"boot_id"`
}

// Stamp is one moment read from both clocks of a host at once.
type Stamp struct {
	// WallNS is Unix time in nanoseconds.
	WallNS int64 `json:"wall_ns"`
	// MonoNS is nanoseconds since boot (CLOCK_MONOTONIC).
	MonoNS int64 `json:"mono_ns"`
}

// AtMono is the wall time of a moment that the same host's monotonic clock read
// as monoNS, as if the wall clock had not been stepped since the stamp.
func (s Stamp) AtMono(monoNS int64) int64 { return s.WallNS + monoNS - s.MonoNS }
