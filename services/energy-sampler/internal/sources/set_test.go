package sources

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/rapl"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/simulated"
)

// root is a host of two threads and 24 GiB; with counters, one package and its memory,
// the platform, and hwmon's sensors of the processor and of the node.
func root(t *testing.T, counters bool) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"proc/cpuinfo": "processor : 0\nmodel name : AMD EPYC 9654 96-Core Processor\nprocessor : 1\n",
		"proc/meminfo": "MemTotal: 25165824 kB\nMemAvailable: 18874368 kB\n",
		"proc/stat":    "cpu  1 0 0 9 0 0 0 0 0 0\n",
	}
	if counters {
		for zone, name := range map[string]string{"intel-rapl:0": "package-0", "intel-rapl:0:0": "dram"} {
			files["sys/class/powercap/"+zone+"/name"] = name
			files["sys/class/powercap/"+zone+"/energy_uj"] = "1"
			files["sys/class/powercap/"+zone+"/max_energy_range_uj"] = "1000"
		}
		files["sys/class/powercap/intel-rapl:1/name"] = "psys"
		files["sys/class/powercap/intel-rapl:1/energy_uj"] = "1"
		files["sys/class/powercap/intel-rapl:1/max_energy_range_uj"] = "1000"
		files["sys/class/hwmon/hwmon0/name"] = "amd_energy"
		files["sys/class/hwmon/hwmon0/energy1_input"] = "1"
		files["sys/class/hwmon/hwmon1/name"] = "power_meter"
		files["sys/class/hwmon/hwmon1/power1_average"] = "1"
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

type simulator struct{ err error }

func (s simulator) Devices(context.Context) ([]event.Device, error) {
	return []event.Device{{ID: "SIM-0", Kind: event.KindGPU, Name: "Simulated GPU", Provenance: event.Measured, SourceReason: "the simulator's counter"}}, s.err
}
func (s simulator) Read(context.Context) ([]simulated.Sensors, error) { return nil, s.err }
func (s simulator) Ledger(context.Context, event.RunID, int64, int64) (*event.TruthRecorded, error) {
	return nil, s.err
}

func (simulator) Close() {}

func opener(c Config, err error) Opener {
	return Opener{Config: c, Clock: clock.System("h"), Dial: func(string) simulated.Simulator { return simulator{err} }}
}

func TestWhatIsMeasuredAndWhatIsModelled(t *testing.T) {
	nvmltest.Script{Devices: 2, Start: time.Now()}.Install(t)
	library := nvmltest.Library(t)
	const nowhere = "/nowhere/libnvidia-ml.so.1"
	for _, c := range []struct {
		name     string
		config   Config
		counters bool
		want     []string
		notes    []string
	}{
		{
			name: "a laptop", config: Config{GPU: Auto, NVMLLibrary: nowhere, CPU: Auto, RAM: Model},
			want:  []string{"cpu modelled", "ram modelled"},
			notes: []string{"GPUs are not measured: open nvml: nothing to measure: no NVIDIA driver", "the processor is modelled, not measured: nothing to measure: no RAPL"},
		},
		{
			name: "a GPU host with RAPL", config: Config{GPU: Auto, NVMLLibrary: library, CPU: Auto, RAM: Model}, counters: true,
			want: []string{"gpu measured", "gpu measured", "cpu measured", "ram measured"},
		},
		{
			name: "the load model asked for", config: Config{GPU: None, CPU: Load, RAM: Model}, counters: true,
			want: []string{"cpu modelled", "ram modelled"}, notes: []string{"source: none"},
		},
		{
			name: "RAPL and the platform", config: Config{GPU: None, CPU: RAPL, RAM: Model, Node: Psys}, counters: true,
			want: []string{"cpu measured", "ram measured", "node measured"}, notes: []string{"source: none"},
		},
		{
			name: "the load model and the platform", config: Config{GPU: None, CPU: Load, RAM: None, Node: Psys}, counters: true,
			want: []string{"cpu modelled", "node measured"}, notes: []string{"source: none", "ram: none"},
		},
		{
			name: "hwmon in place of RAPL", config: Config{GPU: None, CPU: HWMon, RAM: Model, Node: HWMon}, counters: true,
			want: []string{"cpu measured", "ram modelled", "node measured"}, notes: []string{"source: none"},
		},
		{
			name: "a management controller that is away", config: Config{GPU: None, CPU: None, RAM: None, Node: Redfish},
			want: []string{"node measured"}, notes: []string{"source: none", "cpu: none", "ram: none", "the node is not measured until"},
		},
		{
			name: "simulated", config: Config{GPU: Simulated, CPU: None, RAM: None},
			want: []string{"gpu measured simulated"}, notes: []string{"cpu: none", "ram: none", "simulated"},
		},
		{
			name: "nothing", config: Config{GPU: None, CPU: None, RAM: None},
			notes: []string{"source: none", "cpu: none", "ram: none", "nothing on this host"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.Root = root(t, c.counters)
			c.config.HWMonCPU, c.config.HWMonNode, c.config.HWMonEvery = []string{"amd_energy"}, []string{"power_meter"}, time.Hour
			c.config.Redfish = redfish.Options{URL: "https://127.0.0.1:1", Timeout: time.Second, Every: time.Hour}
			o := opener(c.config, nil)
			set, err := o.Open(t.Context(), Want{})
			require.NoError(t, err)
			described, counts, err := set.Describe(t.Context(), o.Clock.Host())
			require.NoError(t, err)
			require.NoError(t, described.Validate())
			require.Len(t, counts, len(set.Sources))
			var got []string
			for _, d := range described.Devices {
				what := string(d.Kind) + " " + string(d.Provenance)
				if d.Simulated {
					what += " simulated"
				}
				got = append(got, what)
			}
			require.Equal(t, c.want, got)
			require.Len(t, described.Notes, len(c.notes), "%v", described.Notes)
			for i, note := range c.notes {
				require.Contains(t, described.Notes[i], note)
			}
			require.Equal(t, c.config.GPU == Simulated, set.Ledger != nil)
			require.NoError(t, set.Close())
		})
	}
}

type gauges map[string]device.Gauges

type gaugeSink struct {
	ids  []string
	into gauges
}

func (s gaugeSink) Add(i int, r device.Reading) {
	if r.Gauges != nil {
		s.into[s.ids[i]] = *r.Gauges
	}
}

// A host says once how busy it is, whoever measures its processors and its memory.
func TestEveryHostSaysHowBusyItIs(t *testing.T) {
	for name, c := range map[string]struct {
		config   Config
		cpu, ram string
	}{
		"counters": {Config{GPU: None, CPU: RAPL, RAM: Model, Node: Psys}, "h/package-0", "h/package-0-dram"},
		"models":   {Config{GPU: None, CPU: Load, RAM: Model}, "h/cpu", "h/ram"},
		"hwmon":    {Config{GPU: None, CPU: HWMon, RAM: None, HWMonCPU: []string{"amd_energy"}, HWMonEvery: time.Hour}, "h/hwmon0/energy1_input", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Root = root(t, true)
			o := opener(c.config, nil)
			set, err := o.Open(t.Context(), Want{})
			require.NoError(t, err)
			described, counts, err := set.Describe(t.Context(), o.Clock.Host())
			require.NoError(t, err)
			var ids []string
			for _, d := range described.Devices {
				ids = append(ids, d.ID)
			}
			got := gauges{}
			read := func(at time.Duration) {
				rest := ids
				for i, source := range set.Sources {
					source.Read(t.Context(), event.Stamp{WallNS: int64(at), MonoNS: int64(at)}, gaugeSink{rest, got})
					rest = rest[counts[i]:]
				}
			}
			read(time.Hour)
			require.NoError(t, os.WriteFile(filepath.Join(c.config.Root, "proc/stat"), []byte("cpu  31 0 0 79 0 0 0 0 0 0\n"), 0o600))
			read(time.Hour + time.Second)
			want := gauges{}
			cpu := device.NoGauges(int64(time.Hour + 500*time.Millisecond))
			cpu.UtilizationPct = 30
			want[c.cpu] = cpu
			if c.ram != "" {
				ram := device.NoGauges(int64(time.Hour + time.Second))
				ram.MemoryUsedBytes = 6 << 30
				want[c.ram] = ram
			}
			require.Equal(t, want, got)
			require.NoError(t, set.Close())
		})
	}
}

// An error that a run declares is a model's; sensors have their makers'.
func TestADeclaredErrorIsOfModelsAlone(t *testing.T) {
	for _, c := range []struct {
		name     string
		counters bool
		cpu, ram *float64
	}{
		{"both modelled", false, new(0.3), new(0.07)},
		{"both measured", true, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := opener(Config{GPU: None, CPU: Auto, RAM: Model, Root: root(t, c.counters)}, nil)
			set, err := o.Open(t.Context(), Want{CPUErrorRel: 0.3, RAMErrorRel: 0.07})
			require.NoError(t, err)
			described, _, err := set.Describe(t.Context(), o.Clock.Host())
			require.NoError(t, err)
			require.Len(t, described.Devices, 2)
			for i, want := range []*float64{c.cpu, c.ram} {
				d := described.Devices[i]
				require.Equal(t, want, d.GainErrorRel, d.ID)
				require.Equal(t, want != nil, strings.Contains(d.SourceReason, "as the run declares"), d.SourceReason)
			}
			if c.ram != nil {
				require.Contains(t, described.Devices[1].SourceReason, "off by ±7 % at most")
			}
			require.NoError(t, set.Close())
		})
	}
}

func TestWhatIsRequiredMustBeThere(t *testing.T) {
	refused := errors.New("connection refused")
	for name, c := range map[string]struct {
		config Config
		want   error
	}{
		"nvml":       {Config{GPU: NVML, NVMLLibrary: "/nowhere/lib.so", CPU: None, RAM: None}, nvml.ErrNoDriver},
		"simulator":  {Config{GPU: Simulated, SimulatorURL: "http://127.0.0.1:1", CPU: None, RAM: None}, refused},
		"psys":       {Config{GPU: None, CPU: None, RAM: None, Node: Psys}, device.ErrNone},
		"hwmon":      {Config{GPU: None, CPU: HWMon, RAM: None, HWMonCPU: []string{"amd_energy"}}, device.ErrNone},
		"hwmon node": {Config{GPU: None, CPU: None, RAM: None, Node: HWMon, HWMonNode: []string{"power_meter"}}, device.ErrNone},
		"redfish":    {Config{GPU: None, CPU: None, RAM: None, Node: Redfish, Redfish: redfish.Options{CAFile: "/nowhere/ca.pem"}}, os.ErrNotExist},
		"rapl":       {Config{GPU: None, CPU: RAPL, RAM: None}, device.ErrNone},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Root = root(t, false)
			_, err := opener(c.config, refused).Open(t.Context(), Want{})
			require.ErrorIs(t, err, c.want)
			require.NotErrorIs(t, err, rapl.ErrPermission)
		})
	}
}

func TestAGPUThatIsNotThereIsAnErrorOnlyWhereThereAreGPUs(t *testing.T) {
	nvmltest.Script{Devices: 1, Start: time.Now()}.Install(t)
	c := Config{GPU: Auto, NVMLLibrary: nvmltest.Library(t), CPU: None, RAM: Model, Root: root(t, false)}
	_, err := opener(c, nil).Open(t.Context(), Want{GPUs: []int{0, 5}})
	require.ErrorIs(t, err, device.ErrNoSuchDevice)

	c.NVMLLibrary = "/nowhere/lib.so"
	set, err := opener(c, nil).Open(t.Context(), Want{GPUs: []int{0, 5}})
	require.NoError(t, err)
	require.NoError(t, set.Close())
}
