package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Client reads a simulator's devices over HTTP.
type Client struct {
	// BaseURL is the simulator's address, with or without a trailing /v1.
	BaseURL string
	// HTTP is http.DefaultClient when nil.
	HTTP *http.Client
}

// clientTimeout bounds one call; callers with less patience use their context.
const clientTimeout = 10 * time.Second

// Devices describes the simulated GPUs.
func (c Client) Devices(ctx context.Context) ([]event.Device, error) {
	var out []event.Device
	return out, c.get(ctx, "devices", nil, &out)
}

// Read reads every sensor once.
func (c Client) Read(ctx context.Context) ([]Reading, error) {
	var out []Reading
	return out, c.get(ctx, "read", nil, &out)
}

// Ledger is the true energy of a run's requests between two moments in Unix
// nanoseconds of the simulator's host; 0 is the first kept moment, and now.
func (c Client) Ledger(ctx context.Context, run event.RunID, fromNS, toNS int64) (*event.TruthRecorded, error) {
	var out event.TruthRecorded
	query := url.Values{"run": {string(run)}, "from_ns": {strconv.FormatInt(fromNS, 10)}, "to_ns": {strconv.FormatInt(toNS, 10)}}
	if err := c.get(ctx, "ledger", query, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

func (c Client) get(ctx context.Context, what string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	address := strings.TrimSuffix(strings.TrimSuffix(c.BaseURL, "/"), "/v1") + "/simulate/" + what
	if query != nil {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("simulator %s: %w", what, err)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("simulator %s: %w", what, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
		return fmt.Errorf("simulator %s: status %d: %s", what, resp.StatusCode, text)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("simulator %s: %w", what, err)
	}
	// To the end, so that the connection is used again.
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
