package stack

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
)

// NoClickHouse as Options.ClickHouse writes no tables.
const NoClickHouse = "off"

// startBroker embeds nats-server on disk, declares the streams, and connects.
func (s *Stack) startBroker(ctx context.Context, o Options) (bus.Options, error) {
	server, err := nats.Start(ctx, nats.Options{StoreDir: filepath.Join(o.Data, "nats")})
	if err != nil {
		return bus.Options{}, fmt.Errorf("start embedded NATS: %w", err)
	}
	s.closers = append(s.closers, server.Stop)
	options := server.ConnectOptions()
	if err := Setup(ctx, options); err != nil {
		return bus.Options{}, err
	}
	return options, s.connect(ctx, options)
}

// startClickHouse embeds the engine unless there is another, and goes on without
// it where it cannot be had.
func (s *Stack) startClickHouse(ctx context.Context, o *Options) error {
	if o.ClickHouse != "" {
		return nil
	}
	server, err := clickhouse.Start(ctx, clickhouse.Options{Dir: filepath.Join(o.Data, "clickhouse"), Log: s.Log})
	if errors.Is(err, clickhouse.ErrUnavailable) {
		o.ClickHouse = NoClickHouse
		s.Notes = append(s.Notes, "no tables: "+err.Error())
		return nil
	}
	if err != nil {
		return fmt.Errorf("start embedded ClickHouse: %w", err)
	}
	s.clickHouse = server
	s.closers = append(s.closers, server.Stop)
	return nil
}

// reportTo points the reporter at the tables.
func (s *Stack) reportTo(c *reporter.Config, o Options) {
	switch {
	case s.clickHouse != nil:
		c.ClickHouse.URL = s.clickHouse.URL()
		c.ClickHouse.User = s.clickHouse.User()
		c.ClickHouse.Password = s.clickHouse.Password()
	case o.ClickHouse == NoClickHouse:
		c.ClickHouse.URL = ""
	default:
		c.ClickHouse.URL = o.ClickHouse
	}
}

// Tables says where the run's tables are, or "".
func (s *Stack) Tables() string {
	if s.clickHouse == nil {
		return ""
	}
	return s.clickHouse.Dir() + " (aeb up opens them and their dashboard)"
}

// Describe says where the engines listen and who may come in.
func (s *Stack) Describe() string {
	text := "pipeline is up; stop it with Ctrl-C"
	if s.clickHouse != nil {
		text += fmt.Sprintf("\ntables     %s\nuser       %s\npassword   %s\ndashboard  %s", s.clickHouse.URL(), s.clickHouse.User(),
			s.clickHouse.Password().Reveal(), reporter.DashboardURL(s.clickHouse.HTTPURL(), s.clickHouse.User(), "", ""))
	}
	return text
}
