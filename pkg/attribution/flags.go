package attribution

import (
	"math/bits"
	"slices"
)

// Flags that the engine raises. A device's own flags (Device.Flags) are carried
// to every share of the device beside them.
const (
	// FlagGap: there was time without data, which is not charged to requests.
	FlagGap = "gap"
	// FlagGapSpanned: samples were missing, but the energy counter spans the
	// hole: the energy is measured, its course in time is not.
	FlagGapSpanned = "gap_spanned"
	// FlagAveragedPower: the energy is from a power reading that is itself an
	// average, shifted by half its window.
	FlagAveragedPower = "averaged_power"
	// FlagCounterReset: the energy counter went backwards; power bridges it.
	FlagCounterReset = "counter_reset"
	// FlagCounterFrozen: the energy counter stood still while power flowed.
	FlagCounterFrozen = "counter_frozen"
	// FlagOutsideWindow: part of the attempt lies outside the measured time.
	FlagOutsideWindow = "outside_window"
	// FlagPhasesUnknown: no first token, so that prefill and decode are one.
	FlagPhasesUnknown = "phases_unknown"
	// FlagQueueUnknown: the server offered no queue time (phase-aware only).
	FlagQueueUnknown = "queue_unknown"
	// FlagQueueClamped: the stated queue time is longer than the wait for the
	// first token, and was cut to it.
	FlagQueueClamped = "queue_clamped"
	// FlagTokensMissing: token counts are unknown, so that the attempt takes an
	// equal part instead of a weighted one.
	FlagTokensMissing = "tokens_missing"
	// FlagTokensUntimed: the times of chunks are mostly unknown, so that tokens
	// are taken to come evenly (fitted only).
	FlagTokensUntimed = "tokens_untimed"
	// FlagFitUnusable: there was too little to learn costs from on a device that
	// served it, so that declared weights of tokens stand in (fitted only).
	FlagFitUnusable = "fit_unusable"
	// FlagNoDuration: it starts and ends at one moment.
	FlagNoDuration = "no_duration"
	// FlagNoBaseline: the device has no idle power, so that nothing is idle
	// while requests run.
	FlagNoBaseline = "no_baseline"
	// FlagNoData: a device that served it had given no data by its end.
	FlagNoData = "no_data"
)

type flagBits uint16

const (
	bitGap flagBits = 1 << iota
	bitSpanned
	bitAveraged
	bitReset
	bitFrozen
	bitOutside
	bitPhasesUnknown
	bitQueueUnknown
	bitQueueClamped
	bitTokensMissing
	bitTokensUntimed
	bitFitUnusable
	bitNoDuration
	bitNoBaseline
	bitNoData

	flagCount = iota
)

var flagNames = [flagCount]string{
	FlagGap, FlagGapSpanned, FlagAveragedPower, FlagCounterReset, FlagCounterFrozen, FlagOutsideWindow,
	FlagPhasesUnknown, FlagQueueUnknown, FlagQueueClamped, FlagTokensMissing, FlagTokensUntimed, FlagFitUnusable,
	FlagNoDuration,
	FlagNoBaseline, FlagNoData,
}

// names are the flags of b and more, sorted, each once; nil when there are none.
func (b flagBits) names(more []string) []string {
	if b == 0 && len(more) == 0 {
		return nil
	}
	out := make([]string, 0, bits.OnesCount16(uint16(b))+len(more))
	for i, n := range flagNames {
		if b&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	out = append(out, more...)
	slices.Sort(out)
	return slices.Clip(slices.Compact(out))
}
