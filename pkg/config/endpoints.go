package config

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// The ways to spread requests over several endpoints.
const (
	BalanceRoundRobin = "round_robin"
	BalanceLeastBusy  = "least_busy"
	BalanceReplica    = "replica"
)

// Endpoint is one of several servers that serve the same model.
type Endpoint struct {
	// URL is as backend.endpoint.
	URL string `yaml:"url" json:"url"`
	// Replica names the server and its devices in every result; the default is r0,
	// r1, … in the order of the list.
	Replica string `yaml:"replica" json:"replica,omitempty"`
	// Devices are the accelerators that serve it: more than one for tensor or
	// pipeline parallelism, on more than one host if need be. A request is charged
	// for them and no others. Either every endpoint names its devices or none
	// does, and then each request is charged for all.
	Devices []DeviceGroup `yaml:"devices" json:"devices,omitempty"`
}

// DeviceGroup is some accelerators of a host.
type DeviceGroup struct {
	// Host is a measuring host; empty is every one.
	Host string `yaml:"host" json:"host,omitempty"`
	// IDs are indices or UUIDs of accelerators; empty is all of the host.
	IDs []string `yaml:"ids" json:"ids,omitempty"`
}

// Servers are the endpoints of a backend, each with its replica's name: those that
// are listed, or the one.
func (b Backend) Servers() []Endpoint {
	if len(b.Endpoints) == 0 {
		return []Endpoint{{URL: b.Endpoint, Replica: "r0"}}
	}
	out := slices.Clone(b.Endpoints)
	for i := range out {
		if out[i].Replica == "" {
			out[i].Replica = "r" + strconv.Itoa(i)
		}
	}
	return out
}

// Mapped reports whether the endpoints name their devices.
func (b Backend) Mapped() bool {
	return slices.ContainsFunc(b.Endpoints, func(e Endpoint) bool { return len(e.Devices) > 0 })
}

// Accelerator is one that a run measures.
type Accelerator struct {
	Host string
	// Index is its number on the host, UUID its name everywhere.
	Index int
	UUID  string
}

// Serves reports whether an accelerator serves the endpoint. Without Devices all
// do.
func (e Endpoint) Serves(a Accelerator) bool {
	return len(e.Devices) == 0 || slices.ContainsFunc(e.Devices, func(g DeviceGroup) bool { return g.holds(a) })
}

func (g DeviceGroup) holds(a Accelerator) bool {
	if g.Host != "" && g.Host != a.Host {
		return false
	}
	return len(g.IDs) == 0 || slices.ContainsFunc(g.IDs, func(id string) bool { return is(id, a) })
}

func is(id string, a Accelerator) bool { return id == strconv.Itoa(a.Index) || id == a.UUID }

// Unmeasured lists what the endpoints name and the run does not measure, for
// people: such a device's energy would be missing from its requests.
func (b Backend) Unmeasured(measured []Accelerator) []string {
	var out []string
	for _, e := range b.Servers() {
		for _, g := range e.Devices {
			host := "any host"
			if g.Host != "" {
				host = g.Host
			}
			if len(g.IDs) == 0 && !slices.ContainsFunc(measured, g.holds) {
				out = append(out, fmt.Sprintf("%s: an accelerator of %s", e.Replica, host))
			}
			for _, id := range g.IDs {
				one := DeviceGroup{Host: g.Host, IDs: []string{id}}
				if !slices.ContainsFunc(measured, one.holds) {
					out = append(out, fmt.Sprintf("%s: accelerator %s of %s", e.Replica, id, host))
				}
			}
		}
	}
	return out
}

func (b Backend) checkEndpoints(c *checks) {
	c.oneOf("backend.balance", b.Balance, BalanceRoundRobin, BalanceLeastBusy, BalanceReplica)
	if len(b.Endpoints) == 0 {
		c.require("backend.balance", b.Balance == BalanceRoundRobin, "needs backend.endpoints")
		return
	}
	c.require("backend.device_ids", len(b.DeviceIDs) == 0 || !b.Mapped(), "backend.endpoints name their own devices: set one of them")
	replicas := map[string]int{}
	urls := map[string]int{}
	for i, e := range b.Servers() {
		at := indexPath("backend.endpoints", i)
		c.endpoint(at+".url", e.URL)
		if err := event.CheckToken(e.Replica); err != nil {
			c.require(at+".replica", false, "%v", err)
		}
		first, twice := replicas[e.Replica]
		c.require(at+".replica", !twice, "%q is the name of endpoint %d too", e.Replica, first)
		replicas[e.Replica] = i
		first, twice = urls[e.URL]
		c.require(at+".url", !twice, "is that of endpoint %d too", first)
		urls[e.URL] = i
		c.require(at+".devices", len(e.Devices) > 0 || !b.Mapped(), "missing: the other endpoints name theirs")
		e.checkDevices(c, at+".devices")
	}
}

func (e Endpoint) checkDevices(c *checks, at string) {
	for i, g := range e.Devices {
		path := indexPath(at, i)
		if g.Host != "" {
			if err := event.CheckToken(g.Host); err != nil {
				c.require(path+".host", false, "%v", err)
			}
		}
		same := slices.IndexFunc(e.Devices[:i], func(o DeviceGroup) bool { return o.Host == g.Host })
		c.require(path+".host", same < 0, "%q is listed twice", g.Host)
		for k, id := range g.IDs {
			n, err := strconv.Atoi(id)
			c.require(indexPath(path+".ids", k), id != "" && (err != nil || n >= 0), "%q is neither an index nor a UUID", id)
			c.require(indexPath(path+".ids", k), !slices.Contains(g.IDs[:k], id), "%s is listed twice", id)
		}
	}
}
