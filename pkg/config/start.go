package config

import (
	"net/netip"
	"net/url"
)

const (
	// freePort is where a server is started whose place is not given.
	freePort = "http://127.0.0.1:0"
	// startTimeoutS is what a model gets to be fetched and loaded.
	startTimeoutS = 600
)

// settleStart makes a backend of type pytorch start its server unless one is named.
func (b *Backend) settleStart(given func(key string) bool) {
	somewhere := given("backend.endpoint") || given("backend.endpoints")
	if b.Type == BackendPyTorch && !given("backend.start") {
		b.Start = !somewhere
	}
	if !b.Start {
		return
	}
	if !somewhere {
		b.Endpoint = freePort
	}
	if !given("backend.ready_timeout_s") {
		b.ReadyTimeoutS = startTimeoutS
	}
}

// Unstarted reports whether the backend's server has yet to be started.
func (b Backend) Unstarted() bool {
	u, err := url.Parse(b.Endpoint)
	return err == nil && b.Start && u.Port() == "0"
}

// checkStart refuses what a server that is started could not be told.
func (b Backend) checkStart(c *checks) {
	if !b.Start {
		return
	}
	c.require("backend.start", b.Type == BackendPyTorch, "a server of type %s is not started, only one of type pytorch: start it yourself and set backend.endpoint", b.Type)
	c.require("backend.endpoints", len(b.Endpoints) == 0, "backend.start starts one server, which backend.endpoint names")
	c.require("backend.endpoint", loopback(b.Endpoint), "a server is started on this machine's loopback: give http://127.0.0.1:PORT, nothing for a free port, or backend.start=false for a server that runs already")
	const noFlag = "transformers serve has no flag for it: leave it out, or start the server in a program of your own and set backend.endpoint"
	c.require("backend.max_memory", len(b.MaxMemory) == 0, noFlag)
	c.require("backend.gpu_memory_utilization", b.GPUMemoryUtilization == nil, noFlag)
	c.require("backend.load_in_4bit", !set(b.LoadIn4Bit) || !set(b.LoadIn8Bit), "load_in_8bit is set too: a model is loaded in one way")
	c.require("backend.device_map", b.DeviceMap == "" || b.Device == "cuda", "spreads a model over CUDA devices, and backend.device is %s", b.Device)
}

func set(b *bool) bool { return b != nil && *b }

// loopback reports whether a URL is of this machine, by address and not by name.
func loopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host, err := netip.ParseAddr(u.Hostname())
	return err == nil && host.IsLoopback() && u.Port() != ""
}
