package hwmon

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// ErrPattern is a pattern that can match nothing.
var ErrPattern = errors.New("not a pattern of hwmon channels")

// CheckPattern returns ErrPattern for what is not CHIP or CHIP/LABEL, each as
// path.Match has it: power_meter, amd_energy/Esocket*.
func CheckPattern(pattern string) error {
	chip, label := split(pattern)
	for _, part := range []string{chip, label} {
		if _, err := path.Match(part, ""); err != nil || part == "" {
			return fmt.Errorf("%w: %q", ErrPattern, pattern)
		}
	}
	return nil
}

// split gives the pattern of the chip's name and that of the channel's label, which may
// have slashes of its own.
func split(pattern string) (chip, label string) {
	chip, label, found := strings.Cut(pattern, "/")
	if !found {
		label = "*"
	}
	return chip, label
}

func (c channel) matches(pattern string) bool {
	chip, label := split(pattern)
	ofChip, _ := path.Match(chip, c.chip)
	// A slash in a label is a character as any other.
	plain := strings.NewReplacer("/", "|")
	ofLabel, _ := path.Match(plain.Replace(label), plain.Replace(c.label))
	return ofChip && ofLabel
}
