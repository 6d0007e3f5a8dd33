package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEndpoints(t *testing.T) {
	one := Default().Backend
	require.Equal(t, []Endpoint{{URL: one.Endpoint, Replica: "r0"}}, one.Servers())
	require.False(t, one.Mapped())

	c, err := Loader{}.LoadRun("", "backend.endpoint=http://c", `backend.endpoints=[{url: "http://a:1"}, {url: "http://b:1", replica: right}]`, "backend.balance=least_busy")
	require.NoError(t, err)
	require.Equal(t, "http://a:1", c.Backend.Endpoint, "what knows one endpoint sees the first")
	require.Equal(t, []Endpoint{{URL: "http://a:1", Replica: "r0"}, {URL: "http://b:1", Replica: "right"}}, c.Backend.Servers())

	c, err = Loader{}.LoadRun("", `backend.endpoints=[
		{url: "http://a:1", devices: [{host: left, ids: [0, 1]}, {host: middle, ids: [GPU-7]}]},
		{url: "http://b:1", devices: [{host: right}]}]`)
	require.NoError(t, err)
	r0, r1 := c.Backend.Servers()[0], c.Backend.Servers()[1]
	for _, x := range []struct {
		Accelerator
		r0, r1 bool
	}{
		{Accelerator{"left", 0, "GPU-1"}, true, false},
		{Accelerator{"left", 2, "GPU-3"}, false, false},
		{Accelerator{"middle", 0, "GPU-7"}, true, false},
		{Accelerator{"middle", 1, "GPU-8"}, false, false},
		{Accelerator{"right", 5, "GPU-9"}, false, true},
	} {
		require.Equal(t, x.r0, r0.Serves(x.Accelerator), x)
		require.Equal(t, x.r1, r1.Serves(x.Accelerator), x)
	}
	require.Equal(t, []string{"r0: accelerator 1 of left", "r0: accelerator GPU-7 of middle", "r1: an accelerator of right"},
		c.Backend.Unmeasured([]Accelerator{{"left", 0, "GPU-1"}}))
	require.Empty(t, c.Backend.Unmeasured([]Accelerator{{"left", 0, "GPU-1"}, {"left", 1, "GPU-2"}, {"middle", 0, "GPU-7"}, {"right", 0, "GPU-9"}}))
}

func TestEndpointProblems(t *testing.T) {
	for _, x := range []struct{ override, says string }{
		{"backend.balance=replica", "needs backend.endpoints"},
		{`backend.endpoints=[{url: "http://a"}, {url: "http://a"}]`, "url: is that of endpoint 0 too"},
		{`backend.endpoints=[{url: "http://a", replica: x}, {url: "http://b", replica: x}]`, `"x" is the name of endpoint 0 too`},
		{`backend.endpoints=[{url: "http://a", replica: r1}, {url: "http://b"}]`, `"r1" is the name of endpoint 0 too`},
		{`backend.endpoints=[{url: "ftp://a"}]`, "http:// or https://"},
		{`backend.endpoints=[{url: "http://a", replica: "a b"}]`, "replica:"},
		{`backend.endpoints=[{url: "http://a", devices: [{ids: [0]}]}, {url: "http://b"}]`, "endpoints[1].devices: missing"},
		{`backend.endpoints=[{url: "http://a", devices: [{ids: [0, 0]}]}]`, "listed twice"},
		{`backend.endpoints=[{url: "http://a", devices: [{ids: [-1]}]}]`, "neither an index nor a UUID"},
		{`backend.endpoints=[{url: "http://a", devices: [{host: h}, {host: h}]}]`, "listed twice"},
		{`backend.endpoints=[{url: "http://a", device: [{host: h}]}]`, "devices"},
	} {
		_, err := Loader{}.LoadRun("", x.override)
		require.ErrorContains(t, err, x.says, x.override)
	}
	_, err := Loader{}.LoadRun("", "backend.device_ids=[0]", `backend.endpoints=[{url: "http://a", devices: [{ids: [0]}]}]`)
	require.ErrorContains(t, err, "device_ids")
}
