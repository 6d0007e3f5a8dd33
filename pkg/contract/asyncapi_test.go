package contract

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

type reference struct {
	Ref string `yaml:"$ref"`
}

type asyncAPI struct {
	Version  string `yaml:"asyncapi"`
	Channels map[string]struct {
		Address   string               `yaml:"address"`
		Messages  map[string]reference `yaml:"messages"`
		JetStream struct {
			Stream string `yaml:"stream"`
			Filter string `yaml:"filter"`
		} `yaml:"x-jetstream"`
	} `yaml:"channels"`
	Operations map[string]struct {
		Action  string    `yaml:"action"`
		Channel reference `yaml:"channel"`
	} `yaml:"operations"`
	JetStream struct {
		Streams map[string]struct {
			Subjects []string `yaml:"subjects"`
			Discard  string   `yaml:"discard"`
		} `yaml:"streams"`
	} `yaml:"x-jetstream"`
	Components struct {
		Messages map[string]struct {
			Name    string `yaml:"name"`
			Payload struct {
				Schema reference `yaml:"schema"`
			} `yaml:"payload"`
		} `yaml:"messages"`
	} `yaml:"components"`
}

func document(t *testing.T) asyncAPI {
	t.Helper()
	var doc asyncAPI
	require.NoError(t, yaml.Unmarshal(schemas.AsyncAPI(), &doc))
	require.Equal(t, "3.0.0", doc.Version)
	return doc
}

func TestEveryKindIsAChannelAndNothingElse(t *testing.T) {
	doc := document(t)
	want := []string{"dlq"}
	for _, kind := range subject.Kinds() {
		want = append(want, string(kind))
		channel := doc.Channels[string(kind)]
		require.Equal(t, subject.AllOf(kind), channel.JetStream.Filter)
		require.Equal(t, strings.NewReplacer("*", "{run}", ">", "{token}").Replace(subject.AllOf(kind)), channel.Address)
		require.Contains(t, doc.JetStream.Streams[channel.JetStream.Stream].Subjects, channel.JetStream.Filter)
	}
	got := make([]string, 0, len(doc.Channels))
	for name := range doc.Channels {
		got = append(got, name)
	}
	require.ElementsMatch(t, want, got)
	require.Equal(t, subject.DeadLetters, doc.Channels["dlq"].JetStream.Filter)
}

func TestEveryStreamSubjectBelongsToOneChannel(t *testing.T) {
	doc := document(t)
	filters := map[string]string{}
	for _, channel := range doc.Channels {
		filters[channel.JetStream.Filter] = channel.JetStream.Stream
	}
	for name, stream := range doc.JetStream.Streams {
		for _, s := range stream.Subjects {
			require.Equal(t, name, filters[s], s)
		}
	}
}

// Every event type is a message, on the channel that its events are published to.
func TestEveryEventIsAMessageOfItsChannel(t *testing.T) {
	doc := document(t)
	require.Len(t, doc.Components.Messages, len(event.Types()))
	published := 0
	for key, message := range doc.Components.Messages {
		typ := event.Type(message.Name)
		payload, ok := event.NewPayload(typ)
		require.True(t, ok, "%s: no such event type", message.Name)
		require.Equal(t, "./events/"+typ.Name()+".schema.json", message.Payload.Schema.Ref)

		example, _ := schemas.Example(typ.Name())
		require.NoError(t, json.Unmarshal(example, payload))
		at := time.Unix(1_795_518_000, 0)
		e := event.Event{
			ID:   event.ID{Run: event.NewRunID(at), Producer: event.Producer{Service: "s", Instance: "i"}, Epoch: 1, Seq: 1},
			Time: at, Data: payload,
		}
		s, err := subject.Of(e)
		require.NoError(t, err, typ.Name())
		require.Equal(t, "#/components/messages/"+key, doc.Channels[string(s.Kind)].Messages[key].Ref)
	}
	for _, channel := range doc.Channels {
		published += len(channel.Messages)
	}
	require.Equal(t, len(event.Types()), published, "a message is on one channel only")
}

func TestOperationsNameChannels(t *testing.T) {
	doc := document(t)
	require.NotEmpty(t, doc.Operations)
	for name, op := range doc.Operations {
		require.Contains(t, []string{"send", "receive"}, op.Action, name)
		_, ok := doc.Channels[strings.TrimPrefix(op.Channel.Ref, "#/channels/")]
		require.True(t, ok, name)
	}
}
