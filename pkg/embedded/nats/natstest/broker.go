package natstest

import (
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// Broker is a running server.
type Broker struct {
	server  *natsd.Server
	users   []*natsd.User
	traffic *traffic
}

// Start runs the server of the config file at path on a free port of loopback,
// until the test ends. The passwords that the file takes from the environment must
// be set.
func Start(tb testing.TB, path string) *Broker {
	tb.Helper()
	options, err := natsd.ProcessConfigFile(path)
	require.NoError(tb, err)
	options.Host, options.Port, options.HTTPPort = "127.0.0.1", natsd.RANDOM_PORT, 0
	options.StoreDir, options.NoSigs = tb.TempDir(), true
	server, err := natsd.NewServer(options)
	require.NoError(tb, err)
	b := &Broker{server: server, users: options.Users, traffic: newTraffic()}
	server.SetLoggerV2(b.traffic, false, true, false)
	server.Start()
	tb.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	require.True(tb, server.ReadyForConnections(10*time.Second))
	return b
}

// URL is where it listens.
func (b *Broker) URL() string { return b.server.ClientURL() }

// Users are the names of those who may come in.
func (b *Broker) Users() []string {
	out := make([]string, len(b.users))
	for i, u := range b.users {
		out[i] = u.Username
	}
	return out
}

// Connect is a connection of a user without a service around it.
func (b *Broker) Connect(tb testing.TB, user string, options ...nats.Option) *nats.Conn {
	tb.Helper()
	nc, err := nats.Connect(b.URL(), append(options, nats.UserInfo(user, b.user(tb, user).Password))...)
	require.NoError(tb, err)
	tb.Cleanup(nc.Close)
	return nc
}

// Put publishes as a user, whatever the data is.
func (b *Broker) Put(tb testing.TB, user, subject string, data []byte) {
	tb.Helper()
	nc := b.Connect(tb, user)
	require.NoError(tb, nc.Publish(subject, data))
	require.NoError(tb, nc.Flush())
}

func (b *Broker) user(tb testing.TB, name string) *natsd.User {
	tb.Helper()
	for _, u := range b.users {
		if u.Username == name {
			return u
		}
	}
	require.Contains(tb, b.Users(), name)
	return nil
}

// Refused are the server's words on what users tried and may not.
func (b *Broker) Refused() []string { return b.traffic.refusals() }

// Unused are the rights that a user has not made use of yet; none of one who may
// do everything.
func (b *Broker) Unused(tb testing.TB, user string) []string {
	tb.Helper()
	rights := b.user(tb, user).Permissions
	if rights == nil {
		return nil
	}
	var out []string
	for op, allowed := range map[string]*natsd.SubjectPermission{publish: rights.Publish, subscribe: rights.Subscribe} {
		used := b.traffic.of(op, user)
		for _, right := range allowed.Allow {
			if !matchesAny(right, used) {
				out = append(out, right)
			}
		}
	}
	return out
}

func matchesAny(right string, subjects []string) bool {
	for _, s := range subjects {
		if matches(right, s) {
			return true
		}
	}
	return false
}
