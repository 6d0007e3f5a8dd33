//go:build cgo

package nvml

import (
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// answer is one value as the device gave it.
type answer struct {
	known, fresh bool
	value, atNS  int64
	flags        device.Flags
	code         nvml.Return
}

// why is the reason of two answers that both failed.
func (a answer) why(b answer) string {
	if a.code != nvml.SUCCESS {
		return describe(a.code)
	}
	if b.code != nvml.SUCCESS {
		return describe(b.code)
	}
	return "neither power nor energy can be read"
}

// ask reads power and energy: their fields in one call, then what is a function.
// Buffered power is added at once and is not fresh any more.
func (g *gpu) ask(c clock.Clock, at event.Stamp, add func(device.Reading)) (power, energy answer) {
	next := 0
	whole := nvml.SUCCESS
	if len(g.fields) > 0 {
		whole = g.handle.GetFieldValues(g.fields)
	}
	field := func(want *call, t *device.Tracker) answer {
		if want == nil {
			return answer{}
		}
		if want.buffered {
			return g.buffer.take(g.handle, at, add)
		}
		if want.field != 0 {
			v := g.fields[next]
			next++
			return g.fromField(v, whole, t, at)
		}
		return g.fromCall(t, c)
	}
	power = field(g.plan.power, &g.power)
	energy = field(g.plan.energy, &g.energy)
	return power, energy
}

func (g *gpu) fromField(v nvml.FieldValue, whole nvml.Return, t *device.Tracker, at event.Stamp) answer {
	code := whole
	if code == nvml.SUCCESS {
		code = nvml.Return(v.NvmlReturn)
	}
	if code != nvml.SUCCESS {
		return answer{code: code, flags: flagOf(code)}
	}
	value, err := decode(v)
	if err != nil {
		return answer{code: nvml.ERROR_UNKNOWN, flags: device.ReadError}
	}
	atNS := at.WallNS
	if g.plan.stamped && plausible(v.Timestamp, at.WallNS) {
		atNS = v.Timestamp * int64(time.Microsecond)
	}
	return g.track(value, atNS, at.WallNS, t)
}

// fromCall makes a call that has no time of its own; it is stamped when it returns.
func (g *gpu) fromCall(t *device.Tracker, c clock.Clock) answer {
	var value int64
	var code nvml.Return
	if t.Counter {
		var mj uint64
		mj, code = g.handle.GetTotalEnergyConsumption()
		value = int64(mj)
	} else {
		var mw uint32
		mw, code = g.handle.GetPowerUsage()
		value = int64(mw)
	}
	if code != nvml.SUCCESS {
		return answer{code: code, flags: flagOf(code)}
	}
	now := c.Now().WallNS
	return g.track(value, now, now, t)
}

func (g *gpu) track(value, atNS, nowNS int64, t *device.Tracker) answer {
	at, fresh, flags := t.Take(value, atNS, nowNS)
	return answer{known: true, fresh: fresh, value: value, atNS: at, flags: flags}
}
