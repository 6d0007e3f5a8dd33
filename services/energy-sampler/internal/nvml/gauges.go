//go:build cgo

package nvml

import (
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// gaugePeriod is how often gauges are read: the driver's own utilisation period
// is between 1/6 s and 1 s, and each call costs a tick some of its time.
const gaugePeriod = time.Second

// gaugeStagger spreads the GPUs of a host over the period, so that no tick pays
// for all of them.
const gaugeStagger = gaugePeriod / 8

// gaugeReader reads what explains power. A call that the device does not
// support is not made again.
type gaugeReader struct {
	memory []nvml.FieldValue
	// known are the processes that computed on the device when it was probed:
	// the server under test is among them.
	known  map[uint32]bool
	off    [gaugeCount]bool
	nextNS int64
}

const (
	gaugeUtilization = iota
	gaugeMemory
	gaugeClock
	gaugeTemperature
	gaugeReasons
	gaugeProcesses
	gaugeLimit
	gaugeMemoryPower
	gaugeCount
)

func newGaugeReader(h handle, memory *call) gaugeReader {
	r := gaugeReader{known: map[uint32]bool{}}
	if memory == nil {
		r.off[gaugeMemoryPower] = true
	} else {
		r.memory = []nvml.FieldValue{memory.value()}
	}
	processes, code := h.GetComputeRunningProcesses()
	r.off[gaugeProcesses] = code != nvml.SUCCESS
	for _, p := range processes {
		r.known[p.Pid] = true
	}
	return r
}

// due reads the gauges when their time has come, and returns nil otherwise.
func (r *gaugeReader) due(h handle, at event.Stamp, turn int) *device.Gauges {
	if r.nextNS == 0 {
		r.nextNS = at.MonoNS + int64(turn)*int64(gaugeStagger)%int64(gaugePeriod)
	}
	if at.MonoNS < r.nextNS {
		return nil
	}
	for r.nextNS <= at.MonoNS {
		r.nextNS += int64(gaugePeriod)
	}
	g := device.NoGauges(at.WallNS)
	r.take(gaugeUtilization, &g.UtilizationPct, func() (int64, nvml.Return) {
		u, code := h.GetUtilizationRates()
		return int64(u.Gpu), code
	})
	r.take(gaugeMemory, &g.MemoryUsedBytes, func() (int64, nvml.Return) {
		m, code := h.GetMemoryInfo()
		return int64(m.Used), code
	})
	r.take(gaugeClock, &g.SMClockMHz, func() (int64, nvml.Return) {
		mhz, code := h.GetClockInfo(nvml.CLOCK_SM)
		return int64(mhz), code
	})
	r.take(gaugeTemperature, &g.TemperatureC, func() (int64, nvml.Return) {
		t, code := h.GetTemperature(nvml.TEMPERATURE_GPU)
		return int64(t), code
	})
	r.take(gaugeReasons, &g.ThrottleReasons, func() (int64, nvml.Return) {
		mask, code := h.GetCurrentClocksEventReasons()
		return int64(mask), code
	})
	r.take(gaugeProcesses, &g.ForeignProcesses, func() (int64, nvml.Return) { return r.foreign(h) })
	r.take(gaugeLimit, &g.PowerLimitMW, func() (int64, nvml.Return) {
		mw, code := h.GetEnforcedPowerLimit()
		return int64(mw), code
	})
	r.take(gaugeMemoryPower, &g.MemoryPowerMW, func() (int64, nvml.Return) { return r.memoryPower(h) })
	return &g
}

func (r *gaugeReader) take(which int, into *int64, read func() (int64, nvml.Return)) {
	if r.off[which] {
		return
	}
	v, code := read()
	if code == nvml.SUCCESS {
		*into = v
	}
	r.off[which] = unsupported(code)
}

func (r *gaugeReader) foreign(h handle) (int64, nvml.Return) {
	processes, code := h.GetComputeRunningProcesses()
	var n int64
	for _, p := range processes {
		if !r.known[p.Pid] {
			n++
		}
	}
	return n, code
}

func (r *gaugeReader) memoryPower(h handle) (int64, nvml.Return) {
	if code := h.GetFieldValues(r.memory); code != nvml.SUCCESS {
		return 0, code
	}
	if code := nvml.Return(r.memory[0].NvmlReturn); code != nvml.SUCCESS {
		return 0, code
	}
	mw, err := decode(r.memory[0])
	if err != nil {
		return 0, nvml.ERROR_NOT_SUPPORTED
	}
	return mw, nvml.SUCCESS
}
