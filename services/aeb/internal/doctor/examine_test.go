package doctor_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
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

// Sensors are looked for as the sampler is set: what its settings ask for and the host
// does not have would fail a run, what they leave out would not.
func TestSensorsAreTheConfiguredOnes(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("secret"), 0o600))
	for name, value := range map[string]string{
		"AEB_SOURCE": "none", "AEB_RAM": "none", "AEB_CPU": "hwmon", "AEB_HWMON_CPU": "nothing/here",
		"AEB_NODE": "redfish", "AEB_REDFISH_URL": "https://127.0.0.1:1", "AEB_REDFISH_USER": "aeb", "AEB_REDFISH_PASSWORD_FILE": password,
	} {
		t.Setenv(name, value)
	}
	said := map[string]doctor.State{
		"GPUs are not measured: the sampler's config says source: none":             doctor.Lacking,
		"no hwmon channel matches nothing/here":                                     doctor.Broken,
		"memory is not measured: the sampler's config says ram: none":               doctor.Lacking,
		"the node is not measured until its management controller gives a figure: ": doctor.Lacking,
	}
	for f := range doctor.Examine(t.Context(), doctor.Options{Data: t.TempDir()}) {
		require.NotContains(t, f.Text, "secret")
		for text, state := range said {
			if strings.Contains(f.Text, text) {
				require.True(t, strings.HasPrefix(f.Part, "sensor "), f)
				require.Equal(t, state, f.State, f)
				delete(said, text)
			}
		}
	}
	require.Empty(t, said)

	t.Setenv("AEB_CPU", "guess")
	require.Contains(t, broken(t.Context(), t, doctor.Options{})[0], `cpu: "guess" is not one of`)
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
