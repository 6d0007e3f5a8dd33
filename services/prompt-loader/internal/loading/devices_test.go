package loading

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// TestDevicesAreThere: a run whose endpoints name a device that nobody measures
// ends before its load, with what is missing and what there is.
func TestDevicesAreThere(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.connect())
	sampler := s.bus.NewPublisher(event.Producer{Service: "energy-sampler", Instance: "a"}, s.clock)
	try := func(ids ...string) run.State {
		id := s.request(configure(3, func(c *config.Run) {
			c.Backend.Endpoints = []config.Endpoint{{URL: c.Backend.Endpoint, Devices: []config.DeviceGroup{{IDs: ids}}}}
		}))
		require.NoError(t, sampler.PublishNow(t.Context(), id, &event.HostDescribed{
			Host: "gpu-1", Clock: event.Clock{Host: "gpu-1", BootID: "b"}, OS: "linux", Arch: "amd64",
			Devices: []event.Device{{ID: "GPU-a", Kind: event.KindGPU, Index: 0, Provenance: event.Measured}},
		}))
		s.ready(id, everyone...)
		return s.await(id, func(state run.State) bool { return state.Phase.Final() || state.Prompts != nil })
	}
	require.Nil(t, try("0").Failure)
	require.Nil(t, try("GPU-a").Failure)
	state := try("0", "3")
	require.Equal(t, run.Failed, state.Phase)
	require.Equal(t, noDevice, state.Failure.Class)
	require.Contains(t, state.Failure.Reason, "r0: accelerator 3 of any host; measured are 0 (GPU-a) of gpu-1")
}
