package stream

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Names of the streams.
const (
	Prompts = "AEB_PROMPTS"
	Events  = "AEB_EVENTS"
	Power   = "AEB_POWER"
	DLQ     = "AEB_DLQ"
)

// Names of the buckets.
const (
	Runs   = "AEB_RUNS"
	Leases = "AEB_LEASES"
	Keys   = "AEB_KEYS"
)

// DuplicatesWindow is how long the broker remembers an event id; retries must end
// within it. It costs the broker about 240 bytes per event.
const DuplicatesWindow = 5 * time.Minute

// For is the stream that holds a kind.
func For(kind subject.Kind) string {
	switch kind {
	case subject.Prompt:
		return Prompts
	case subject.Power:
		return Power
	default:
		return Events
	}
}

// Kinds lists the kinds that a stream holds, in [subject.Kinds] order.
func Kinds(stream string) []subject.Kind {
	var out []subject.Kind
	for _, kind := range subject.Kinds() {
		if For(kind) == stream {
			out = append(out, kind)
		}
	}
	return out
}

// Profile adapts the declaration to where it runs.
type Profile string

// The profiles. Audit forbids deleting single messages; run it on a broker with
// sync_interval always. Cluster keeps three replicas of everything.
const (
	Default Profile = "default"
	Audit   Profile = "audit"
	Cluster Profile = "cluster"
)

// Options size the declaration. The zero value is the default profile and sizes.
type Options struct {
	Profile Profile `yaml:"profile"`
	// MaxAgeH is how many hours events are kept; 0 means 90 days.
	MaxAgeH float64 `yaml:"max_age_h"`
	// Sizes in bytes at which a stream refuses (prompts, events) or forgets
	// (power, dead letters); 0 means the default.
	PromptsMaxBytes int64 `yaml:"prompts_max_bytes"`
	EventsMaxBytes  int64 `yaml:"events_max_bytes"`
	PowerMaxBytes   int64 `yaml:"power_max_bytes"`
}

// Default sizes. Eight GPUs at 10 Hz write about 230 MB a day before
// compression; a request about 2.5 kB.
const (
	defaultMaxAge  = 90 * 24 * time.Hour
	promptsMax     = 1 << 30
	eventsMax      = 4 << 30
	powerMax       = 4 << 30
	deadLettersMax = 128 << 20
	runsMax        = 256 << 20
	leasesMax      = 16 << 20
	keysMax        = 16 << 20
	markerTTL      = time.Hour
)

// Declaration is what a broker shall hold.
type Declaration struct {
	Streams []jetstream.StreamConfig
	Buckets []jetstream.KeyValueConfig
}

// Declare builds the declaration.
func Declare(o Options) Declaration {
	age := time.Duration(o.MaxAgeH * float64(time.Hour))
	if age <= 0 {
		age = defaultMaxAge
	}
	replicas := 1
	if o.Profile == Cluster {
		replicas = 3
	}
	stream := func(name, description string, discard jetstream.DiscardPolicy, size int64, subjects ...string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Description: description, Subjects: subjects,
			Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Compression: jetstream.S2Compression,
			Discard: discard, MaxAge: age, MaxBytes: size,
			MaxMsgs: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
			Duplicates: DuplicatesWindow, Replicas: replicas, AllowDirect: true,
			DenyDelete: o.Profile == Audit,
		}
	}
	bucket := func(name, description string, size int64, marker time.Duration) jetstream.KeyValueConfig {
		return jetstream.KeyValueConfig{
			Bucket: name, Description: description, History: 1, MaxBytes: size,
			Storage: jetstream.FileStorage, Replicas: replicas, LimitMarkerTTL: marker,
		}
	}
	return Declaration{
		Streams: []jetstream.StreamConfig{
			// A refused publish is a visible fault; a forgotten record is not.
			stream(Prompts, "Work, and the arrival trace for a re-run.", jetstream.DiscardNew, or(o.PromptsMaxBytes, promptsMax), subjects(Prompts)...),
			stream(Events, "The record of every experiment.", jetstream.DiscardNew, or(o.EventsMaxBytes, eventsMax), subjects(Events)...),
			stream(Power, "Host-seconds of power samples.", jetstream.DiscardOld, or(o.PowerMaxBytes, powerMax), subjects(Power)...),
			stream(DLQ, "What could not be handled, with payload and reason.", jetstream.DiscardOld, deadLettersMax, deadLetters()...),
		},
		Buckets: []jetstream.KeyValueConfig{
			bucket(Runs, "State of each run, changed by compare-and-swap.", runsMax, 0),
			bucket(Leases, "Exclusive claims that end by themselves.", leasesMax, markerTTL),
			bucket(Keys, "Keys of prompt texts that are not kept, until their runs have been driven.", keysMax, markerTTL),
		},
	}
}

func subjects(name string) []string {
	var out []string
	for _, kind := range Kinds(name) {
		out = append(out, subject.AllOf(kind))
	}
	return out
}

// Advisory subjects, on which the broker says that a consumer gave a message up.
// They are bound to our own streams, so that other users of the broker stay out.
const (
	MaxDeliveries = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
	Terminated    = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED."
)

func deadLetters() []string {
	out := []string{subject.DeadLetters}
	for _, name := range []string{Prompts, Events, Power} {
		out = append(out, MaxDeliveries+name+".*", Terminated+name+".*")
	}
	return out
}

func or(value, fallback int64) int64 {
	if value > 0 {
		return value
	}
	return fallback
}
