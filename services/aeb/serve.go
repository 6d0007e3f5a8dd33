package aeb

import (
	"context"
	"errors"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	inferencedriver "github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
)

// ErrStart is returned, wrapped, for a server that has to be started elsewhere.
var ErrStart = errors.New("backend.start: `aeb run` starts a server where it runs the driver too: leave out --nats, or start the server yourself and set backend.endpoint")

// serve makes a run whose server is started for it, and ended after it. The server is up
// before the run is requested, so that the idle power measured first is of a machine with
// the model loaded, and every service finds a server that is there.
func (p *Pipeline) serve(ctx context.Context, c config.Run, o promptloader.Opening, show func(Snapshot)) (Result, error) {
	if p.stack.Transformers == "" {
		return Result{}, service.Usage(ErrStart)
	}
	server, err := inferencedriver.StartServer(ctx, p.stack.Transformers, c.Backend, p.stack.Log)
	if err != nil {
		return Result{}, service.Dependency(err)
	}
	c.Backend.Endpoint = server.Endpoint()
	result, err := p.request(ctx, c, o, show)
	return result, errors.Join(err, server.Stop())
}
