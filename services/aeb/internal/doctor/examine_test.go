package doctor_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	embedded "github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/doctor"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
)

func broken(ctx context.Context, t *testing.T, o doctor.Options) (texts []string) {
	t.Helper()
	o.Data = t.TempDir()
	for f := range doctor.Examine(ctx, o) {
		if f.State == doctor.Broken {
			require.NotEmpty(t, f.Advice, f)
			texts = append(texts, f.Text)
		}
	}
	return texts
}

// A broker that answers is not enough: a run needs its streams.
func TestBrokerWithoutStreamsIsFound(t *testing.T) {
	s, err := embedded.Start(t.Context(), embedded.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	o := doctor.Options{NATS: s.URL()}
	require.Len(t, broken(t.Context(), t, o), len(stream.Declare(stream.Options{}).Streams)+len(stream.Declare(stream.Options{}).Buckets))

	login, err := stack.Login(s.URL())
	require.NoError(t, err)
	require.NoError(t, stack.Setup(t.Context(), login))
	require.Empty(t, broken(t.Context(), t, o))
}

func TestBrokerAwayIsFound(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	found := broken(ctx, t, doctor.Options{NATS: "nats://127.0.0.1:1"})
	require.Len(t, found, 1)
	require.Contains(t, found[0], "127.0.0.1:1")
}
