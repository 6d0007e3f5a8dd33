package attribution

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What was added is there, however long and in whatever company.
func TestTextsKeepStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x texts
		length := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, maxText), rapid.Just(maxText))
		letters := rapid.SliceOfN(rapid.ByteRange('a', 'z'), 0, 30).Draw(t, "letters")
		var added []string
		var kept []text
		for _, c := range letters {
			s := strings.Repeat(string(c), length.Draw(t, "length"))
			added, kept = append(added, s), append(kept, x.add(s))
		}
		x.end()
		for i, s := range added {
			require.Equal(t, s, x.of(kept[i]))
		}
	})
}

// An id that is too long, or a number that no attempt has, is refused, in a line that
// can be read.
func TestNamesThatAreRefused(t *testing.T) {
	e := oneDevice(0, EqualShare).engine(t)
	r := ask(strings.Repeat("x", maxText), 0, 1, 2, 1, 1)
	require.NoError(t, e.AddRequest(r))
	r.ID += "x"
	err := e.AddRequest(r)
	require.ErrorIs(t, err, ErrRequest)
	require.ErrorContains(t, err, "id of 65536 bytes, where at most 65535 are taken")
	require.Less(t, len(err.Error()), 200)
	r = ask("a", 0, 1, 2, 1, 1)
	for _, r.Attempt = range []int{-1, 1 << 31} {
		require.ErrorIs(t, e.AddRequest(r), ErrRequest)
	}
}
