package structure

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	modulePath = "github.com/neuralwatt/ai-energy-benchmarks/"
	// maxLines is where a file has certainly become more than one idea.
	maxLines = 500
)

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
	Deps       []string
	Standard   bool
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, dir, parent, "no go.work above the test")
		dir = parent
	}
}

func list(t *testing.T) []pkg {
	t.Helper()
	top := root(t)
	patterns := []string{"./schemas/...", "./pkg/..."}
	services, err := filepath.Glob(filepath.Join(top, "services", "*", "go.mod"))
	require.NoError(t, err)
	for _, mod := range services {
		patterns = append(patterns, "./services/"+filepath.Base(filepath.Dir(mod))+"/...")
	}
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Name,Doc,Imports,Deps,Standard"}, patterns...)...)
	cmd.Dir = top
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var packages []pkg
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}

// service is the service that a package belongs to, or "".
func service(path string) string {
	rest, ok := strings.CutPrefix(path, modulePath+"services/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func TestArchitecture(t *testing.T) {
	for _, p := range list(t) {
		path := strings.TrimPrefix(p.ImportPath, modulePath)

		require.NotEmpty(t, p.Doc, "%s has no package comment", path)

		for _, imported := range p.Imports {
			to := service(imported)
			if to != "" && to != service(p.ImportPath) {
				require.Equal(t, "aeb", service(p.ImportPath), "%s imports the service %s: only aeb composes services", path, to)
			}
			switch {
			case strings.HasPrefix(imported, "github.com/nats-io/"):
				require.True(t, strings.HasPrefix(path, "pkg/"), "%s imports %s: services see pkg/bus", path, imported)
			case strings.HasPrefix(imported, "github.com/ClickHouse/"):
				require.Equal(t, "services/reporter/internal/clickhouse", path, "%s imports %s", path, imported)
			case strings.HasPrefix(imported, "github.com/NVIDIA/"):
				require.Equal(t, "services/energy-sampler/internal/nvml", path, "%s imports %s", path, imported)
			case imported == "go.uber.org/fx":
				allowed := path == "pkg/service" || service(p.ImportPath) != "" && !strings.Contains(path, "/internal/") ||
					path == "services/aeb/internal/stack"
				require.True(t, allowed, "%s imports fx: it belongs in module.go, main.go and pkg/service", path)
			}
		}
	}
}

func TestCoreIsPure(t *testing.T) {
	allowed := map[string][]string{
		"pkg/event":       {},
		"pkg/attribution": {"pkg/event"},
		"schemas":         {},
	}
	for _, p := range list(t) {
		siblings, core := allowed[strings.TrimPrefix(p.ImportPath, modulePath)]
		if !core {
			continue
		}
		for _, dep := range p.Deps {
			first, _, _ := strings.Cut(dep, "/")
			standard := !strings.Contains(first, ".")
			require.True(t, standard || slices.Contains(siblings, strings.TrimPrefix(dep, modulePath)),
				"%s depends on %s", p.ImportPath, dep)
		}
	}
}

func TestFilesAreOneIdea(t *testing.T) {
	top := root(t)
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := 0
		for scan := bufio.NewScanner(f); scan.Scan(); {
			lines++
		}
		require.LessOrEqual(t, lines, maxLines, "%s has %d lines", path, lines)
		return nil
	})
	require.NoError(t, err)
}
