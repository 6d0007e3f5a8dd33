package bus

import (
	"log/slog"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Options say how to reach a NATS server. The zero value is a server without
// authentication on this machine.
type Options struct {
	// URL is the server's, or several separated by commas; default
	// nats://127.0.0.1:4222.
	URL string `yaml:"url"`
	// Name shows in the server's list of connections.
	Name string `yaml:"name"`

	// User with Password or PasswordFile, or NKeyFile (a seed), or CredsFile (JWT
	// and seed).
	User         string        `yaml:"user"`
	Password     config.Secret `yaml:"password"`
	PasswordFile string        `yaml:"password_file"`
	NKeyFile     string        `yaml:"nkey_file"`
	CredsFile    string        `yaml:"creds_file"`

	// CAFile verifies the server; CertFile and KeyFile show who we are.
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// TLSFirst begins with TLS before the server says anything.
	TLSFirst bool `yaml:"tls_first"`

	// InboxPrefix keeps replies where only this service may listen, such as
	// _INBOX_reporter; default _INBOX.
	InboxPrefix string `yaml:"inbox_prefix"`

	// Log hears of lost connections and of what the server refuses; nil is silent.
	Log *slog.Logger `yaml:"-"`

	// InProcess is a server in this process (it offers InProcessConn), used
	// instead of URL.
	InProcess any `yaml:"-"`
}

// Address is URL as it may be shown: without what somebody logs in with.
func (o Options) Address() string {
	servers := strings.Split(o.URL, ",")
	for i, server := range servers {
		scheme, rest, found := strings.Cut(server, "://")
		if !found {
			scheme, rest = "nats", server
		}
		servers[i] = scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
	}
	return strings.Join(servers, ",")
}
