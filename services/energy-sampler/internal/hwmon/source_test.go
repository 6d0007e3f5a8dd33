package hwmon

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/counter"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// tree is a host: files by path under the class folder. A folder's device is a link to
// where its bus has it, as the kernel makes them.
type tree map[string]string

func (tr tree) write(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range tr {
		entry, file, _ := strings.Cut(path, "/")
		folder := filepath.Join(root, class, entry)
		require.NoError(t, os.MkdirAll(folder, 0o750))
		if link, ok := strings.CutPrefix(content, "-> "); ok {
			require.NoError(t, os.MkdirAll(filepath.Join(root, "sys/devices", link), 0o750))
			require.NoError(t, os.Symlink("../../../devices/"+link, filepath.Join(folder, file)))
		}
	}
	for path, content := range tr {
		if !strings.HasPrefix(content, "-> ") {
			put(t, root, path, content)
		}
	}
	return root
}

func put(t *testing.T, root, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(root, class, path), []byte(content+"\n"), 0o600))
}

// host has a processor with two sockets of counters, two power supplies, an ACPI meter
// by the old kind of driver, the meters of a Grace module, a GPU and a disk.
var host = tree{
	"hwmon0/device": "-> amd_energy.0", "hwmon0/name": "amd_energy",
	"hwmon0/energy1_input": "1000000", "hwmon0/energy1_label": "Ecore000",
	"hwmon0/energy2_input": "5000000", "hwmon0/energy2_label": "Esocket0",
	"hwmon0/energy3_input": "7000000", "hwmon0/energy3_label": "Esocket1",
	"hwmon1/device": "-> 3-0058", "hwmon1/name": "pmbus",
	"hwmon1/power1_input": "412000000", "hwmon1/power1_label": "pin", "hwmon1/power1_average": "400000000",
	"hwmon1/power2_input": "380000000", "hwmon1/power2_label": "pout1",
	"hwmon2/device": "-> 3-0059", "hwmon2/name": "pmbus",
	"hwmon2/power1_input": "398000000", "hwmon2/power1_label": "pin",
	"hwmon3/device": "-> ACPI000D:00", "hwmon3/device/name": "power_meter",
	"hwmon3/device/power1_average": "812000000", "hwmon3/device/power1_average_interval": "1000",
	"hwmon4/name": "power_meter", "hwmon4/power1_average": "95000000", "hwmon4/power1_oem_info": "CPU Power Socket 0",
	"hwmon5/device": "-> 0000:41:00.0", "hwmon5/name": "amdgpu", "hwmon5/power1_average": "300000000",
	"hwmon6/name": "nvme", "hwmon6/temp1_input": "40000",
	"hwmon7/name": "meter", "hwmon7/energy1_input": "10", "hwmon7/power1_input": "20",
}

func TestWhatIsRead(t *testing.T) {
	root := host.write(t)
	for _, c := range []struct {
		name     string
		scope    event.DeviceKind
		patterns []string
		want     []string
	}{
		{
			name: "sockets without their cores", scope: event.KindCPU, patterns: []string{"amd_energy/Esocket*"},
			want: []string{
				"h/hwmon0/energy2_input amd_energy Esocket0 (amd_energy.0) hwmon.amd_energy.energy2_input",
				"h/hwmon0/energy3_input amd_energy Esocket1 (amd_energy.0) hwmon.amd_energy.energy3_input",
			},
		},
		{
			name: "two power supplies by what they draw, the present power", scope: event.KindNode, patterns: []string{"pmbus/pin"},
			want: []string{
				"h/hwmon1/power1_input pmbus pin (3-0058) hwmon.pmbus.power1_input",
				"h/hwmon2/power1_input pmbus pin (3-0059) hwmon.pmbus.power1_input",
			},
		},
		{
			name: "the ACPI meter, a folder further down", scope: event.KindNode, patterns: []string{"power_meter/1"},
			want: []string{"h/hwmon3/power1_average power_meter 1 (ACPI000D:00) hwmon.power_meter.power1_average"},
		},
		{
			name: "the processor's part of a Grace module", scope: event.KindCPU, patterns: []string{"power_meter/CPU Power*"},
			want: []string{"h/hwmon4/power1_average power_meter CPU Power Socket 0 (hwmon4) hwmon.power_meter.power1_average"},
		},
		{
			name: "a counter and the power of the same channel", scope: event.KindNode, patterns: []string{"meter"},
			want: []string{"h/hwmon7/energy1_input meter 1 (hwmon7) hwmon.meter.energy1_input"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(Options{Root: root, Host: "h", Scope: c.scope, Patterns: c.patterns})
			require.NoError(t, err)
			d, err := s.Describe(t.Context())
			require.NoError(t, err)
			var got []string
			for _, one := range d.Devices {
				source := one.EnergySource
				if source == "" {
					source = one.PowerSource
				}
				got = append(got, one.ID+" "+one.Name+" "+source)
				require.Equal(t, c.scope, one.Kind)
				require.Equal(t, event.Measured, one.Provenance)
				require.Equal(t, c.scope == event.KindNode, strings.Contains(strings.Join(one.Flags, " "), "overlaps_cpu"))
				require.Equal(t, strings.HasSuffix(one.PowerSource, "_average"), strings.Contains(strings.Join(one.Flags, " "), "averaged_power"))
			}
			require.Equal(t, c.want, got)
			require.NoError(t, s.Close())
		})
	}
}

func TestAMeanSaysOverWhat(t *testing.T) {
	root := host.write(t)
	f := func(pattern string, want time.Duration, reason string) {
		t.Helper()
		s, err := Open(Options{Root: root, Host: "h", Scope: event.KindNode, Patterns: []string{pattern}})
		require.NoError(t, err)
		require.EqualValues(t, want, s.devices[0].AverageWindowNS)
		require.Contains(t, s.devices[0].SourceReason, reason)
	}
	f("power_meter/1", time.Second, "a mean over 1s")
	f("power_meter/CPU*", 0, "a mean over a time that it does not tell")
}

type sink map[int]device.Reading

func (s sink) Add(i int, r device.Reading) { s[i] = r }

func TestReadings(t *testing.T) {
	root := host.write(t)
	s, err := Open(Options{Root: root, Host: "h", Scope: event.KindNode, Patterns: []string{"amd_energy/Esocket0", "pmbus/pin"}})
	require.NoError(t, err)
	at := event.Stamp{WallNS: 1, MonoNS: 1}
	read := func() sink {
		got := sink{}
		at.WallNS, at.MonoNS = at.WallNS+int64(time.Second), at.MonoNS+int64(time.Second)
		s.Read(t.Context(), at, got)
		return got
	}
	first := read()
	require.Zero(t, first[0].EnergyMJ)
	require.EqualValues(t, 412_000, first[1].PowerMW)
	require.Equal(t, event.Missing, first[1].EnergyMJ)
	require.EqualValues(t, 398_000, first[2].PowerMW)

	put(t, root, "hwmon0/energy2_input", "205000000")
	put(t, root, "hwmon1/power1_input", "-3")
	require.NoError(t, os.Remove(filepath.Join(root, class, "hwmon2/power1_input")))
	second := read()
	require.EqualValues(t, 200_000, second[0].EnergyMJ)
	require.EqualValues(t, 200_000, second[0].PowerMW)
	require.Equal(t, at.WallNS, second[0].AtNS)
	for i, reason := range map[int]string{1: "not a number", 2: "no such file"} {
		require.False(t, second[i].Known())
		require.Equal(t, device.ReadError, second[i].Flags)
		require.Contains(t, second[i].Reason, reason)
	}

	put(t, root, "hwmon0/energy2_input", "1000")
	reset := read()
	require.Equal(t, device.CounterReset, reset[0].Flags)
	require.Equal(t, event.Missing, reset[0].PowerMW)
}

func TestWhatIsRefused(t *testing.T) {
	root := host.write(t)
	f := func(root, pattern string, want ...string) {
		t.Helper()
		_, err := Open(Options{Root: root, Host: "h", Scope: event.KindNode, Patterns: []string{pattern}})
		require.ErrorIs(t, err, device.ErrNone)
		require.NotErrorIs(t, err, ErrPermission)
		for _, text := range want {
			require.ErrorContains(t, err, text)
		}
	}
	f(root, "amdgpu", "amdgpu in hwmon5 is an accelerator's sensor, of no node")
	f(root, "ina226", "no hwmon channel matches ina226", "pmbus/pin", "amd_energy/Esocket0", "power_meter/CPU Power Socket 0")
	f(t.TempDir(), "power_meter", "there is none at all")
}

func TestSensorsForRootAlone(t *testing.T) {
	root := host.write(t)
	o := Options{Root: root, Host: "h", Scope: event.KindCPU, Patterns: []string{"amd_energy/Esocket*"}}
	_, err := open(o, func(path string) (uint64, error) {
		return 0, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	})
	require.ErrorIs(t, err, ErrPermission)
	require.ErrorIs(t, err, device.ErrNone)
	require.ErrorContains(t, err, filepath.Join(root, class, "hwmon0/energy2_input"))
	require.ErrorContains(t, err, "run the sampler as root")

	// One that only fails now and then is a device with a gap, and not left out.
	s, err := open(o, func(path string) (uint64, error) {
		if strings.Contains(path, "energy3") {
			return 0, fs.ErrClosed
		}
		return counter.ReadFile(path)
	})
	require.NoError(t, err)
	require.Len(t, s.devices, 2)
}
