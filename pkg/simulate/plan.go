package simulate

import (
	"math"
	"math/rand/v2"
	"strings"
)

// plan is what a sequence will say, decided before it runs: its tokens follow
// from its seed, so nothing needs to be kept but how many there are.
type plan struct {
	seed uint64
	// output is how many tokens come, spoken how many of them have text: the
	// end-of-sequence token has none. The first thinking ones are reasoning.
	output, spoken, thinking int
	// chars cuts the text at a stop string; -1 does not.
	chars int
	// finish is vLLM's finish_reason; stop its stop_reason, "" for null.
	finish, stop string
}

// limits are what the request asks for.
type limits struct {
	// max and min output tokens; max is already within the context.
	max, min  int
	ignoreEOS bool
	stop      []string
	// keepStop leaves the stop string in the text.
	keepStop bool
}

// words are what answers are made of; each is one token.
var words = strings.Fields(`the a of and in that is with for as power energy heat light water stone river field
wind cloud rain sun day night year time hand line point place way part form number word name thing work
force wave step turn rise fall hold keep give take make find know see say think ask long short high low
small great old new clear still open slow fast near far first last`)

// token is the i-th token of the text with this seed.
func token(seed uint64, i int) string {
	return words[mix(seed+uint64(i)*0x9e3779b97f4a7c15)%uint64(len(words))]
}

// appendToken writes the i-th token as it stands in running text.
func appendToken(b []byte, seed uint64, i int) []byte {
	if i > 0 {
		b = append(b, ' ')
	}
	return append(b, token(seed, i)...)
}

// mix is a finaliser of splitmix64: every bit of the input moves every bit of
// the output.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// newPlan decides length and ending: what the seed says, within the limits.
func newPlan(seed uint64, mean float64, l limits) plan {
	p := plan{seed: seed, output: l.max, finish: "length", chars: -1}
	if !l.ignoreEOS {
		draw := rand.New(rand.NewPCG(seed, 0x5eed)).ExpFloat64()
		// At least one word and the end of the sequence.
		own := max(l.min, 2+int(math.Round(draw*(mean-2))))
		if own <= l.max {
			p.output, p.finish = own, "stop"
		}
	}
	p.spoken = p.output
	if p.finish == "stop" {
		p.spoken--
	}
	p.stopAt(l)
	return p
}

// stopAt ends the plan at the first stop string after the minimum.
func (p *plan) stopAt(l limits) {
	if len(l.stop) == 0 {
		return
	}
	var text []byte
	longest := 0
	for _, s := range l.stop {
		longest = max(longest, len(s))
	}
	for i := range p.spoken {
		before := len(text)
		text = appendToken(text, p.seed, i)
		if i+1 < l.min {
			continue
		}
		tail := string(text[max(0, before-longest+1):])
		for _, s := range l.stop {
			at := strings.Index(tail, s)
			if at < 0 {
				continue
			}
			p.output, p.spoken, p.finish, p.stop = i+1, i+1, "stop", s
			p.chars = len(text) - len(tail) + at
			if l.keepStop {
				p.chars += len(s)
			}
			return
		}
	}
}
