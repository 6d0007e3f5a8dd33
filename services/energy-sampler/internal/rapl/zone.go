package rapl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/counter"
)

// ErrPermission means that counters are there but may not be read. Kernels give
// them to root alone since CVE-2020-8694, because they reveal what is computed.
var ErrPermission = errors.New("RAPL counters may not be read")

// zone is one powercap folder.
type zone struct {
	path string
	// name as the kernel has it: package-0, package-0-die-1, dram, psys, core.
	name string
	// parent is the name of the zone it stands in, or "".
	parent string
	// mmio: reached through memory instead of a register.
	mmio bool
	// rangeUJ is where the counter wraps.
	rangeUJ uint64
}

// label is the zone's name, unique on the host.
func (z zone) label() string {
	if z.parent != "" {
		return z.parent + "-" + z.name
	}
	return z.name
}

func (z zone) energyUJ() (uint64, error) {
	return counter.ReadFile(filepath.Join(z.path, "energy_uj"))
}

// powercap is where the kernel lists the zones of every control type, flat.
const powercap = "sys/class/powercap"

// find lists the zones under root that count energy of their own, by label: those of
// processors and memory, or that of the platform.
func find(root string, psys bool) ([]zone, error) {
	entries, err := os.ReadDir(filepath.Join(root, powercap))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read powercap: %w", err)
	}
	var all []zone
	for _, entry := range entries {
		z, ok, err := parse(root, entry.Name())
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, z)
		}
	}
	all = slices.DeleteFunc(all, func(z zone) bool { return !z.counts(psys) })
	return distinct(all), nil
}

// parse reads a zone folder: intel-rapl:0, intel-rapl:0:1, intel-rapl-mmio:0. The
// driver has that name on AMD too.
func parse(root, folder string) (zone, bool, error) {
	kind, numbers, ok := strings.Cut(folder, ":")
	if !ok || !strings.HasPrefix(kind, "intel-rapl") {
		return zone{}, false, nil
	}
	z := zone{path: filepath.Join(root, powercap, folder), mmio: kind == "intel-rapl-mmio"}
	name, err := os.ReadFile(filepath.Join(z.path, "name"))
	if err != nil {
		return zone{}, false, nil
	}
	z.name = strings.TrimSpace(string(name))
	if outer, _, nested := strings.Cut(numbers, ":"); nested {
		parent, err := os.ReadFile(filepath.Join(root, powercap, kind+":"+outer, "name"))
		if err != nil {
			return zone{}, false, nil
		}
		z.parent = strings.TrimSpace(string(parent))
	}
	if z.rangeUJ, err = counter.ReadFile(filepath.Join(z.path, "max_energy_range_uj")); err != nil {
		return zone{}, false, fmt.Errorf("read the range of %s: %w", z.label(), err)
	}
	return z, true, nil
}

// counts reports whether the zone adds energy that no other zone has. Cores and
// graphics are inside their package; psys has everything inside it.
func (z zone) counts(psys bool) bool {
	switch {
	case psys, z.name == "psys":
		return psys && z.name == "psys"
	case z.parent == "":
		return strings.HasPrefix(z.name, "package")
	}
	return z.name == "dram"
}

// distinct keeps one of the zones that carry one label: the counter is the same,
// reached through a register and through memory. Memory is preferred as the way
// that newer platforms keep, unless it cannot be read.
func distinct(zones []zone) []zone {
	slices.SortStableFunc(zones, func(a, b zone) int { return strings.Compare(a.label(), b.label()) })
	var out []zone
	for _, z := range zones {
		last := len(out) - 1
		if last < 0 || out[last].label() != z.label() {
			out = append(out, z)
			continue
		}
		if better(z, out[last]) {
			out[last] = z
		}
	}
	return out
}

func better(a, b zone) bool {
	if ra, rb := a.readable(), b.readable(); ra != rb {
		return ra
	}
	return a.mmio && !b.mmio
}

func (z zone) readable() bool {
	_, err := z.energyUJ()
	return err == nil
}
