package membus_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/bustest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/membus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	bustest.Run(t, bustest.Features{TTLStep: 50 * time.Millisecond}, func(*testing.T) bustest.Broker {
		b := membus.NewBroker()
		return bustest.Broker{
			Connect: func(context.Context) (*bus.Bus, error) { return b.Connect(), nil },
			Put:     func(_ context.Context, m *nats.Msg) error { return b.Put(m) },
		}
	})
}
