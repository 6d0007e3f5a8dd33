package natsbus

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

func TestClassify(t *testing.T) {
	require.NoError(t, classify(nil))
	api := func(code int, errorCode jetstream.ErrorCode) error {
		return fmt.Errorf("nats: %w", &jetstream.APIError{Code: code, ErrorCode: errorCode})
	}
	for _, c := range []struct {
		name string
		give error
		want error // nil: worth another try
	}{
		{"stream full", api(503, codeStreamStoreFailed), driver.ErrRejected},
		{"message too large for the stream", api(400, codeMessageTooLarge), driver.ErrRejected},
		{"message too large for the server", nats.ErrMaxPayload, driver.ErrRejected},
		{"any other bad request", api(400, 10003), driver.ErrRejected},
		{"server short of resources", api(503, codeNoResources), nil},
		{"no leader yet", api(503, 10008), nil},
		{"server fault", api(500, 10051), nil},
		{"no answer", jetstream.ErrAsyncPublishTimeout, nil},
		{"no stream is listening", jetstream.ErrNoStreamResponse, nil},
		{"disconnected", nats.ErrDisconnected, nil},
		{"buffer full while away", nats.ErrReconnectBufExceeded, nil},
		{"closed", nats.ErrConnectionClosed, driver.ErrClosed},
		{"draining", nats.ErrConnectionDraining, driver.ErrClosed},
		{"no stream", jetstream.ErrStreamNotFound, driver.ErrNotFound},
		{"no consumer", jetstream.ErrConsumerNotFound, driver.ErrNotFound},
		{"consumer deleted", jetstream.ErrConsumerDeleted, driver.ErrNotFound},
		{"no bucket", jetstream.ErrBucketNotFound, driver.ErrNotFound},
		{"no key", jetstream.ErrKeyNotFound, driver.ErrNotFound},
		{"no message", jetstream.ErrMsgNotFound, driver.ErrNotFound},
		{"key is there", jetstream.ErrKeyExists, driver.ErrConflict},
		{"another revision", api(400, codeWrongLastSeq), driver.ErrConflict},
		{"another revision, replicated", api(400, codeWrongLastSeqRepl), driver.ErrConflict},
	} {
		got := classify(c.give)
		require.ErrorIs(t, got, c.give, c.name)
		for _, marked := range []error{driver.ErrRejected, driver.ErrClosed, driver.ErrNotFound, driver.ErrConflict} {
			require.Equal(t, errors.Is(c.want, marked), errors.Is(got, marked), "%s: %v", c.name, marked)
		}
	}
}
