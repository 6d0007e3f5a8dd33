package aeb

import (
	"io"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
)

// Options say where the pipeline runs. The zero value is embedded engines whose
// data is in ./.aeb.
type Options struct {
	// Data is the folder of the embedded engines. Default is AEB_DATA, else .aeb.
	Data string
	// NATS is the URL of a broker: the services run elsewhere and this process is
	// a client of theirs. Empty embeds the broker and the services.
	NATS string
	// ClickHouse is the URL of a server to write tables to, "off" for none, or
	// empty for the embedded engine. A client of a cluster does not use it.
	ClickHouse string
	// Simulator is the base URL of a simulator whose devices are measured instead
	// of this machine's accelerators.
	Simulator string
	// APIKey is sent to the inference server as a bearer token.
	APIKey config.Secret
	// Log gets the services' logs; nil means a file in Data. LogLevel is debug,
	// info, warn or error; default info.
	Log      io.Writer
	LogLevel string
}

func (o Options) stack() stack.Options {
	return stack.Options{
		Data: o.Data, NATS: o.NATS, ClickHouse: o.ClickHouse, Simulator: o.Simulator,
		APIKey: o.APIKey, Log: o.Log, LogLevel: o.LogLevel,
	}
}
