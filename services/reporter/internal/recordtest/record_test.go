package recordtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

func TestRunIsMadeAtItsStart(t *testing.T) {
	require.Equal(t, recordtest.Started, recordtest.Run.Created())
	require.NotEmpty(t, recordtest.Number(recordtest.Run, recordtest.Items(recordtest.Config("/tmp"))))
}
