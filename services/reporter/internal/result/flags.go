package result

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Flags of a row are of its accelerator figures, unless these say whose they are.
const (
	ofCPU = "cpu:"
	ofRAM = "ram:"
)

func prefix(kind event.DeviceKind) string {
	switch kind {
	case event.KindCPU:
		return ofCPU
	case event.KindRAM:
		return ofRAM
	}
	return ""
}

// whose is the kind of device that a row's flag is about, and the flag itself.
func whose(flag string) (event.DeviceKind, string) {
	if name, ok := strings.CutPrefix(flag, ofCPU); ok {
		return event.KindCPU, name
	}
	if name, ok := strings.CutPrefix(flag, ofRAM); ok {
		return event.KindRAM, name
	}
	return event.KindGPU, flag
}

// ofAttempt are flags of attribution that are about the attempt and not about a
// device: the same for every kind of device.
var ofAttempt = map[string]bool{
	attribution.FlagOutsideWindow: true, attribution.FlagPhasesUnknown: true, attribution.FlagQueueUnknown: true,
	attribution.FlagQueueClamped: true, attribution.FlagTokensMissing: true, attribution.FlagTokensUntimed: true,
	attribution.FlagNoDuration: true,
}

// carry adds a share's flags to a row. gpu says whether accelerators have told of
// the attempt already.
func carry(row *event.ResultRequest, s attribution.Share, prefix string, gpu bool) {
	for _, flag := range s.Flags {
		switch {
		case !ofAttempt[flag]:
			row.Flags = append(row.Flags, prefix+flag)
		case prefix == "" || !gpu:
			row.Flags = append(row.Flags, flag)
		}
	}
}

// flagResults list all flags of a run with what they touch.
func flagResults(devices []event.DeviceResult, rows []event.ResultRequest) []event.FlagResult {
	found := map[string]*event.FlagResult{}
	at := func(flag string) *event.FlagResult {
		if found[flag] == nil {
			kind, name := whose(flag)
			known := event.FlagNamed(name)
			found[flag] = &event.FlagResult{Flag: flag, Warns: known.Warns && !inherent(kind, name), Meaning: known.Meaning}
		}
		return found[flag]
	}
	for _, d := range devices {
		for _, flag := range d.Flags {
			f := at(prefix(d.Kind) + flag)
			f.Devices = append(f.Devices, d.ID)
		}
	}
	// The rows of an attempt are neighbours.
	for i := 0; i < len(rows); {
		touched := map[string]bool{}
		first := rows[i]
		for ; i < len(rows) && rows[i].RequestID == first.RequestID && rows[i].Attempt == first.Attempt; i++ {
			for _, flag := range rows[i].Flags {
				touched[flag] = true
			}
		}
		for flag := range touched {
			at(flag).Attempts++
		}
	}
	out := make([]event.FlagResult, 0, len(found))
	for _, f := range found {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b event.FlagResult) int { return cmp.Compare(a.Flag, b.Flag) })
	return out
}

// flagged says in the verdict what devices and attempts carry that warns.
func flagged(s event.Summary, say func(result, format string, args ...any)) {
	byDevice := map[string][]string{}
	for _, d := range s.Devices {
		for _, flag := range d.Flags {
			if event.FlagNamed(flag).Warns && !inherent(d.Kind, flag) {
				byDevice[d.ID] = append(byDevice[d.ID], flag)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byDevice)) {
		say(warned, "%s: %s", id, strings.Join(byDevice[id], ", "))
	}
	for _, f := range s.Flags {
		if f.Warns && len(f.Devices) == 0 && f.Flag != flagClockUnknown {
			say(warned, "%s on %d of %d attempts: %s", f.Flag, f.Attempts, s.Requests.Attempts, f.Meaning)
		}
	}
}

// inherent are flags of what is modelled by its nature: the load model is a mean,
// and neither it nor memory has a baseline.
func inherent(kind event.DeviceKind, flag string) bool {
	return kind != event.KindGPU && (flag == attribution.FlagAveragedPower || flag == attribution.FlagNoBaseline)
}
