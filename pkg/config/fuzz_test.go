package config

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// FuzzLoadRun: whatever the file, a load ends with a config that is valid or with
// a usage error.
func FuzzLoadRun(f *testing.F) {
	for _, pattern := range []string{"testdata/seed/*.yaml", "testdata/errors/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Add([]byte("name: x\nscenarios: [{name: a, load: {concurrency: 2}}, {name: b}]\n"))
	f.Add([]byte("scenarios: {name: [}\nscenarios: [a, [b], {name: {}}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("a: &a {b: 1}\nc: {<<: *a}\n"))
	f.Add([]byte("defaults: [_self_, {backend: vllm}]\n? [x]\n: y\n"))
	f.Add([]byte("name: ${a.${b}}\nx: ${oc.env:A,${B:-}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l := Loader{Roots: []Root{{Name: "mem", FS: fstest.MapFS{"run.yaml": {Data: text}}}}}
		run, err := l.LoadRun("run")
		switch {
		case err != nil && !IsUsage(err):
			t.Fatalf("not a usage error: %v", err)
		case err == nil && run.Validate() != nil:
			t.Fatalf("loaded but not valid: %v", run.Validate())
		case err == nil:
			Digest(run)
		}
		all, err := l.LoadRuns("run", true, "load.concurrency=1,2")
		if err != nil && !IsUsage(err) {
			t.Fatalf("not a usage error: %v", err)
		}
		for _, v := range all {
			if err == nil && v.Run.Validate() != nil {
				t.Fatalf("loaded but not valid: %v", v.Run.Validate())
			}
		}
	})
}

func FuzzOverride(f *testing.F) {
	for _, text := range []string{"a.b=1", "+a=[1,2]", "~a", "++a={x: 'y'}", "a='", "a=${b}", "a=[1", "load=closed,poisson", "a.b.c=~", "a=b=c", "=", "a/b=c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := (Loader{}).LoadRun("", text); err != nil && !IsUsage(err) {
			t.Fatalf("not a usage error: %v", err)
		}
		lists, err := Sweep(text)
		if err != nil && !IsUsage(err) {
			t.Fatalf("not a usage error: %v", err)
		}
		if err == nil && len(lists) == 0 {
			t.Fatal("a sweep without runs")
		}
	})
}
