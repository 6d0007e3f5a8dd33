package attribution

// API DRAFT: the signatures the reporter codes against; the engine's author may
// split this into files and extend it, and keeps these names.

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// Sample is one reading of a device. PowerMW and EnergyMJ are event.Missing when not read.
type Sample struct {
	TimeNS   int64
	PowerMW  int64
	EnergyMJ int64
}

// Device describes a device's sensors (from host.described).
type Device struct {
	ID              string
	Provenance      event.Provenance
	AverageWindowNS int64   // of the power reading; 0 is instantaneous
	CounterStepNS   int64   // 0 when unknown: the engine detects it from the samples
	GainErrorRel    float64 // 0 when not stated
	IdlePowerMW     int64   // baseline; event.Missing when none was taken
	Flags           []string
}

// Request is one attempt, in the devices' clock.
type Request struct {
	ID      string
	Attempt int
	// Devices that served it (all the devices of its replica).
	Devices []string
	// StartNS is sent; FirstTokenNS event.Missing when it never came; EndNS is the
	// last token, or the end of an attempt without tokens.
	StartNS, FirstTokenNS, EndNS int64
	// QueueNS is time in the server's queue, from server timings; event.Missing when not offered.
	QueueNS int64
	// InputTokens, OutputTokens are event.Missing when the server gave no usage.
	InputTokens, OutputTokens int64
	// Account is the ledger account: "ok", "failed", "cancelled", "warmup" or "retried".
	Account string
	// ClockErrorNS is the uncertainty of the offset applied to its times.
	ClockErrorNS int64
}

// IdlePolicy says what becomes of idle power while requests run.
type IdlePolicy string

// Idle policies.
const (
	IdleShared   IdlePolicy = "shared"
	IdleSeparate IdlePolicy = "separate"
)

// Options configure an engine.
type Options struct {
	// Methods by versioned name, such as "equal-share/v1" and "token-weighted/v1".
	Methods            []string
	IdlePolicy         IdlePolicy
	PrefillTokenWeight float64
	DecodeTokenWeight  float64
	// MaxGapNS: samples further apart than this leave a gap between them (unless an energy counter spans it).
	MaxGapNS int64
}

// Share is one attempt's part under one method. Energies in joules.
type Share struct {
	RequestID string
	Attempt   int
	Method    string
	// EnergyJ = DynamicJ + IdleJ = QueueJ + PrefillJ + DecodeJ.
	EnergyJ, DynamicJ, IdleJ  float64
	QueueJ, PrefillJ, DecodeJ float64
	LowJ, HighJ               float64
	Coverage                  float64
	Provenance                event.Provenance
	// Known is false when nothing was measured while it ran: the energies are then
	// meaningless and must be written as missing.
	Known bool
	Flags []string
}

// Ledger is the account of one device (or of all, Device "") under one method.
type Ledger struct {
	Device, Method                                   string
	MeasuredJ, RequestsJ, IdleJ, UnattributedJ, GapJ float64
	ResidualRel                                      float64
	Accounts                                         map[string]float64 // RequestsJ by Request.Account
}

// DeviceStats describe a device's data over the closed window.
type DeviceStats struct {
	Device                string
	Samples               int64
	Duplicates            int64
	GapNS                 int64
	CounterJ, IntegralJ   float64
	HasCounter, HasPower  bool
	CounterStepNS         int64 // detected, 0 when unknown
	MeanPowerW, MaxPowerW float64
	Flags                 []string // "counter_reset", "counter_frozen", "gap", "averaged_power", ...
}

// Result is what Close returns, everything in canonical order (request id, attempt, method; device, method).
type Result struct {
	Shares  []Share
	Ledgers []Ledger // per device and method, then totals per method with Device ""
	Devices []DeviceStats
}

// Engine attributes incrementally. Not safe for concurrent use.
type Engine struct{}

// NewEngine returns an error for an unknown method or a bad weight.
func NewEngine(o Options) (*Engine, error) { panic("draft") }

// AddDevice must come before the device's samples; the same device again is a no-op when equal, else an error.
func (e *Engine) AddDevice(d Device) error { panic("draft") }

// AddPower takes samples of one device in any order, with duplicates.
func (e *Engine) AddPower(device string, samples []Sample) error { panic("draft") }

// AddGap declares that samples are missing between two moments.
func (e *Engine) AddGap(device string, fromNS, toNS int64) error { panic("draft") }

// AddRequest takes attempts in any order; the same (id, attempt) again is dropped.
func (e *Engine) AddRequest(r Request) error { panic("draft") }

// Advance says that nothing older than watermarkNS will come any more: it settles what is
// final, returns the shares that became final, and frees their memory. Input older than
// the watermark is counted late and ignored.
func (e *Engine) Advance(watermarkNS int64) []Share { panic("draft") }

// Close settles everything over the measured window [fromNS, toNS] and returns the
// whole result (the shares Advance has already returned are not repeated).
func (e *Engine) Close(fromNS, toNS int64) (Result, error) { panic("draft") }
