package attribution

import (
	"fmt"
	"math"
)

// Fit is what the fitted method learned of one device: power as a sum of costs
// per token and per second, by non-negative least squares over the run.
type Fit struct {
	Device string
	// PrefillTokenJ and DecodeTokenJ are joules per token; ActiveW is power while
	// anyone is served, idle power included; IdleW while nobody is.
	PrefillTokenJ, DecodeTokenJ, ActiveW, IdleW float64
	// Bins is how many stretches of time were compared, of BinS seconds each.
	Bins int
	BinS float64
	// R2 is the share of the variance of power between bins that the fit
	// explains: little, when there is little to explain, under an even load.
	// ResidualW is the root mean square of what it leaves, in watts, per bin that
	// is not spent on an unknown, and ResidualRel that relative to mean power.
	R2, ResidualW, ResidualRel float64
	// ContextJ is what a rival fit charges per generated token and thousand
	// tokens of context, which this one cannot see. The energies of the two are
	// compared, and their distance is part of the interval.
	ContextJ float64
	// Timed says that the times of most chunks are known. Without them the fit is
	// less certain than its residual says, which the intervals allow for.
	Timed bool
	// Usable is false when there was too little to learn from, and Reason says
	// what was missing. The method then goes by the declared weights of tokens, or
	// splits equally where there are none, and flags the shares.
	Usable bool
	Reason string
}

// The columns of the fit. The rival has all of them, the fit all but the last.
const (
	costPrefill = iota
	costDecode
	costActive
	costIdle
	costContext
	costs
)

// bin is one stretch of time, as the fit sees it: how much of each cost's cause
// there was.
type bin struct {
	cause           [costs]float64
	energyJ, length float64 // length in seconds
}

// minBins is how many bins a fit needs: twice its unknowns.
const minBins = 8

// leastSquares fits the first n costs.
func leastSquares(bins []bin, n int) []float64 {
	ata, atb := make([][]float64, n), make([]float64, n)
	for i := range ata {
		ata[i] = make([]float64, n)
	}
	for _, b := range bins {
		// Rows are power, weighted by time: the error of a bin does not grow with
		// its length as its energy does.
		w := 1 / b.length
		for i := range n {
			for j := range n {
				ata[i][j] += float64(w * float64(b.cause[i]*b.cause[j]))
			}
			atb[i] += float64(w * float64(b.cause[i]*b.energyJ))
		}
	}
	return nnls(ata, atb)
}

// learn fits a device's power over its bins. It returns the rival's costs too.
func learn(id string, bins []bin, binNS int64) (f Fit, rival []float64) {
	c := leastSquares(bins, costs-1)
	rival = leastSquares(bins, costs)
	f = Fit{
		Device: id, Bins: len(bins), BinS: seconds(binNS),
		PrefillTokenJ: c[costPrefill], DecodeTokenJ: c[costDecode], ActiveW: c[costActive], IdleW: c[costIdle],
		ContextJ: rival[costContext],
	}
	f.judge(bins)
	switch {
	case len(bins) < minBins:
		f.Reason = fmt.Sprintf("too short: %d stretches of %.3g s where %d are needed", len(bins), f.BinS, minBins)
	case c[costPrefill]+c[costDecode]+c[costActive] == 0:
		f.Reason = "nothing was drawn while anyone was served"
	default:
		f.Usable = true
	}
	return f, rival
}

// joules that the fit expects of a stretch of time.
func (f *Fit) joules(b *bin) float64 {
	return float64(f.PrefillTokenJ*b.cause[costPrefill]) + float64(f.DecodeTokenJ*b.cause[costDecode]) +
		float64(f.ActiveW*b.cause[costActive]) + float64(f.IdleW*b.cause[costIdle])
}

func (f *Fit) judge(bins []bin) {
	var time, energy, left, spread float64
	for _, b := range bins {
		time += b.length
		energy += b.energyJ
	}
	if time == 0 {
		return
	}
	mean := energy / time
	for i := range bins {
		b := &bins[i]
		r, v := (b.energyJ-f.joules(b))/b.length, b.energyJ/b.length-mean
		left += float64(r * r * b.length)
		spread += float64(v * v * b.length)
	}
	// Few bins are fitted too well: each unknown takes the freedom of one.
	free := max(1, len(bins)-(costs-1))
	f.ResidualW = math.Sqrt(left / time * float64(len(bins)) / float64(free))
	if spread > 0 {
		f.R2 = 1 - left/spread
	}
	if mean > 0 {
		f.ResidualRel = f.ResidualW / mean
	}
}
