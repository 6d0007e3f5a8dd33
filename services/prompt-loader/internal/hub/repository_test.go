package hub

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilesAreSortedIntoConfigsAndSplits(t *testing.T) {
	for _, c := range []struct {
		name, card string
		files      []string
		want       map[string]map[string][]string
	}{
		{
			"shards", "",
			[]string{"data/test-00000-of-00001.parquet", "data/train-00001-of-00002.parquet", "data/train-00000-of-00002.parquet"},
			map[string]map[string][]string{"default": {"test": {"data/test-00000-of-00001.parquet"}, "train": {"data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"}}},
		},
		{
			"own split names", "",
			[]string{"data/hard_ones-00000-of-00001.parquet"},
			map[string]map[string][]string{"default": {"hard_ones": {"data/hard_ones-00000-of-00001.parquet"}}},
		},
		{
			"folders", "",
			[]string{"dev/a.jsonl", "training/a.jsonl"},
			map[string]map[string][]string{"default": {"validation": {"dev/a.jsonl"}, "train": {"training/a.jsonl"}}},
		},
		{
			"no hint", "",
			[]string{"b.jsonl", "a.jsonl"},
			map[string]map[string][]string{"default": {"train": {"a.jsonl", "b.jsonl"}}},
		},
		{
			"words within words", "",
			[]string{"constrained.jsonl", "latest.jsonl"},
			map[string]map[string][]string{"default": {"train": {"constrained.jsonl", "latest.jsonl"}}},
		},
		{
			"parquet before others", "",
			[]string{"a.jsonl", "b.jsonl", "c.parquet"},
			map[string]map[string][]string{"default": {"train": {"c.parquet"}}},
		},
		{
			"the hub's conversion", "",
			[]string{"en/train/0000.parquet", "en/train/0001.parquet", "fr/partial-test/0000.parquet"},
			map[string]map[string][]string{"en": {"train": {"en/train/0000.parquet", "en/train/0001.parquet"}}, "fr": {"partial-test": {"fr/partial-test/0000.parquet"}}},
		},
		{
			"card", `[{"config_name":"en","default":true,"data_files":[{"split":"train","path":"en/*.jsonl"},{"split":"test","path":["t/**"]}]},{"config_name":"fr","data_files":"fr/f?.jsonl"}]`,
			[]string{"en/a.jsonl", "en/x/b.jsonl", "t/u/v.jsonl", "fr/f1.jsonl"},
			map[string]map[string][]string{"en": {"train": {"en/a.jsonl"}, "test": {"t/u/v.jsonl"}}, "fr": {"train": {"fr/f1.jsonl"}}},
		},
		{
			"card of another kind", `[{"config_name":"en","data_dir":"x"}]`,
			[]string{"a.jsonl"},
			map[string]map[string][]string{"default": {"train": {"a.jsonl"}}},
		},
		{"nothing", "", nil, map[string]map[string][]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var card []cardConfig
			if c.card != "" {
				require.NoError(t, json.Unmarshal([]byte(c.card), &card))
			}
			all := sorted(c.files, card)
			got := map[string]map[string][]string{}
			for config, splits := range all.Configs {
				got[config] = map[string][]string{}
				for split, files := range splits {
					for _, f := range files {
						got[config][split] = append(got[config][split], f.Name)
					}
				}
			}
			require.Equal(t, c.want, got)
			if c.name == "card" {
				require.Equal(t, "en", all.Default)
			}
		})
	}
}
