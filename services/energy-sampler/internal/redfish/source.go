package redfish

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Options say whom to ask.
type Options struct {
	// URL is the controller's, https://host; Account whom it knows.
	URL     string
	Account Account
	// CAFile is the authority to trust; empty are the system's. SkipVerify trusts anyone.
	CAFile     string
	SkipVerify bool
	// Chassis is the id of the one to measure; empty is the only one.
	Chassis string
	// Timeout bounds a request, Every is how often readings will be taken.
	Timeout, Every time.Duration
	// Host prefixes the device's id.
	Host string
}

// retryRefused is how long a controller that refused the account is left alone: some
// lock it after a few tries.
const retryRefused = time.Minute

// Source is the node, as its controller sees it.
type Source struct {
	client *client
	clock  clock.Clock
	want   string
	logout func() error

	meter  *meter
	device event.Device
	notes  []string
	away   error

	energyMJ int64
	// refusal is why the controller is not asked until quietNS, on the monotonic clock.
	refusal error
	quietNS int64
}

var _ device.Source = (*Source)(nil)

// Open looks the chassis up. A controller that refuses or is away is no error: Away
// says so, and it is looked up again at each reading. ctx is the source's life.
func Open(ctx context.Context, o Options, c clock.Clock) (*Source, error) {
	base, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("redfish: the URL cannot be read")
	}
	trust, err := authorities(o.CAFile)
	if err != nil {
		return nil, err
	}
	s := &Source{
		client: newClient(base, o.Account, trust, o.SkipVerify, o.Timeout), clock: c, want: o.Chassis, energyMJ: event.Missing,
	}
	s.logout = func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Timeout)
		defer cancel()
		return s.client.close(ctx)
	}
	_, s.away = s.ask(ctx, c.Now())
	s.describe(o)
	return s, nil
}

// Away is why the controller gave no figure when it was first asked; nil when it did.
func (s *Source) Away() error { return s.away }

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("redfish: read the authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("redfish: no certificate in %s", file)
	}
	return pool, nil
}

// describe settles what the host's description says, by what the first question found.
func (s *Source) describe(o Options) {
	m := s.meter
	if m == nil {
		m = &meter{id: o.Chassis, name: "management controller"}
	}
	if o.SkipVerify {
		s.notes = append(s.notes, "the management controller's certificate is not verified, so what answers may be another")
	}
	period := int64(o.Every)
	s.device = event.Device{
		ID: path.Join(o.Host, "redfish", m.id), Kind: event.KindNode, Name: m.name,
		PowerSource: m.source(), Provenance: event.Measured,
		SourceReason: "the management controller's reading of the whole node, which is not added to its parts; what it is a mean of is not told",
		Flags:        (device.AveragedPower | device.OverlapsCPU).Names(),
	}
	if s.away != nil {
		s.device.SourceReason += "; when the run began it gave none: " + s.away.Error()
	}
	if m.interval != "" {
		s.device.SourceReason += "; its sensor senses every " + m.interval
	}
	if m.gainRel > 0 {
		s.device.GainErrorRel = &m.gainRel
	}
	if m.counts {
		s.device.EnergySource, s.device.CounterStepNS = m.source()+".energy", &period
	}
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	return device.Description{Devices: []event.Device{s.device}, Notes: s.notes}, nil
}

// Read implements device.Source. A reading is of the middle of its request.
func (s *Source) Read(ctx context.Context, at event.Stamp, into device.Sink) {
	found, err := s.ask(ctx, at)
	if ctx.Err() != nil {
		return // we are closed, which is no fault of the controller's
	}
	if err != nil {
		// When a counter moved that was not read meanwhile is not known.
		s.energyMJ = event.Missing
		into.Add(0, device.Failed(at.WallNS, device.ReadError, err.Error()))
		return
	}
	r := device.Unread(at.WallNS + (s.clock.Now().MonoNS-at.MonoNS)/2)
	r.PowerMW, r.EnergyMJ, r.Flags = found.powerMW, s.moved(found.energyMJ), device.CallTime
	if r.Known() {
		into.Add(0, r)
	}
}

// moved is the energy counter where it has just moved. A counter of kWh with three
// digits stands still for seconds, and what it says between is nothing new: only where
// it moves does it tell when an energy was reached.
func (s *Source) moved(energyMJ int64) int64 {
	before := s.energyMJ
	s.energyMJ = energyMJ
	if before == event.Missing || before == energyMJ {
		return event.Missing
	}
	return energyMJ
}

// ask takes the present figures, and looks the chassis up where that was not done.
func (s *Source) ask(ctx context.Context, at event.Stamp) (figures, error) {
	if s.refusal != nil && at.MonoNS < s.quietNS {
		return figures{}, s.refusal
	}
	found, err := s.figures(ctx)
	s.refusal = nil
	if errors.Is(err, ErrUnauthorised) {
		s.refusal, s.quietNS = err, at.MonoNS+int64(retryRefused)
	}
	return found, err
}

func (s *Source) figures(ctx context.Context) (figures, error) {
	if s.meter == nil {
		m, err := find(ctx, s.client, s.want)
		if err != nil {
			return figures{}, err
		}
		s.meter = m
	}
	return s.meter.read(ctx, s.client)
}

// Close implements device.Source: it ends the session at the controller.
func (s *Source) Close() error {
	if err := s.logout(); err != nil {
		return fmt.Errorf("end the session at the management controller: %w", err)
	}
	return nil
}
