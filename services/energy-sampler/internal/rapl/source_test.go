package rapl

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// tree is a powercap tree: folder to name. Counters start at 1 kJ in a range of
// 262 kJ, as Intel's do.
type tree map[string]string

const wrapUJ = 262_143_328_850

func (tr tree) write(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for folder, name := range tr {
		dir := filepath.Join(root, powercap, folder)
		require.NoError(t, os.MkdirAll(dir, 0o750))
		put(t, root, folder, "name", name+"\n")
		put(t, root, folder, "energy_uj", "1000000000\n")
		put(t, root, folder, "max_energy_range_uj", strconv.FormatUint(wrapUJ, 10)+"\n")
	}
	// The control types themselves are listed beside their zones.
	require.NoError(t, os.MkdirAll(filepath.Join(root, powercap, "intel-rapl"), 0o750))
	return root
}

func put(t *testing.T, root, folder, file, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(root, powercap, folder, file), []byte(content), 0o600))
}

var (
	intelOne = tree{
		"intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:0:1": "uncore", "intel-rapl:0:2": "dram",
		"intel-rapl:1": "psys",
	}
	intelTwo = tree{
		"intel-rapl:0": "package-0", "intel-rapl:0:0": "dram",
		"intel-rapl:1": "package-1", "intel-rapl:1:0": "dram",
	}
	intelDies = tree{
		"intel-rapl:0": "package-0-die-0", "intel-rapl:0:0": "dram",
		"intel-rapl:1": "package-0-die-1", "intel-rapl:1:0": "dram",
	}
	intelTwins = tree{
		"intel-rapl:0": "package-0", "intel-rapl:0:0": "core",
		"intel-rapl-mmio:0": "package-0", "intel-rapl-mmio:0:0": "dram",
	}
	amd = tree{"intel-rapl:0": "package-0", "intel-rapl:0:0": "core"}
)

func TestZonesThatCount(t *testing.T) {
	for _, c := range []struct {
		name string
		tree tree
		psys bool // the platform's zone alone
		want []string
	}{
		{name: "Intel, one package", tree: intelOne, want: []string{"h/package-0 cpu", "h/package-0-dram ram"}},
		{name: "Intel, the platform", tree: intelOne, psys: true, want: []string{"h/psys node"}},
		{name: "Intel, two packages", tree: intelTwo, want: []string{"h/package-0 cpu", "h/package-0-dram ram", "h/package-1 cpu", "h/package-1-dram ram"}},
		{name: "Intel, two dies", tree: intelDies, want: []string{"h/package-0-die-0 cpu", "h/package-0-die-0-dram ram", "h/package-0-die-1 cpu", "h/package-0-die-1-dram ram"}},
		{name: "Intel, register and memory", tree: intelTwins, want: []string{"h/package-0 cpu", "h/package-0-dram ram"}},
		{name: "AMD", tree: amd, want: []string{"h/package-0 cpu"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(Options{Root: c.tree.write(t), Host: "h", CPUName: "Xeon", Psys: c.psys})
			require.NoError(t, err)
			d, err := s.Describe(t.Context())
			require.NoError(t, err)
			var got []string
			for _, one := range d.Devices {
				require.Equal(t, event.Measured, one.Provenance)
				got = append(got, one.ID+" "+string(one.Kind))
				require.Equal(t, one.Kind == event.KindNode, slices.Contains(one.Flags, "overlaps_cpu"), one.ID)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.name != "AMD" && !c.psys, s.Measures(event.KindRAM))
		})
	}
}

func TestTwinsAreReadOnceThroughMemory(t *testing.T) {
	root := intelTwins.write(t)
	zones, err := find(root, false)
	require.NoError(t, err)
	require.True(t, zones[0].mmio)

	// Unless that way cannot be read.
	require.NoError(t, os.Remove(filepath.Join(root, powercap, "intel-rapl-mmio:0/energy_uj")))
	zones, err = find(root, false)
	require.NoError(t, err)
	require.False(t, zones[0].mmio)
}

type sink map[int]device.Reading

func (s sink) Add(i int, r device.Reading) { s[i] = r }

func TestEnergyGoesOnOverAWrap(t *testing.T) {
	root := amd.write(t)
	s, err := Open(Options{Root: root, Host: "h"})
	require.NoError(t, err)
	at := event.Stamp{WallNS: 1, MonoNS: 1}
	read := func(energyUJ uint64) device.Reading {
		put(t, root, "intel-rapl:0", "energy_uj", strconv.FormatUint(energyUJ, 10))
		at.WallNS, at.MonoNS = at.WallNS+int64(time.Second), at.MonoNS+int64(time.Second)
		got := sink{}
		s.Read(t.Context(), at, got)
		return got[0]
	}
	first := read(1_000_000_000 + 5_000_000)
	require.EqualValues(t, 5000, first.EnergyMJ)
	require.Equal(t, event.Missing, first.PowerMW, "one reading has no difference")
	second := read(1_000_000_000 + 65_000_000)
	require.EqualValues(t, 65_000, second.EnergyMJ)
	require.EqualValues(t, 60_000, second.PowerMW)

	read(wrapUJ - 10_000_000)
	wrapped := read(20_000_000)
	require.EqualValues(t, 30_000, wrapped.PowerMW)
	require.Zero(t, wrapped.Flags)
	require.Equal(t, device.CounterReset, read(1_000).Flags)

	require.NoError(t, os.Remove(filepath.Join(root, powercap, "intel-rapl:0/energy_uj")))
	got := sink{}
	s.Read(t.Context(), at, got)
	require.Equal(t, device.ReadError, got[0].Flags)
	require.False(t, got[0].Known())
	require.NotEmpty(t, got[0].Reason)
}

func TestNoCounters(t *testing.T) {
	_, err := Open(Options{Root: t.TempDir(), Host: "h"})
	require.ErrorIs(t, err, device.ErrNone)
	require.NotErrorIs(t, err, ErrPermission)
}

func TestCountersForRootAlone(t *testing.T) {
	root := intelOne.write(t)
	path := filepath.Join(root, powercap, "intel-rapl:0/energy_uj")
	_, err := open(Options{Root: root, Host: "h"}, func(z zone) (uint64, error) {
		return 0, &fs.PathError{Op: "open", Path: filepath.Join(z.path, "energy_uj"), Err: fs.ErrPermission}
	})
	require.ErrorIs(t, err, ErrPermission)
	require.ErrorIs(t, err, device.ErrNone)
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "run the sampler as root")
}

func TestAZoneThatHardwareDoesNotFillIsLeftOut(t *testing.T) {
	root := intelOne.write(t)
	s, err := open(Options{Root: root, Host: "h"}, func(z zone) (uint64, error) {
		if z.name == "dram" {
			return 0, errors.New("no data available")
		}
		return z.energyUJ()
	})
	require.NoError(t, err)
	require.False(t, s.Measures(event.KindRAM))
}
