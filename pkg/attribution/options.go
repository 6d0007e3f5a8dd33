package attribution

import (
	"fmt"
	"math"
	"slices"
)

// Methods that an engine knows.
const (
	// EqualShare gives every attempt in flight the same part.
	EqualShare = "equal-share/v1"
	// TokenWeighted gives every attempt a part by the tokens it moves: its input
	// tokens spread evenly over the wait for the first token, its output tokens
	// over the rest, each with its weight.
	TokenWeighted = "token-weighted/v1"
	// PhaseAware is token-weighted, but time in the server's queue is free where
	// the server says how long it was.
	PhaseAware = "phase-aware/v1"
	// Fitted learns what a prompt token, a generated token and a second of
	// service cost on each device, from the run itself, and splits every
	// moment's energy in those proportions. Queue time is free where it is
	// known. It needs the whole run: its shares come with Close, and it keeps
	// every attempt until then.
	Fitted = "fitted/v1"
)

// Methods lists what Options.Methods may name.
func Methods() []string { return []string{EqualShare, Fitted, PhaseAware, TokenWeighted} }

// IdlePolicy says what becomes of idle power while requests run.
type IdlePolicy string

// Idle policies.
const (
	// IdleShared: the attempts in flight share it equally, whatever the method
	// does with the rest, since it is the price of time and not of tokens.
	IdleShared IdlePolicy = "shared"
	// IdleSeparate: it stays in the idle account.
	IdleSeparate IdlePolicy = "separate"
)

// DefaultMaxGapNS is what Options.MaxGapNS 0 means: ten periods of a 10 Hz sampler.
const DefaultMaxGapNS = int64(1e9)

// Options configure an engine.
type Options struct {
	// Methods by versioned name, such as "equal-share/v1" and "token-weighted/v1".
	Methods            []string
	IdlePolicy         IdlePolicy // "" is IdleShared
	PrefillTokenWeight float64
	DecodeTokenWeight  float64
	// MaxGapNS: samples further apart than this leave a gap between them (unless an
	// energy counter spans it); 0 is DefaultMaxGapNS.
	MaxGapNS int64
	// FromNS is where the measured window begins, for engines that call Advance;
	// 0 is the first sample. Without Advance, Close alone says it.
	FromNS int64
	// WindowErrorNS is how far either end of the measured window may be off, as by a
	// clock. It widens the bounds of sums.
	WindowErrorNS int64
}

func (o *Options) complete() error {
	if o.IdlePolicy == "" {
		o.IdlePolicy = IdleShared
	}
	if o.MaxGapNS == 0 {
		o.MaxGapNS = DefaultMaxGapNS
	}
	weights := false
	for i, m := range o.Methods {
		if !slices.Contains(Methods(), m) {
			return fmt.Errorf("%w: method %q is not one of %v", ErrOptions, m, Methods())
		}
		if slices.Contains(o.Methods[:i], m) {
			return fmt.Errorf("%w: method %q is named twice", ErrOptions, m)
		}
		weights = weights || m == TokenWeighted || m == PhaseAware
	}
	good := func(w float64) bool { return w >= 0 && !math.IsInf(w, 0) }
	switch {
	case len(o.Methods) == 0:
		return fmt.Errorf("%w: no method", ErrOptions)
	case o.IdlePolicy != IdleShared && o.IdlePolicy != IdleSeparate:
		return fmt.Errorf("%w: idle policy %q", ErrOptions, o.IdlePolicy)
	case o.MaxGapNS < 0 || o.WindowErrorNS < 0:
		return fmt.Errorf("%w: negative max gap or window error", ErrOptions)
	case !good(o.PrefillTokenWeight) || !good(o.DecodeTokenWeight),
		weights && o.PrefillTokenWeight == 0 && o.DecodeTokenWeight == 0:
		return fmt.Errorf("%w: token weights %v and %v", ErrOptions, o.PrefillTokenWeight, o.DecodeTokenWeight)
	}
	// The canonical order of results is by name, and so is the order inside.
	o.Methods = slices.Sorted(slices.Values(o.Methods))
	return nil
}
