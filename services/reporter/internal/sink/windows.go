package sink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

var windowColumns = []string{
	"run_id", "from_ns", "to_ns", "duration_s", "requests_ok", "requests_other", "requests_per_s", "input_tokens_per_s",
	"output_tokens_per_s", "concurrency_mean", "concurrency_max", "measured_j", "requests_j", "idle_j", "unattributed_j",
	"gap_j", "mean_power_w", "j_per_request", "j_per_output_token", "ttft_p50_s", "ttft_p99_s", "itl_p50_s", "itl_p99_s",
	"tpot_p50_s", "tpot_p99_s", "e2e_p50_s", "e2e_p99_s",
}

// writeWindows writes windows.csv; a run without windows has none, and loses that
// of an earlier revision.
func writeWindows(path string, s event.Summary) error {
	if len(s.Windows) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		return nil
	}
	return replace(path, func(w io.Writer) error {
		return table(w, windowColumns, func(yield func([]string) bool) {
			for i := range s.Windows {
				if !yield(windowRow(s.RunID, &s.Windows[i])) {
					return
				}
			}
		})
	})
}

func windowRow(id event.RunID, w *event.Stretch) []string {
	whole := func(v int64) string { return strconv.FormatInt(v, 10) }
	return []string{
		string(id), whole(w.FromNS), whole(w.ToNS), float(w.DurationS), whole(w.RequestsOK), whole(w.RequestsOther),
		float(w.RequestsPerS), float(w.InputTokensPerS),
		float(w.OutputTokensPerS), float(w.ConcurrencyMean), whole(w.ConcurrencyMax), number(w.MeasuredJ), number(w.RequestsJ),
		number(w.IdleJ), number(w.UnattributedJ),
		number(w.GapJ), number(w.MeanPowerW), number(w.JPerRequest), number(w.JPerOutputToken), number(w.TTFTP50S), number(w.TTFTP99S),
		number(w.ITLP50S), number(w.ITLP99S),
		number(w.TPOTP50S), number(w.TPOTP99S), number(w.E2EP50S), number(w.E2EP99S),
	}
}
