package collect_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		mask              int64
		names             []string
		throttled, capped bool
	}{
		{mask: 0},
		{mask: 0x01, names: []string{"gpu_idle"}},
		{mask: 0x04, names: []string{"sw_power_cap"}, capped: true},
		{mask: 0x20, names: []string{"sw_thermal_slowdown"}, throttled: true},
		{mask: 0x48, names: []string{"hw_slowdown", "hw_thermal_slowdown"}, throttled: true},
		{mask: 0x84, names: []string{"sw_power_cap", "hw_power_brake_slowdown"}, throttled: true, capped: true},
		{mask: 0x112, names: []string{"applications_clocks_setting", "sync_boost", "display_clock_setting"}},
		{mask: 0xe00, names: []string{"board_limit", "reliability", "0x800"}},
	} {
		r := collect.Reasons(c.mask)
		require.Equal(t, c.names, r.Names(), "%#x", c.mask)
		require.Equal(t, c.throttled, r.Throttled(), "%#x", c.mask)
		require.Equal(t, c.capped, r.PowerCapped(), "%#x", c.mask)
	}
}
