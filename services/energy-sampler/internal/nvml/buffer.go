//go:build cgo

package nvml

import (
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// buffer reads the driver's own power samples: on GPUs whose power reading is
// instantaneous the driver takes it more often than a slow loop does, and keeps
// the last two seconds or so.
type buffer struct {
	// seenUS is the stamp of the last sample, movedNS our time when it came.
	seenUS  uint64
	movedNS int64
}

// bufferedHz is how often the driver takes a sample by itself; 0 when it does not
// say, or stamps them with something that is not a wall time.
func bufferedHz(h handle, nowNS int64) float64 {
	const enough = 8
	_, samples, code := h.GetSamples(nvml.TOTAL_POWER_SAMPLES, 0)
	if code != nvml.SUCCESS || len(samples) < enough {
		return 0
	}
	first, last := samples[0].TimeStamp, samples[len(samples)-1].TimeStamp
	if last <= first || !plausible(int64(last), nowNS) {
		return 0
	}
	return float64(len(samples)-1) / (time.Duration(last-first) * time.Microsecond).Seconds()
}

// take adds a row for each sample since the last call. The answer says only
// whether the buffer could be read.
func (b *buffer) take(h handle, at event.Stamp, add func(device.Reading)) answer {
	if b.seenUS == 0 {
		// What lies in the buffer from before the run is not the run's.
		b.seenUS, b.movedNS = uint64(max(0, at.WallNS/int64(time.Microsecond))), at.WallNS
	}
	kind, samples, code := h.GetSamples(nvml.TOTAL_POWER_SAMPLES, b.seenUS)
	if code == nvml.ERROR_NOT_FOUND {
		code, samples = nvml.SUCCESS, nil // nothing new
	}
	if code != nvml.SUCCESS {
		return answer{code: code, flags: flagOf(code)}
	}
	for _, s := range samples {
		mw, err := decodeValue(kind, s.SampleValue)
		if err != nil || s.TimeStamp <= b.seenUS || !plausible(int64(s.TimeStamp), at.WallNS) {
			continue
		}
		b.seenUS, b.movedNS = s.TimeStamp, at.WallNS
		r := device.Unread(int64(s.TimeStamp) * int64(time.Microsecond))
		r.PowerMW = mw
		add(r)
	}
	a := answer{known: true, atNS: at.WallNS}
	if at.WallNS-b.movedNS >= int64(device.FrozenAfter) {
		a.flags = device.SensorFrozen
	}
	return a
}
