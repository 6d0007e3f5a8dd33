package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func interpolated(t *testing.T, vars map[string]string, yaml string) (Run, error) {
	t.Helper()
	l := groups(yaml)
	l.LookupEnv = environment(vars)
	return l.LoadRun("run")
}

func TestEnvironmentForms(t *testing.T) {
	vars := map[string]string{"SET": "value", "EMPTY": "", "N": "7", "ZERO": "007"}
	f := func(want, expression string) {
		t.Helper()
		run, err := interpolated(t, vars, "backend: {task: '"+expression+"'}\n")
		require.NoError(t, err)
		require.Equal(t, want, run.Backend.Task)
	}
	f("value", "${oc.env:SET}")
	f("value", "${oc.env:SET,other}")
	f("other", "${oc.env:UNSET,other}")
	f("other", "${oc.env:UNSET, other}")
	f("", "${oc.env:EMPTY,other}")
	f("", "${oc.env:UNSET,}")
	f("", "${oc.env:UNSET,null}")
	f("value", "${SET:-other}")
	f("other", "${EMPTY:-other}")
	f("http://h:1/v1", "${UNSET:-http://h:1/v1}")
	f("value", "${oc.env:UNSET,${oc.env:SET}}")
	f("value", "${UNSET:-${EMPTY:-${SET:-x}}}")
	f("a value b 7", "a ${oc.env:SET} b ${N:-0}")
	f("007", "${oc.env:ZERO}")
	f("${SET}", `\${SET}`)
	f("x ${y} value", `x \${y} ${oc.env:SET}`)
}

func TestReferences(t *testing.T) {
	run, err := interpolated(t, nil, `
name: ${backend.model}-${scenario.num_samples}
output_dir: out/${name}
backend: {model: m, task: "${.model}"}
metrics: {project_name: "${..name}", methods: "${scenario.input_shapes.list}"}
scenario:
  num_samples: ${load.concurrency}
  input_shapes: {list: [equal-share/v1], copy: "${scenario.reasoning_params}"}
  reasoning_params: {effort: "${backend.model}"}
load: {concurrency: 4}
`)
	require.NoError(t, err)
	require.Equal(t, "m-4", run.Name)
	require.Equal(t, "out/m-4", run.OutputDir)
	require.Equal(t, "m", run.Backend.Task)
	require.Equal(t, "m-4", run.Metrics.ProjectName)
	require.Equal(t, int64(4), run.Scenario.NumSamples)
	require.Equal(t, []string{"equal-share/v1"}, run.Metrics.Methods)
	require.Equal(t, map[string]any{"effort": "m"}, run.Scenario.InputShapes["copy"])
}

func TestReferencesSeeDefaults(t *testing.T) {
	run, err := interpolated(t, nil, "name: ${backend.type}-${metrics.sample_hz}\n")
	require.NoError(t, err)
	require.Equal(t, "vllm-20", run.Name)
}

// What an environment variable holds is data, whatever it looks like.
func TestVariablesAreNotExpandedAgain(t *testing.T) {
	run, err := interpolated(t, map[string]string{"A": "${oc.env:B}", "B": "secret"}, "name: ${oc.env:A}\noutput_dir: ${name}/x\n")
	require.NoError(t, err)
	require.Equal(t, "${oc.env:B}", run.Name)
	require.Equal(t, "${oc.env:B}/x", run.OutputDir)
}

func TestCircularReferences(t *testing.T) {
	for _, yaml := range []string{
		"name: ${name}\n",
		"name: ${output_dir}\noutput_dir: x${name}\n",
		"scenario: {input_shapes: {a: '${scenario.input_shapes}'}}\n",
		"scenario: {input_shapes: {a: '${scenario.reasoning_params}'}, reasoning_params: {b: '${scenario.input_shapes}'}}\n",
	} {
		_, err := interpolated(t, nil, yaml)
		require.ErrorContains(t, err, "refers to itself", yaml)
	}
}

func TestReferencesCannotBlowUp(t *testing.T) {
	var b strings.Builder
	b.WriteString("scenario:\n  input_shapes:\n    a0: [x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		ref := "'${scenario.input_shapes.a" + string(rune('0'+i-1)) + "}'"
		b.WriteString("    a" + string(rune('0'+i)) + ": [" + strings.Repeat(ref+", ", 7) + ref + "]\n")
	}
	_, err := interpolated(t, nil, b.String())
	require.ErrorContains(t, err, "too large")
}

func TestSecretsStaySecret(t *testing.T) {
	run, err := interpolated(t, map[string]string{"KEY": "sk-1234"}, "backend: {api_key: '${oc.env:KEY}'}\n")
	require.NoError(t, err)
	require.Equal(t, "sk-1234", run.Backend.APIKey.Reveal())
	require.NotContains(t, string(Effective(run)), "sk-1234")
}
