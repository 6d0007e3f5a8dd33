package event

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRunIDsSortByCreation(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		at := rapid.SliceOfN(rapid.Int64Range(0, 1<<48-1), 2, 8).Draw(r, "ms")
		ids := make([]RunID, 0, len(at))
		for _, ms := range at {
			id := NewRunID(time.UnixMilli(ms))
			if _, err := ParseRunID(string(id)); err != nil {
				r.Fatal(err)
			}
			if got := id.Created().UnixMilli(); got != ms {
				r.Fatalf("%s was created at %d, want %d", id, got, ms)
			}
			ids = append(ids, id)
		}
		slices.Sort(ids)
		if !slices.IsSortedFunc(ids, func(a, b RunID) int { return cmp.Compare(a.Created().UnixMilli(), b.Created().UnixMilli()) }) {
			r.Fatalf("%v do not sort by creation", ids)
		}
	})
}

func TestRunIDsOfOneMomentDiffer(t *testing.T) {
	now := time.Now()
	seen := map[RunID]bool{}
	for range 10_000 {
		seen[NewRunID(now)] = true
	}
	require.Len(t, seen, 10_000)
}

func TestRunIDEncoding(t *testing.T) {
	var all [16]byte
	for i := range all {
		all[i] = 0xff
	}
	require.Equal(t, RunID("7"+strings.Repeat("z", 25)), encodeULID(all))
	require.Equal(t, RunID(strings.Repeat("0", 26)), encodeULID([16]byte{}))
	require.Equal(t, RunID(strings.Repeat("0", 25)+"1"), encodeULID([16]byte{15: 1}))
	require.Zero(t, RunID("nothing").Created())
}

func TestParseRunIDRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "01m86t04v6gvpqhtaab9ayaas", "01m86t04v6gvpqhtaab9ayaasgg", "01M86T04V6GVPQHTAAB9AYAASG",
		"81m86t04v6gvpqhtaab9ayaasg", "01m86t04v6gvpqhtaab9ayaasi", "01m86t04v6gvpqhtaab9ayaasu", "01m86t04v6gvpqhtaab9ayaa.g",
	} {
		_, err := ParseRunID(bad)
		require.ErrorIs(t, err, ErrBadRunID, bad)
	}
}

// The hand-written checks and the patterns they replace are the same.
func TestChecksMatchPatterns(t *testing.T) {
	runID, token := regexp.MustCompile(runIDPattern), regexp.MustCompile(tokenPattern)
	near := rapid.StringOfN(rapid.RuneFrom([]rune("0179abhijkluvxz_-.AZ é\n")), 0, 66, -1)
	long := rapid.StringOfN(rapid.RuneFrom([]rune("0179abhjkvxz")), 24, 28, -1)
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.OneOf(near, long, rapid.String()).Draw(r, "s")
		if isRunID(s) != runID.MatchString(s) {
			r.Fatalf("run id %q", s)
		}
		if isToken(s) != token.MatchString(s) {
			r.Fatalf("token %q", s)
		}
	})
}

func TestTokenIsAlwaysAToken(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.String().Draw(r, "name")
		token := Token(name)
		if err := CheckToken(token); err != nil {
			r.Fatal(err)
		}
		if Token(token) != token {
			r.Fatalf("%q becomes %q", token, Token(token))
		}
	})
	f := func(name, want string) {
		t.Helper()
		require.Equal(t, want, Token(name))
	}
	f("GPU-Box.example.org", "gpu-box-example-org")
	f("--x", "x")
	f("", "x")
	f("é", "x")
	f(strings.Repeat("a", 70), strings.Repeat("a", 63))
}

func TestProducerRoundTrip(t *testing.T) {
	p := Producer{Service: "energy-sampler", Instance: "gpu-a"}
	got, err := ParseProducer(p.String())
	require.NoError(t, err)
	require.Equal(t, p, got)
	require.Equal(t, "/aeb/energy-sampler/gpu-a", p.Source())
	for _, bad := range []string{"", "x", ".x", "x.", "x.y.z", "X.y"} {
		_, err := ParseProducer(bad)
		require.ErrorIs(t, err, ErrBadToken, bad)
	}
}

func TestParseIDRefuses(t *testing.T) {
	const run = "01m86t04v6gvpqhtaab9ayaasg"
	_, err := ParseID(run + "/s.i/1/1")
	require.NoError(t, err)
	for _, bad := range []string{
		"", run, run + "/s.i/1", run + "/s.i/1/1/1", "x/s.i/1/1", run + "/s/1/1", run + "/s.i/0/1", run + "/s.i/-1/1",
		run + "/s.i/1/0", run + "/s.i/1/-1", run + "/s.i/01/1", run + "/s.i/1/+1", run + "/s.i/1/1 ", run + "/s.i/x/1",
		run + "/s.i/9223372036854775808/1", run + "/s.i/1/18446744073709551616",
	} {
		_, err := ParseID(bad)
		require.ErrorIs(t, err, ErrBadEventID, bad)
	}
}

// FuzzParseID: what the parser accepts is exactly what String writes.
func FuzzParseID(f *testing.F) {
	f.Add("01m86t04v6gvpqhtaab9ayaasg/inference-driver.d1/1795518000123/7")
	f.Add("01m86t04v6gvpqhtaab9ayaasg/s.i/1/18446744073709551615")
	f.Add("///")
	f.Add("01m86t04v6gvpqhtaab9ayaasg/s.i/01/1")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		if err != nil {
			require.ErrorIs(t, err, ErrBadEventID)
			return
		}
		require.NoError(t, id.Validate())
		require.Equal(t, text, id.String())
	})
}

func BenchmarkID(b *testing.B) {
	text := "01m86t04v6gvpqhtaab9ayaasg/inference-driver.d1/1795518000123/7"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseID(text); err != nil {
			b.Fatal(err)
		}
	}
}
