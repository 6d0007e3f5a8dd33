package joinbench

import (
	"testing"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }
