package device

import (
	"context"
	"errors"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Errors that constructors of sources return, wrapped with what they concern.
var (
	// ErrNone: this machine has nothing of the kind to measure. It is an answer,
	// not a fault: the host description carries it as a note.
	ErrNone = errors.New("nothing to measure")
	// ErrNoSuchDevice: a device was asked for that this machine does not have.
	ErrNoSuchDevice = errors.New("no such device")
)

// Source is one kind of sensor on this host and the devices it reads. Its
// methods are called from one goroutine at a time.
type Source interface {
	// Describe lists the devices, how each is read and why. Their order is the
	// numbering that Read uses, and does not change.
	Describe(ctx context.Context) (Description, error)
	// Read takes one reading of every device and adds it to the sink. at is the
	// time of the tick, for sensors that have no time of their own. What cannot
	// be read is added too, as a failed reading.
	Read(ctx context.Context, at event.Stamp, into Sink)
	// Close lets go of the sensor. Readings after it fail.
	Close() error
}

// Description is what a source says about its devices.
type Description struct {
	Devices []event.Device
	// Driver is the version of the GPU driver, or "".
	Driver string
	// Notes say in words what could not be measured and what to do about it.
	Notes []string
}

// Sink takes readings of the numbered device.
type Sink interface {
	Add(device int, r Reading)
}

// Reading is what one device said at one moment. The zero value is not a
// reading: start from [Unread].
type Reading struct {
	// AtNS is Unix time in nanoseconds: the sensor's own stamp where it has one.
	AtNS int64
	// PowerMW is milliwatts, EnergyMJ the cumulative counter in millijoules;
	// either may be event.Missing.
	PowerMW, EnergyMJ int64
	// Gauges are the slowly read quantities, nil at most readings.
	Gauges *Gauges
	// Flags are facts about this reading.
	Flags Flags
	// Reason says why there is neither power nor energy; "" when there is.
	Reason string
}

// Gauges explain power but are not power. Each may be event.Missing.
type Gauges struct {
	// AtNS is when they were read, Unix nanoseconds.
	AtNS            int64
	UtilizationPct  int64
	MemoryUsedBytes int64
	SMClockMHz      int64
	TemperatureC    int64
	// ThrottleReasons is the driver's bit mask.
	ThrottleReasons int64
	// ForeignProcesses computed on the device that did not when the run began.
	ForeignProcesses int64
	PowerLimitMW     int64
	// MemoryPowerMW is the memory's part of the board's power, a 1 s average.
	MemoryPowerMW int64
}

// Unread is a reading at a moment with every value missing.
func Unread(atNS int64) Reading {
	return Reading{AtNS: atNS, PowerMW: event.Missing, EnergyMJ: event.Missing}
}

// Failed is a reading that gave nothing, and why.
func Failed(atNS int64, flags Flags, reason string) Reading {
	r := Unread(atNS)
	r.Flags, r.Reason = flags, reason
	return r
}

// NoGauges is a set of gauges at a moment with every value missing.
func NoGauges(atNS int64) Gauges {
	const m = event.Missing
	return Gauges{atNS, m, m, m, m, m, m, m, m}
}

// Known reports whether the reading says anything about energy.
func (r Reading) Known() bool { return r.PowerMW != event.Missing || r.EnergyMJ != event.Missing }
