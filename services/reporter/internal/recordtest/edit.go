package recordtest

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Edit is the record with something gone wrong in it.
type Edit struct {
	Config config.Run
	items  []Item
}

// NewEdit begins with the record as it is, its files under dir, and without the
// throttled second, which is an event of its own.
func NewEdit(dir string) *Edit {
	e := &Edit{Config: Config(dir)}
	e.items = Items(e.Config)
	e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.Flags = nil })
	return e
}

// Items are the record's, with the config as it is now.
func (e *Edit) Items() []Item {
	for _, item := range e.items {
		if r, ok := item.Data.(*event.RunRequested); ok {
			r.Config = config.Effective(e.Config)
		}
	}
	return e.items
}

// Add puts an event at the end.
func (e *Edit) Add(p event.Producer, data event.Payload) { e.items = append(e.items, Item{p, data}) }

// Drop loses events.
func (e *Edit) Drop(which func(event.Payload) bool) {
	e.items = slices.DeleteFunc(e.items, func(item Item) bool { return which(item.Data) })
}

// Host changes every description of the host.
func (e *Edit) Host(change func(*event.HostDescribed)) {
	for _, item := range e.items {
		if h, ok := item.Data.(*event.HostDescribed); ok {
			change(h)
		}
	}
}

// Device changes every description of a device.
func (e *Edit) Device(id string, change func(*event.Device)) {
	e.Host(func(h *event.HostDescribed) {
		for i := range h.Devices {
			if h.Devices[i].ID == id {
				change(&h.Devices[i])
			}
		}
	})
}

// Seconds changes all readings of a device.
func (e *Edit) Seconds(device string, change func(*event.DeviceSamples)) {
	for second := range Seconds {
		e.Second(second, device, change)
	}
}

// Second changes the readings of a device in one second.
func (e *Edit) Second(second int, device string, change func(*event.DeviceSamples)) {
	n := 0
	for _, item := range e.items {
		p, ok := item.Data.(*event.PowerSampled)
		if !ok {
			continue
		}
		if n == second {
			for i := range p.Devices {
				if p.Devices[i].Device == device {
					change(&p.Devices[i])
				}
			}
		}
		n++
	}
}

// Attempts changes every finished attempt.
func (e *Edit) Attempts(change func(*event.RequestFinished)) {
	for _, item := range e.items {
		if f, ok := item.Data.(*event.RequestFinished); ok {
			change(f)
		}
	}
}
