package compare

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// ReadRequests takes the samples out of a requests.csv. A file that is not there
// gives none.
func ReadRequests(path, method string) (Samples, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Samples{}, nil
	}
	if err != nil {
		return Samples{}, fmt.Errorf("requests: %w", err)
	}
	defer f.Close()
	s, err := readRequests(f, method)
	if err != nil {
		return s, fmt.Errorf("requests %s: %w", path, err)
	}
	return s, nil
}

func readRequests(from io.Reader, method string) (Samples, error) {
	var out Samples
	in := csv.NewReader(from)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return out, err
	}
	at := map[string]int{}
	for i, name := range header {
		at[name] = i
	}
	for _, name := range []string{"method", "status", "warmup", "ttft_s", "tpot_s", "energy_j", "energy_low_j", "energy_high_j", "output_tokens", "flags"} {
		if _, ok := at[name]; !ok {
			return out, fmt.Errorf("there is no column %s", name)
		}
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		number := func(column string) *float64 {
			v, bad := strconv.ParseFloat(row[at[column]], 64)
			if row[at[column]] == "" {
				return nil
			}
			err = errors.Join(err, bad)
			return &v
		}
		r := event.ResultRequest{
			Method: row[at["method"]], Status: event.Status(row[at["status"]]), Warmup: row[at["warmup"]] == "true",
			TTFTS: number("ttft_s"), TPOTS: number("tpot_s"),
			EnergyJ: number("energy_j"), EnergyLowJ: number("energy_low_j"), EnergyHighJ: number("energy_high_j"),
			Flags: strings.Fields(row[at["flags"]]),
		}
		if tokens := number("output_tokens"); tokens != nil {
			r.OutputTokens = new(int64(*tokens))
		}
		if err != nil {
			line, _ := in.FieldPos(0)
			return out, fmt.Errorf("line %d: %w", line, err)
		}
		out.Add(&r, method)
	}
}
