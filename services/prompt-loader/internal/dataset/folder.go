package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folderFiles lists the files of a folder in order. It may have been saved by
// Python's datasets, with its splits (save_to_disk of a DatasetDict) or as one
// (of a Dataset), or hold files of one format.
func folderFiles(dir, split string) ([]string, error) {
	var splits struct {
		Splits []string `json:"splits"`
	}
	switch there, err := readJSON(filepath.Join(dir, "dataset_dict.json"), &splits); {
	case err != nil:
		return nil, err
	case there && !slices.Contains(splits.Splits, split):
		return nil, fmt.Errorf("%w: %s has no split %q; it has %s", ErrNotFound, dir, split, strings.Join(splits.Splits, ", "))
	case there:
		return folderFiles(filepath.Join(dir, filepath.Base(split)), split)
	}
	var state struct {
		Files []struct {
			Name string `json:"filename"`
		} `json:"_data_files"`
	}
	there, err := readJSON(filepath.Join(dir, "state.json"), &state)
	if err != nil {
		return nil, err
	}
	if !there {
		return plainFiles(dir)
	}
	var paths []string
	for _, f := range state.Files {
		paths = append(paths, filepath.Join(dir, filepath.Base(f.Name)))
	}
	return paths, nil
}

// plainFiles lists the files that there is a reader for, sorted by name. They
// must be of one format.
func plainFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var paths, endings []string
	for _, e := range entries {
		if _, known := formats[ending(e.Name())]; e.IsDir() || !known {
			continue
		}
		paths = append(paths, filepath.Join(dir, e.Name()))
		if end := ending(e.Name()); !slices.Contains(endings, end) {
			endings = append(endings, end)
		}
	}
	switch len(endings) {
	case 0:
		return nil, fmt.Errorf("%w: folder %s holds no dataset file", ErrNotFound, dir)
	case 1:
		return paths, nil
	}
	return nil, fmt.Errorf("%w: folder %s holds files of several formats (%s): name one file", ErrFormat, dir, strings.Join(endings, ", "))
}

func readJSON(path string, into any) (there bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, fmt.Errorf("%w: %s: %w", ErrFormat, path, err)
	}
	return true, nil
}
