package figure

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestFourDigitsAndNeverASilentZero(t *testing.T) {
	for _, c := range []struct {
		v           float64
		plain, page string
	}{
		{0, "0", "0"},
		{1, "1.000", "1.000"},
		{0.000123456, "0.0001235", "0.0001235"},
		{1.5e-9, "1.50e-09", "1.50e-09"},
		{1234567.8, "1,234,568", "1\u202f234\u202f568"},
		{-1234.5, "-1,234", "−1\u202f234"},
		{-123.45, "-123.5", "−123.5"},
		{math.NaN(), "–", "–"},
		{math.Inf(1), "–", "–"},
	} {
		require.Equal(t, c.plain, Plain.Number(c.v))
		require.Equal(t, c.page, Page.Number(c.v))
	}
	require.Equal(t, "–", Plain.Optional(nil))
	require.Equal(t, "1,000", Plain.Count(1000))
	require.Equal(t, "no interval", Page.Between(nil))
	require.Equal(t, "between 1,234 and 2,000", Plain.Between(&event.Interval{Low: 1234.4, High: 2000}))
	require.Equal(t, "1,000", Plain.OptionalCount(new(int64(1000))))
	require.Equal(t, "–", Plain.OptionalCount(nil))
	require.Equal(t, "12.50 %", Page.Percent(0.125))
}
