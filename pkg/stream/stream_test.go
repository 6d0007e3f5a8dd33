package stream_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	embedded "github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func broker(t *testing.T) jetstream.JetStream {
	t.Helper()
	s, err := embedded.Start(t.Context(), embedded.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	closed := make(chan struct{})
	nc, err := nats.Connect(s.URL(), nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	require.NoError(t, err)
	t.Cleanup(func() { nc.Close(); <-closed })
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

func differences(t *testing.T, js jetstream.JetStream, o stream.Options) []string {
	t.Helper()
	diff, err := stream.Diff(t.Context(), js, o)
	require.NoError(t, err)
	var out []string
	for _, d := range diff {
		out = append(out, d.String())
	}
	return out
}

func TestEnsureCreatesAndCanBeRepeated(t *testing.T) {
	js := broker(t)
	require.Equal(t, []string{
		"AEB_PROMPTS is missing", "AEB_EVENTS is missing", "AEB_POWER is missing", "AEB_DLQ is missing",
		"AEB_RUNS is missing", "AEB_LEASES is missing", "AEB_KEYS is missing",
	}, differences(t, js, stream.Options{}))
	for range 2 {
		require.NoError(t, stream.Ensure(t.Context(), js, stream.Options{}))
		require.Empty(t, differences(t, js, stream.Options{}))
	}
}

func TestEnsureChangesWhatDiffers(t *testing.T) {
	js := broker(t)
	require.NoError(t, stream.Ensure(t.Context(), js, stream.Options{}))
	_, err := js.Publish(t.Context(), "aeb.v1.run.x.power.h", []byte("kept"))
	require.NoError(t, err)
	want := stream.Options{MaxAgeH: 1, PowerMaxBytes: 1 << 20}
	require.Equal(t, []string{
		"AEB_PROMPTS: max_age is 2160h0m0s, want 1h0m0s",
		"AEB_EVENTS: max_age is 2160h0m0s, want 1h0m0s",
		"AEB_POWER: max_age is 2160h0m0s, want 1h0m0s",
		"AEB_POWER: max_bytes is 4294967296, want 1048576",
		"AEB_DLQ: max_age is 2160h0m0s, want 1h0m0s",
	}, differences(t, js, want))
	require.NoError(t, stream.Ensure(t.Context(), js, want))
	require.Empty(t, differences(t, js, want))
	s, err := js.Stream(t.Context(), stream.Power)
	require.NoError(t, err)
	require.EqualValues(t, 1, s.CachedInfo().State.Msgs)
}

func TestEnsureNamesWhatItCannotDo(t *testing.T) {
	js := broker(t)
	// Somebody else's stream sits on our subjects.
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"aeb.>"}})
	require.NoError(t, err)
	err = stream.Ensure(t.Context(), js, stream.Options{})
	require.ErrorContains(t, err, "stream AEB_PROMPTS: ")
	require.ErrorContains(t, err, "stream AEB_DLQ: ")
}

func TestProfiles(t *testing.T) {
	for _, s := range stream.Declare(stream.Options{Profile: stream.Cluster}).Streams {
		require.Equal(t, 3, s.Replicas, s.Name)
		require.False(t, s.DenyDelete)
	}
	for _, b := range stream.Declare(stream.Options{Profile: stream.Cluster}).Buckets {
		require.Equal(t, 3, b.Replicas, b.Bucket)
	}
	for _, s := range stream.Declare(stream.Options{Profile: stream.Audit}).Streams {
		require.Equal(t, 1, s.Replicas, s.Name)
		require.True(t, s.DenyDelete, s.Name)
	}
	js := broker(t)
	audit := stream.Options{Profile: stream.Audit}
	require.NoError(t, stream.Ensure(t.Context(), js, audit))
	require.Empty(t, differences(t, js, audit))
	ack, err := js.Publish(t.Context(), "aeb.v1.run.x.ctl.started", nil)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), ack.Stream)
	require.NoError(t, err)
	require.Error(t, s.DeleteMsg(t.Context(), ack.Sequence), "an audited record cannot be taken out")
}

// Records are refused rather than forgotten; power and dead letters age out.
func TestEveryStreamKeepsItsPromise(t *testing.T) {
	discard := map[string]jetstream.DiscardPolicy{
		stream.Prompts: jetstream.DiscardNew, stream.Events: jetstream.DiscardNew,
		stream.Power: jetstream.DiscardOld, stream.DLQ: jetstream.DiscardOld,
	}
	var reserved int64
	for _, s := range stream.Declare(stream.Options{}).Streams {
		require.Equal(t, discard[s.Name], s.Discard, s.Name)
		require.Equal(t, jetstream.LimitsPolicy, s.Retention, s.Name)
		require.Equal(t, jetstream.FileStorage, s.Storage, s.Name)
		require.Equal(t, jetstream.S2Compression, s.Compression, s.Name)
		require.Positive(t, s.MaxAge, s.Name)
		require.Positive(t, s.MaxBytes, s.Name)
		require.Greater(t, s.Duplicates, time.Minute, s.Name)
		reserved += s.MaxBytes
	}
	// A broker reserves this; by default it offers three quarters of its free disk.
	require.Less(t, reserved, int64(12<<30))
}

func TestEveryKindHasOneStream(t *testing.T) {
	for _, kind := range subject.Kinds() {
		require.Contains(t, stream.Kinds(stream.For(kind)), kind)
	}
	require.Empty(t, stream.Kinds(stream.DLQ))
}

// The AsyncAPI document tells others about these streams.
func TestStreamsAreAsDocumented(t *testing.T) {
	var doc struct {
		JetStream struct {
			Streams map[string]struct {
				Subjects  []string `yaml:"subjects"`
				Retention string   `yaml:"retention"`
				Storage   string   `yaml:"storage"`
				Discard   string   `yaml:"discard"`
			} `yaml:"streams"`
			Buckets map[string]string `yaml:"buckets"`
		} `yaml:"x-jetstream"`
	}
	require.NoError(t, yaml.Unmarshal(schemas.AsyncAPI(), &doc))
	declared := stream.Declare(stream.Options{})
	require.Len(t, doc.JetStream.Streams, len(declared.Streams))
	for _, s := range declared.Streams {
		documented := doc.JetStream.Streams[s.Name]
		require.Equal(t, strings.ToLower(s.Retention.String()), documented.Retention, s.Name)
		require.Equal(t, strings.ToLower(s.Storage.String()), documented.Storage, s.Name)
		require.Contains(t, strings.ToLower(s.Discard.String()), documented.Discard, s.Name)
		var ours []string
		for _, name := range s.Subjects {
			if !strings.HasPrefix(name, "$JS.") { // the broker's notices are not messages of ours
				ours = append(ours, name)
			}
		}
		require.ElementsMatch(t, ours, documented.Subjects, s.Name)
	}
	require.Len(t, doc.JetStream.Buckets, len(declared.Buckets))
	for _, b := range declared.Buckets {
		require.Contains(t, doc.JetStream.Buckets, b.Bucket)
	}
}
