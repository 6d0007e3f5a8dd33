package promptloader

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

// publicHub is where datasets come from unless something says otherwise.
const publicHub = "https://huggingface.co"

// hub makes the client. What the config leaves out is taken from the variables
// that Hugging Face's own tools read.
func (c Config) hub(env func(string) string) (hub.Client, error) {
	h := hub.Client{Endpoint: c.HubEndpoint, CacheDir: c.CacheDir, Offline: c.HubOffline}
	if h.Endpoint == "" {
		h.Endpoint = env("HF_ENDPOINT")
	}
	if h.Endpoint == "" {
		h.Endpoint = publicHub
	}
	var err error
	if h.Token, err = config.SecretOrFile("hub_token", c.HubToken, c.HubTokenFile); err != nil {
		return hub.Client{}, err
	}
	if h.Token == "" {
		h.Token = config.Secret(strings.TrimSpace(env("HF_TOKEN")))
	}
	if offline, err := strconv.ParseBool(env("HF_HUB_OFFLINE")); err == nil && offline {
		h.Offline = true
	}
	if h.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			user = os.TempDir() // a container's user may have no home
		}
		h.CacheDir = filepath.Join(user, "aeb", "datasets")
	}
	return h, nil
}
