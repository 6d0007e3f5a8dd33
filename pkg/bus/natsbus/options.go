package natsbus

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

const (
	reconnectWait   = 250 * time.Millisecond
	reconnectJitter = 250 * time.Millisecond
	// reconnectBuffer holds what is published while there is no connection. The
	// publishers' windows and retries do the rest.
	reconnectBuffer = 8 << 20
)

func natsOptions(o bus.Options) ([]nats.Option, error) {
	out := []nats.Option{
		nats.Name(o.Name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectJitter, reconnectJitter),
		nats.ReconnectBufSize(reconnectBuffer),
	}
	out = append(out, logOptions(o.Log)...)
	if o.InboxPrefix != "" {
		out = append(out, nats.CustomInboxPrefix(strings.TrimSuffix(o.InboxPrefix, ".")))
	}
	if o.InProcess != nil {
		server, ok := o.InProcess.(nats.InProcessConnProvider)
		if !ok {
			return nil, fmt.Errorf("connect: %T cannot be connected to in process", o.InProcess)
		}
		out = append(out, nats.InProcessServer(server))
	}
	login, err := loginOptions(o)
	if err != nil {
		return nil, err
	}
	return append(append(out, login...), tlsOptions(o)...), nil
}

// logOptions also keep the client from writing to standard error.
func logOptions(log *slog.Logger) []nats.Option {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return []nats.Option{
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if err != nil {
				log.Warn("lost connection to broker", "url", nc.ConnectedUrlRedacted(), "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			log.Warn("broker refused", "subject", subject, "error", err)
		}),
	}
}

func loginOptions(o bus.Options) ([]nats.Option, error) {
	var out []nats.Option
	if o.User != "" {
		password, err := config.SecretOrFile("nats.password", o.Password, o.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		out = append(out, nats.UserInfo(o.User, password.Reveal()))
	}
	if o.NKeyFile != "" {
		option, err := nats.NkeyOptionFromSeed(o.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("nkey_file: %w", err)
		}
		out = append(out, option)
	}
	if o.CredsFile != "" {
		if _, err := os.Stat(o.CredsFile); err != nil {
			return nil, fmt.Errorf("creds_file: %w", err)
		}
		out = append(out, nats.UserCredentials(o.CredsFile))
	}
	return out, nil
}

func tlsOptions(o bus.Options) []nats.Option {
	var out []nats.Option
	if o.CAFile != "" {
		out = append(out, nats.RootCAs(o.CAFile))
	}
	if o.CertFile != "" || o.KeyFile != "" {
		out = append(out, nats.ClientCert(o.CertFile, o.KeyFile))
	}
	if o.TLSFirst {
		out = append(out, nats.TLSHandshakeFirst())
	}
	return out
}
