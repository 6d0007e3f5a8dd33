package inferencedriver

import (
	"context"
	"log/slog"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/transformers"
)

// Server is an inference server that this process started. It has an Endpoint, Done is
// closed when it ends, and Stop ends it.
type Server = transformers.Server

// StartServer starts the server of a backend with backend.start and waits until it is
// ready. Command is the program `transformers`, by name or path. The service itself
// starts none: this is for a program that runs a config at its user's word.
func StartServer(ctx context.Context, command string, b config.Backend, log *slog.Logger) (*Server, error) {
	return transformers.Start(ctx, command, b, log)
}
