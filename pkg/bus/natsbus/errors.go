package natsbus

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// classify marks the client's errors with what pkg/bus branches on. What it leaves
// unmarked may go away by itself and is worth another try.
func classify(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		return fmt.Errorf("%w: %w", driver.ErrClosed, err)
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, nats.ErrBadSubject), errors.Is(err, nats.ErrHeadersNotSupported):
		return fmt.Errorf("%w: %w", driver.ErrRejected, err)
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrConsumerDeleted),
		errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrKeyNotFound):
		return fmt.Errorf("%w: %w", driver.ErrNotFound, err)
	case errors.Is(err, jetstream.ErrKeyExists), wrongRevision(err):
		return fmt.Errorf("%w: %w", driver.ErrConflict, err)
	case errors.As(err, &api) && rejects(api):
		return fmt.Errorf("%w: %w", driver.ErrRejected, err)
	}
	return err
}

// Error codes of the JetStream API (server/errors.json of nats-server).
const (
	codeStreamStoreFailed = 10077
	codeMessageTooLarge   = 10054
	codeWrongLastSeq      = 10071
	codeWrongLastSeqRepl  = 10164
	codeNoResources       = 10023
	codeStreamSealed      = 10109
)

// rejects reports whether the server's answer is final. A full stream says
// codeStreamStoreFailed ("maximum bytes exceeded"); a server that is starting,
// electing a leader or short of resources for the moment says 503.
func rejects(e *jetstream.APIError) bool {
	switch e.ErrorCode {
	case codeStreamStoreFailed, codeMessageTooLarge, codeStreamSealed:
		return true
	case codeNoResources:
		return false
	}
	return e.Code >= http.StatusBadRequest && e.Code < http.StatusInternalServerError
}

func wrongRevision(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == codeWrongLastSeq || api.ErrorCode == codeWrongLastSeqRepl)
}
