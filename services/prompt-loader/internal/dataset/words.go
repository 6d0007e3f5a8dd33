package dataset

import (
	_ "embed"
	"math/rand/v2"
	"strings"
)

// Everyday English words of up to seven letters. With the space before it, each
// is one token of the byte-pair vocabularies that models use today, so that a
// text of n words has about n tokens.
//
//go:embed words.txt
var wordList string

var vocabulary = strings.Fields(wordList)

// The texts that are made up, kept apart so that no two kinds draw the same.
const (
	drawSynthetic uint64 = iota + 0x5eed0001
	drawPrefix
	drawPrefixChoice
	drawBlock
	drawTail
)

// drawing is the source of chance for the i-th text of a kind. It depends on
// nothing else, so any text can be made at any time, in any order.
func drawing(seed int64, kind uint64, i int64) *rand.Rand {
	mix := rand.New(rand.NewPCG(uint64(seed), kind))
	return rand.New(rand.NewPCG(mix.Uint64(), mix.Uint64()^uint64(i)))
}

// words makes a text of n words up.
func words(draw *rand.Rand, n int64) string {
	var b strings.Builder
	b.Grow(int(n) * 6)
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(vocabulary[draw.IntN(len(vocabulary))])
	}
	return b.String()
}
