package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// ErrModel is returned, wrapped, when a server does not list the model.
var ErrModel = errors.New("model is not served")

// maxPage bounds a page that is read whole.
const maxPage = 4 << 20

// Check asks whether the server at base is up and serves the backend's model, where
// its list tells. A server without /health is up when it lists models.
func (c *Client) Check(ctx context.Context, base string, b config.Backend) error {
	dialect, _ := b.Dialect()
	if !dialect.Unlisted {
		if err := c.lists(ctx, base, b.Model); err != nil {
			return err
		}
	}
	if !dialect.Health {
		return nil
	}
	_, err := c.Get(ctx, base+"/health", maxPage)
	if failed, ok := errors.AsType[*Error](err); ok && failed.Class == NotFound {
		return nil
	}
	return err
}

// lists asks whether the server lists a model.
func (c *Client) lists(ctx context.Context, base, model string) error {
	page, err := c.Get(ctx, base+"/v1/models", maxPage)
	if err != nil {
		return err
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(page, &list); err != nil {
		return fail(ServerError, "its list of models is not JSON: %v", err)
	}
	names := make([]string, len(list.Data))
	for i, m := range list.Data {
		names[i] = m.ID
	}
	if !slices.Contains(names, model) {
		return fmt.Errorf("%w: %q; the server has %s", ErrModel, model, strings.Join(names, ", "))
	}
	return nil
}
