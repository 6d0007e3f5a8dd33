package batch

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/contract"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

var update = flag.Bool("update", false, "write golden files")

var clock = event.Clock{Host: "gpu1", BootID: "b00t"}

func golden(t *testing.T, name string, payloads []event.Payload) {
	t.Helper()
	var got bytes.Buffer
	for _, p := range payloads {
		require.NoError(t, p.Validate())
		data, err := json.Marshal(p)
		require.NoError(t, err)
		require.NoError(t, contract.Validate(p.EventType(), data))
		raw, err := json.MarshalIndent(map[string]any{"type": p.EventType(), "data": p}, "", " ")
		require.NoError(t, err)
		got.Write(append(raw, '\n'))
	}
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

const sec = int64(time.Second)

// start is a round moment, an hour after boot.
var start = event.Stamp{WallNS: 1_700_000_000 * sec, MonoNS: 3600 * sec}

func reading(offsetNS, powerMW, energyMJ int64) device.Reading {
	r := device.Unread(start.WallNS + offsetNS)
	r.PowerMW, r.EnergyMJ = powerMW, energyMJ
	return r
}

func TestHostSecond(t *testing.T) {
	b := NewBuilder(clock, []string{"GPU-a", "GPU-b", "gpu1/ram"})
	gpus, ram := b.From(0), b.From(2)
	b.Begin(start)
	for i := range int64(4) {
		gpus.Add(0, reading(i*sec/4, 300_000+i, 1_000_000+75_000*i))
		ram.Add(0, reading(i*sec/4, 20_000, event.Missing))
	}
	// The second GPU's counter is stamped when it moved, before its power.
	gpus.Add(1, reading(30, 250_000, event.Missing))
	gpus.Add(1, reading(10, event.Missing, 77))
	gauges := device.NoGauges(start.WallNS + 50)
	gauges.UtilizationPct, gauges.TemperatureC = 97, 61
	r := device.Unread(start.WallNS + 50)
	r.Gauges = &gauges
	gpus.Add(1, r)
	b.Mark(device.TicksMissed)
	golden(t, "second.json", b.End())
	require.Nil(t, b.End(), "a batch ends once")
}

func TestALostDeviceIsAFlagThenAGap(t *testing.T) {
	b := NewBuilder(clock, []string{"GPU-a", "GPU-b"})
	lost := func(offsetNS int64) device.Reading {
		return device.Failed(start.WallNS+offsetNS, device.DeviceLost, "fallen off the bus")
	}
	b.Begin(start)
	for i := range int64(2) {
		b.Add(0, reading(i*sec/2, 100_000, 5+i))
		b.Add(1, lost(i*sec/2))
	}
	golden(t, "lost-first.json", b.End())

	b.Begin(event.Stamp{WallNS: start.WallNS + sec, MonoNS: start.MonoNS + sec})
	b.Add(0, lost(sec))
	b.Add(1, reading(sec, 90_000, 8))
	golden(t, "lost-second.json", b.End())

	b.Begin(event.Stamp{WallNS: start.WallNS + 2*sec, MonoNS: start.MonoNS + 2*sec})
	golden(t, "lost-close.json", b.Close(start.WallNS+3*sec))
}

// Law: every reading that was known is in exactly one row, in order of time, with
// its values; nothing else is.
func TestBatchesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Just(event.Missing), rapid.Int64Range(0, 1_000_000))
		b := NewBuilder(clock, []string{"a", "b"})
		want := map[string]map[powerRow]int{"a": {}, "b": {}}
		got := map[string]map[powerRow]int{"a": {}, "b": {}}
		at := start
		for range rapid.IntRange(1, 4).Draw(t, "seconds") {
			b.Begin(at)
			for range rapid.IntRange(0, 20).Draw(t, "readings") {
				i := rapid.IntRange(0, 1).Draw(t, "device")
				r := device.Unread(at.WallNS + rapid.Int64Range(-1000, sec).Draw(t, "offset"))
				r.PowerMW, r.EnergyMJ = value.Draw(t, "power"), value.Draw(t, "energy")
				r.Reason = "silent"
				b.Add(i, r)
				if r.Known() {
					want[[]string{"a", "b"}[i]][powerRow{r.AtNS, r.PowerMW, r.EnergyMJ}]++
				}
			}
			for _, p := range b.End() {
				require.NoError(t, p.Validate())
				s, ok := p.(*event.PowerSampled)
				if !ok {
					continue
				}
				for _, d := range s.Devices {
					for k, offset := range d.TNS {
						row := powerRow{s.Start.WallNS + offset, event.Missing, event.Missing}
						if d.PowerMW.Known(k) {
							row.powerMW = d.PowerMW[k]
						}
						if d.EnergyMJ.Known(k) {
							row.energyMJ = d.EnergyMJ[k]
						}
						got[d.Device][row]++
					}
				}
			}
			at.WallNS, at.MonoNS = at.WallNS+sec, at.MonoNS+sec
		}
		require.Equal(t, want, got)
	})
}
