package hwmon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// class is where the kernel lists the chips, as hwmon0, hwmon1, …
const class = "sys/class/hwmon"

// accelerators are chips that measure one (the names are the kernel drivers').
var accelerators = []string{"amdgpu", "radeon", "nouveau", "i915", "xe", "habanalabs"}

// channel is one quantity of a chip.
type channel struct {
	// chip is its name, bus the device that it sits on, entry its folder: power_meter,
	// ACPI000D:00, hwmon3.
	chip, bus, entry string
	// number is the channel's on its chip, label its name there, or else the number.
	number, label string
	// path is the file with the figure, whose name is attribute: energy1_input in
	// microjoules; power1_input or power1_average in microwatts.
	path, attribute string
	energy          bool
	// window is what power1_average is a mean over; 0 where that is not told, and for
	// what is no mean.
	window time.Duration
}

func (c channel) averaged() bool { return strings.HasSuffix(c.attribute, "_average") }

// channels lists what the chips under root measure, by folder and attribute.
func channels(root string) ([]channel, error) {
	entries, err := os.ReadDir(filepath.Join(root, class))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read hwmon: %w", err)
	}
	var out []channel
	for _, entry := range entries {
		found, err := ofChip(root, entry.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// ofChip lists one chip. Its files are beside its name, which older drivers, the ACPI
// power meter's among them, have one folder further down.
func ofChip(root, entry string) ([]channel, error) {
	folder := filepath.Join(root, class, entry)
	device := filepath.Join(folder, "device")
	name, err := text(folder, "name")
	if err != nil {
		folder = device
		if name, err = text(folder, "name"); err != nil {
			return nil, nil
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", entry, err)
	}
	bus := entry
	if target, err := os.Readlink(device); err == nil {
		bus = filepath.Base(target)
	}
	var out []channel
	for _, file := range files {
		if c, ok := parse(folder, file.Name()); ok {
			c.chip, c.bus, c.entry = name, bus, entry
			out = append(out, c)
		}
	}
	return slices.DeleteFunc(slices.Clone(out), func(c channel) bool { return slices.ContainsFunc(out, c.yields) }), nil
}

// yields reports whether another of the chip's channels says the same, and better: a
// counter misses nothing that the power of its label shows, and a mean less than the
// present power does.
func (c channel) yields(to channel) bool {
	if c.energy || to.energy {
		return to.energy && !c.energy && to.label == c.label
	}
	return to.number == c.number && c.averaged() && !to.averaged()
}

// figure is the name of a file with energy or power.
var figure = regexp.MustCompile(`^(energy|power)(\d+)_(input|average)$`)

func parse(folder, file string) (channel, bool) {
	m := figure.FindStringSubmatch(file)
	if m == nil || m[1] == "energy" && m[3] != "input" {
		return channel{}, false
	}
	c := channel{path: filepath.Join(folder, file), attribute: file, number: m[2], label: m[2], energy: m[1] == "energy"}
	// The ACPI meter of a Grace processor has its label as oem_info.
	for _, suffix := range []string{"_label", "_oem_info"} {
		if label, err := text(folder, m[1]+m[2]+suffix); err == nil && label != "" {
			c.label = label
			break
		}
	}
	if c.averaged() {
		interval, _ := text(folder, m[1]+m[2]+"_average_interval")
		if ms, err := strconv.ParseUint(interval, 10, 31); err == nil {
			c.window = time.Duration(ms) * time.Millisecond
		}
	}
	return c, true
}

func text(folder, file string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(folder, file))
	return strings.TrimSpace(string(raw)), err
}
