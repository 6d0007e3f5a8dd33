package transformers

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// arguments are the command line for a backend whose config is valid. The model comes
// after all flags, so that no name of one is taken for a flag.
func arguments(b config.Backend, host, port string) []string {
	args := []string{"serve", "--host", host, "--port", port, "--device", device(b)}
	if b.TorchDtype != "" {
		args = append(args, "--dtype", b.TorchDtype)
	}
	for _, flag := range []struct {
		on   *bool
		args []string
	}{
		{b.LoadIn4Bit, []string{"--quantization", "bnb-4bit"}},
		{b.LoadIn8Bit, []string{"--quantization", "bnb-8bit"}},
		{b.TrustRemoteCode, []string{"--trust-remote-code"}},
	} {
		if flag.on != nil && *flag.on {
			args = append(args, flag.args...)
		}
	}
	return append(args, "--", b.Model)
}

// device is what the server takes for a device, which it hands on as the map of the
// model's layers: a strategy such as auto where the config names one, or where the model
// may use more than one accelerator.
func device(b config.Backend) string {
	switch {
	case b.DeviceMap != "":
		return b.DeviceMap
	case b.Device == "cuda" && len(b.DeviceIDs) != 1:
		return "auto"
	}
	return b.Device
}

// environment is this process's, without its secrets, and with the accelerators that the
// run is charged for and no others, numbered as the driver library numbers them.
func environment(b config.Backend) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AEB_") })
	if len(b.DeviceIDs) == 0 || b.Device == "cpu" {
		return env
	}
	ids := make([]string, len(b.DeviceIDs))
	for i, id := range b.DeviceIDs {
		ids[i] = strconv.Itoa(id)
	}
	return append(env, "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES="+strings.Join(ids, ","))
}
