package accuracy

import (
	"sort"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
)

// What people use today, on the same samples. None of them adds up to the meter
// but the first, which knows no single request.
const (
	WholeRun      = "whole run ÷ requests"
	PerToken      = "J/token × length"
	DeviceEnergy  = "device energy during the request"
	NearestSample = "nearest sample × duration"
)

// Today lists them.
func Today() []string { return []string{WholeRun, PerToken, DeviceEnergy, NearestSample} }

// today gives every job its energy. totalJ is the energy of the load from the
// first arrival to the last end, by the same meter.
func today(method string, jobs []*Job, samples []attribution.Sample) []float64 {
	cum := integrate(samples)
	from, to, tokens := jobs[0].ArriveNS, int64(0), 0
	for _, j := range jobs {
		from, to = min(from, j.ArriveNS), max(to, j.EndNS)
		tokens += j.Output
	}
	total := at(samples, cum, to) - at(samples, cum, from)
	out := make([]float64, len(jobs))
	for i, j := range jobs {
		switch method {
		case WholeRun:
			out[i] = total / float64(len(jobs))
		case PerToken:
			out[i] = total / float64(tokens) * float64(j.Output)
		case DeviceEnergy:
			out[i] = at(samples, cum, j.EndNS) - at(samples, cum, j.ArriveNS)
		case NearestSample:
			k := sort.Search(len(samples), func(k int) bool { return samples[k].TimeNS >= j.EndNS })
			k = min(k, len(samples)-1)
			out[i] = float64(samples[k].PowerMW) / 1000 * float64(j.EndNS-j.ArriveNS) / 1e9
		}
	}
	return out
}

// integrate is the energy at every sample: the counter's, or the trapezoid of power.
func integrate(samples []attribution.Sample) []float64 {
	out := make([]float64, len(samples))
	for i := range samples {
		if samples[i].EnergyMJ >= 0 {
			out[i] = float64(samples[i].EnergyMJ) / 1000
			continue
		}
		if i > 0 {
			dt := float64(samples[i].TimeNS-samples[i-1].TimeNS) / 1e9
			out[i] = out[i-1] + float64(samples[i].PowerMW+samples[i-1].PowerMW)/2000*dt
		}
	}
	return out
}

// at reads the latest sample before a moment, as a client that polls does.
func at(samples []attribution.Sample, cum []float64, ns int64) float64 {
	k := sort.Search(len(samples), func(k int) bool { return samples[k].TimeNS > ns }) - 1
	return cum[max(k, 0)]
}
