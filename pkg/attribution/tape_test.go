package attribution

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A tape loses neither energy nor time, whether edges are far apart or near, and
// however it is cut into pieces.
func TestTapeKeepsEnergyAndTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x tape
		var energy, gap float64
		var coveredNS, at int64
		edges := rapid.IntRange(0, 20).Draw(t, "edges")
		for i := range edges {
			step := rapid.OneOf(rapid.Int64Range(0, 1e9), rapid.Int64Range(0, 40e9), rapid.Just[int64](maxTickNS), rapid.Just[int64](maxTickNS+1)).Draw(t, "step")
			joules, lost := rapid.Float64Range(0, 1000).Draw(t, "joules"), rapid.Float64Range(0, 1).Draw(t, "gap")
			at, coveredNS, energy, gap = at+step, coveredNS+step, energy+joules, gap+lost
			x.hold(joules, lost, coveredNS)
			x.edge(keyed{keyOfTime(at), uint32(i), phasePrefill}, phaseNone, true)
		}
		x.hold(7, 0, coveredNS+1e9)
		x.end(false)
		energy, coveredNS = energy+7, coveredNS+1e9

		i := 0
		for ns, t1 := range x.timed {
			if t1.ref == noRef {
				continue
			}
			require.EqualValues(t, i, t1.ref)
			i++
			if i == edges {
				require.InDelta(t, at, ns, 1e-6*float64(at-x.firstNS)+1)
			}
		}
		require.Equal(t, edges, i)

		blockNS := rapid.Int64Range(1e8, 10e9).Draw(t, "block")
		var joules, lost float64
		var ns, inBlock int64
		x.pieces(blockNS, func(p *tick, ends bool) {
			if p.gap {
				lost += p.energy
				return
			}
			joules += p.energy
			ns += int64(p.ns)
			inBlock += int64(p.ns)
			if ends {
				require.Equal(t, blockNS, inBlock)
				inBlock = 0
			}
		})
		require.Less(t, inBlock, blockNS)
		require.Equal(t, coveredNS, ns)
		require.InDelta(t, energy, joules, 1e-9)
		require.InDelta(t, gap, lost, 1e-9)
	})
}
