package transformers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func TestConfigBecomesFlags(t *testing.T) {
	const head = "serve --host 127.0.0.1 --port 80 --device "
	for _, tt := range []struct {
		overrides []string
		line      string
		visible   string
	}{
		{nil, "auto -- m", ""},
		{[]string{"backend.device=cpu", "backend.device_ids=[0]"}, "cpu -- m", ""},
		{[]string{"backend.device_ids=[2]"}, "cuda -- m", "2"},
		{[]string{"backend.device_ids=[0,3]"}, "auto -- m", "0,3"},
		{[]string{"backend.device_map=balanced_low_0", "backend.device_ids=[1]"}, "balanced_low_0 -- m", "1"},
		{[]string{"backend.torch_dtype=bfloat16", "backend.trust_remote_code=true"}, "auto --dtype bfloat16 --trust-remote-code -- m", ""},
		{[]string{"backend.load_in_4bit=true", "backend.load_in_8bit=false"}, "auto --quantization bnb-4bit -- m", ""},
		{[]string{"backend.load_in_8bit=true"}, "auto --quantization bnb-8bit -- m", ""},
	} {
		t.Setenv("CUDA_VISIBLE_DEVICES", "")
		c, err := config.LoadRun("", append(tt.overrides, "backend.type=pytorch", "backend.model=m")...)
		require.NoError(t, err)
		require.Equal(t, head+tt.line, strings.Join(arguments(c.Backend, "127.0.0.1", "80"), " "))
		visible := ""
		for _, v := range environment(c.Backend) {
			if value, ok := strings.CutPrefix(v, "CUDA_VISIBLE_DEVICES="); ok {
				visible = value
			}
		}
		require.Equal(t, tt.visible, visible)
	}
}

func TestOutputKeepsItsEnd(t *testing.T) {
	o := &output{log: quiet}
	_, err := o.Write([]byte("one\n\ntwo\rthr"))
	require.NoError(t, err)
	_, err = o.Write([]byte("ee" + strings.Repeat("x", 2*lineBytes)))
	require.NoError(t, err)
	require.Len(t, o.kept, 4)
	require.Equal(t, []string{"one", "two"}, o.kept[:2])
	require.Less(t, len(o.partial), lineBytes)
}
