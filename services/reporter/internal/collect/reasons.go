package collect

import (
	"fmt"
	"math/bits"
)

// Reasons is the driver's mask of why clocks are below what was asked for.
type Reasons int64

// reasonNames are nvml.h's nvmlClocksEventReason…, by bit.
var reasonNames = []string{
	"gpu_idle", "applications_clocks_setting", "sw_power_cap", "hw_slowdown", "sync_boost", "sw_thermal_slowdown",
	"hw_thermal_slowdown", "hw_power_brake_slowdown", "display_clock_setting", "board_limit", "reliability",
}

// What the reasons mean for a measurement. Idleness and the settings of the operator
// are none. hw_slowdown stands beside the heat or the brake that it is for.
const (
	reasonPowerCap   = 0x04
	reasonsThrottled = 0x08 | 0x20 | 0x40 | 0x80
)

// Throttled says that heat or the supply held the clocks down.
func (r Reasons) Throttled() bool { return r&reasonsThrottled != 0 }

// PowerCapped says that the power limit did.
func (r Reasons) PowerCapped() bool { return r&reasonPowerCap != 0 }

// Names are the reasons, by bit; one that this list does not have is its bit, such as
// "0x800".
func (r Reasons) Names() []string {
	var out []string
	for rest := uint64(r); rest != 0; rest &= rest - 1 {
		if bit := bits.TrailingZeros64(rest); bit < len(reasonNames) {
			out = append(out, reasonNames[bit])
		} else {
			out = append(out, fmt.Sprintf("%#x", uint64(1)<<bit))
		}
	}
	return out
}
