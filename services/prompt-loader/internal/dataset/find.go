package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

// formats by the ending of a file.
var formats = map[string]table{
	"jsonl":   jsonLines,
	"json":    jsonObjects,
	"csv":     commaSeparated,
	"tsv":     tabSeparated,
	"txt":     textLines,
	"parquet": parquetRows,
	"arrow":   arrowRows,
}

// found is what a dataset name turned out to mean.
type found struct {
	source Source
	origin string
}

// find looks for a local file or folder, then on the hub.
func find(ctx context.Context, s config.Scenario, h hub.Client) (found, error) {
	if !isPath(s.DatasetName) {
		return findOnHub(ctx, s, h)
	}
	paths, err := localFiles(s.DatasetName, s.Split)
	if err != nil {
		return found{}, err
	}
	sources := make([]Source, len(paths))
	for i, path := range paths {
		if sources[i], err = open(s, path); err != nil {
			return found{}, err
		}
	}
	return found{concat(sources), "file " + strings.Join(paths, ", ")}, nil
}

// findOnHub downloads each file only when the rows before it are used up.
func findOnHub(ctx context.Context, s config.Scenario, h hub.Client) (found, error) {
	files, err := h.Files(ctx, hub.Query{
		Dataset: s.DatasetName, Config: s.DatasetConfig, Split: s.Split, Revision: s.Revision,
		Endings: slices.Sorted(maps.Keys(formats)),
	})
	if err != nil {
		return found{}, err
	}
	sources := make([]Source, len(files.List))
	for i, file := range files.List {
		sources[i] = func(yield func(Prompt, error) bool) {
			path, err := h.Fetch(ctx, file)
			if err != nil {
				yield(Prompt{}, err)
				return
			}
			source, err := open(s, path)
			if err != nil {
				yield(Prompt{}, err)
				return
			}
			source(yield)
		}
	}
	return found{concat(sources), files.String()}, nil
}

// open picks the reader of a file by its ending, or by the format that the
// scenario names.
func open(s config.Scenario, path string) (Source, error) {
	format := s.DatasetFormat
	if format == config.FormatMooncake {
		return mooncake(path, s.Seed), nil
	}
	if format == "" {
		format = ending(path)
	}
	from, ok := formats[format]
	if !ok {
		return nil, fmt.Errorf("%w: %s: no reader for %q files; there is one for %s",
			ErrFormat, path, format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
	}
	return columnsOf(s).read(from, path), nil
}

func ending(path string) string {
	return strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
}

// concat yields sources one after another; an error of one ends all.
func concat(sources []Source) Source {
	return func(yield func(Prompt, error) bool) {
		for _, source := range sources {
			for p, err := range source {
				if !yield(p, err) || err != nil && !errors.Is(err, errNoPrompt) {
					return
				}
			}
		}
	}
}

// isPath tells a file from a hub name, which looks like owner/name: a path
// exists, or says that it is one.
func isPath(name string) bool {
	if filepath.IsAbs(name) || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		return true
	}
	if _, known := formats[ending(name)]; known {
		return true
	}
	_, err := os.Stat(name)
	return err == nil
}

// localFiles lists what a path stands for: a file, or the files of a folder.
func localFiles(path, split string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no file %s", ErrNotFound, path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %w", ErrAccess, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	case info.IsDir():
		return folderFiles(path, split)
	}
	return []string{path}, nil
}
