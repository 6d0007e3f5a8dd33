package config

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Root is a folder that config files and groups are looked up in.
type Root struct {
	// Name is put before a file's name in messages.
	Name string
	FS   fs.FS
}

// Dir is the folder dir as a Root.
func Dir(dir string) Root { return Root{Name: dir, FS: os.DirFS(dir)} }

var extensions = []string{".yaml", ".yml"}

// source is one config file that has been read.
type source struct {
	// display is how messages name it; group is its folder within its root, in
	// slashes and empty at the top.
	display string
	group   string
	text    []byte
}

// open reads the config called name (slashes, no extension) from the first root
// that has it; nil when none has.
func open(roots []Root, name string) (*source, error) {
	if !fs.ValidPath(name) {
		return nil, Problem{Text: quoted(name) + " is not the name of a config"}
	}
	for _, root := range roots {
		for _, ext := range extensions {
			text, err := fs.ReadFile(root.FS, name+ext)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, Problem{Where: filepath.Join(root.Name, name+ext), Text: reason(err)}
			}
			group := path.Dir(name)
			if group == "." {
				group = ""
			}
			return &source{filepath.Join(root.Name, name+ext), group, text}, nil
		}
	}
	return nil, nil
}

// options lists what a group offers, over all roots.
func options(roots []Root, group string) []string {
	var out []string
	for _, root := range roots {
		entries, err := fs.ReadDir(root.FS, group)
		if err != nil {
			continue
		}
		for _, e := range entries {
			for _, ext := range extensions {
				if name, ok := strings.CutSuffix(e.Name(), ext); ok && !e.IsDir() {
					out = append(out, name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// primary finds the config file that path names: the file itself, with an
// extension added, or that name in one of the roots.
func primary(roots []Root, file string) (*source, []Root, error) {
	for _, candidate := range []string{file, file + extensions[0], file + extensions[1]} {
		info, err := os.Stat(candidate)
		if err != nil || info.IsDir() {
			continue
		}
		text, err := os.ReadFile(candidate)
		if err != nil {
			return nil, nil, Problem{Where: candidate, Text: reason(err)}
		}
		// The file's own folder is searched first, so that a config and its
		// groups can be moved together.
		return &source{display: candidate, text: text}, append([]Root{Dir(filepath.Dir(candidate))}, roots...), nil
	}
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(file), extensions[0]), extensions[1])
	if fs.ValidPath(name) {
		found, err := open(roots, name)
		if found != nil || err != nil {
			if found != nil {
				found.group = ""
			}
			return found, roots, err
		}
	}
	text := "no such config file"
	var searched []string
	for _, root := range roots {
		searched = append(searched, root.Name)
	}
	if len(searched) > 0 && !filepath.IsAbs(file) {
		text += ", here or in " + strings.Join(searched, ", ")
	}
	if near := nearest(path.Base(name), options(roots, ".")); near != "" {
		text += "; did you mean " + near + "?"
	}
	return nil, nil, Problem{Where: file, Text: text}
}

// reason is the operating system's word for what happened, without the path.
func reason(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err.Error()
	}
	return err.Error()
}

func quoted(s string) string { return `"` + s + `"` }
