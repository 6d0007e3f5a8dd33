package event

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSeriesRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := Series(rapid.SliceOf(rapid.OneOf(rapid.Just(Missing), rapid.Int64())).Draw(r, "series"))
		text, err := json.Marshal(s)
		if err != nil {
			r.Fatal(err)
		}
		var back Series
		if err := json.Unmarshal(text, &back); err != nil {
			r.Fatal(err)
		}
		if len(back) != len(s) {
			r.Fatalf("%s became %v", text, back)
		}
		for i := range s {
			if back[i] != s[i] || back.Known(i) != (s[i] != Missing) {
				r.Fatalf("%s became %v", text, back)
			}
		}
	})
}

func TestSeriesForms(t *testing.T) {
	f := func(s Series, want string) {
		t.Helper()
		text, err := json.Marshal(s)
		require.NoError(t, err)
		require.Equal(t, want, string(text))
		var back Series
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, s, back)
	}
	f(nil, "null")
	f(Series{}, "[]")
	f(Series{0, Missing, -1, math.MaxInt64}, "[0,null,-1,9223372036854775807]")
	require.False(t, Series(nil).Known(0))
	require.False(t, Series{1}.Known(1))
	require.True(t, Series{0}.Known(0))
}

func TestSeriesRefuses(t *testing.T) {
	for _, bad := range []string{`1`, `"1"`, `{}`, `[1.5]`, `["1"]`, `[1e3]`, `[true]`, `[[1]]`, `[-9223372036854775808]`, `[9223372036854775808]`} {
		var s Series
		require.ErrorIs(t, json.Unmarshal([]byte(bad), &s), errSeries, bad)
	}
}

// FuzzSeries: any text is refused or read as what encoding/json reads there.
func FuzzSeries(f *testing.F) {
	for _, seed := range []string{"null", "[]", "[1,null,-3]", "[ 1 , 2 ]", "[,]", "[1,]", "[00]", "[+1]", "[1_000]", "[0x1]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Series
		if err := s.UnmarshalJSON(text); err != nil {
			return
		}
		if !json.Valid(text) {
			// Only encoding/json calls it, which has checked that already.
			return
		}
		var want []*int64
		require.NoError(t, json.Unmarshal(text, &want))
		require.Len(t, s, len(want))
		for i, w := range want {
			if w == nil {
				require.Equal(t, Missing, s[i])
			} else {
				require.Equal(t, *w, s[i])
			}
		}
	})
}
