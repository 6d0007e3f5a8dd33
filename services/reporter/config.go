package reporter

import (
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
)

// Config is the service's own settings.
type Config struct {
	service.Base `yaml:",inline"`
	ClickHouse   ClickHouse `yaml:"clickhouse"`
}

// ClickHouse is where the tables are.
type ClickHouse struct {
	// URL is clickhouse://host:port/database; empty writes no tables. Without a
	// database, or with "default", the database is aeb.
	URL  string `yaml:"url"`
	User string `yaml:"user"`
	// Password, or the content of PasswordFile, never reaches a log.
	Password     config.Secret `yaml:"password"`
	PasswordFile string        `yaml:"password_file"`
}

// DefaultConfig writes files and no tables.
func DefaultConfig() Config { return Config{Base: service.DefaultBase()} }

// Validate reports every problem, joined.
func (c Config) Validate() error {
	problems := []error{c.Base.Validate()}
	if c.ClickHouse.Password != "" && c.ClickHouse.PasswordFile != "" {
		problems = append(problems, errors.New("clickhouse.password, clickhouse.password_file: set one of them"))
	}
	if c.ClickHouse.URL != "" {
		db, err := clickhouse.Open(clickhouse.Config{URL: c.ClickHouse.URL})
		if err != nil {
			problems = append(problems, fmt.Errorf("clickhouse.url: %w", err))
		} else {
			problems = append(problems, db.Close())
		}
	}
	return errors.Join(problems...)
}

func (c ClickHouse) password() (config.Secret, error) {
	return config.SecretOrFile("clickhouse.password", c.Password, c.PasswordFile)
}

// open checks the settings; it does not connect.
func (c ClickHouse) open() (*clickhouse.DB, error) {
	password, err := c.password()
	if err != nil {
		return nil, err
	}
	db, err := clickhouse.Open(clickhouse.Config{URL: c.URL, User: c.User, Password: password})
	if err != nil {
		return nil, service.Usage(fmt.Errorf("clickhouse.url: %w", err))
	}
	return db, nil
}
