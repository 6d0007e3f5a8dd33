package emission

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed intensity.csv
var intensityCSV []byte

type scope string

const (
	scopeWorld   scope = "world"
	scopeCountry scope = "country"
	scopeRegion  scope = "region"
	scopeCloud   scope = "cloud"
)

// row is one figure of the table.
type row struct {
	scope   scope
	country string
	code    string
	name    string
	value   GramsPerKWh
	year    int
	source  string
}

// Table is a set of yearly average intensities. It does not change once read.
type Table struct {
	world   row
	country map[string]row
	// region is by country, then by folded code or name.
	region map[string]map[string]row
	cloud  map[string]row
	rows   []row
}

// Default is the table that comes with the program.
var Default = sync.OnceValue(func() *Table {
	t, err := ReadTable(intensityCSV)
	if err != nil {
		panic(fmt.Sprintf("intensity.csv: %v", err))
	}
	return t
})

var header = []string{"scope", "country", "code", "name", "g_per_kwh", "year", "source"}

// ReadTable reads the format of intensity.csv: a header, then one figure a line
// with scope world, country, region or cloud. It wants exactly one world figure
// and no place twice.
func ReadTable(text []byte) (*Table, error) {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = len(header)
	records, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("carbon intensity table: %w", err)
	}
	if len(records) == 0 || strings.Join(records[0], ",") != strings.Join(header, ",") {
		return nil, fmt.Errorf("carbon intensity table: want the header %s", strings.Join(header, ","))
	}
	t := &Table{country: map[string]row{}, region: map[string]map[string]row{}, cloud: map[string]row{}}
	for i, record := range records[1:] {
		r, err := parseRow(record)
		if err == nil {
			err = t.add(r)
		}
		if err != nil {
			return nil, fmt.Errorf("carbon intensity table: line %d: %w", i+2, err)
		}
	}
	if t.world.source == "" {
		return nil, errors.New("carbon intensity table: no world figure")
	}
	return t, nil
}

func parseRow(record []string) (row, error) {
	value, err := strconv.ParseFloat(record[4], 64)
	if err != nil || value < 0 || math.IsInf(value, 0) || math.IsNaN(value) {
		return row{}, fmt.Errorf("%q is not an intensity", record[4])
	}
	year, err := strconv.Atoi(record[5])
	if err != nil || year < 1990 || year > 2100 {
		return row{}, fmt.Errorf("%q is not a year", record[5])
	}
	r := row{scope(record[0]), record[1], record[2], record[3], GramsPerKWh(value), year, record[6]}
	if r.code == "" || r.name == "" || r.source == "" {
		return row{}, fmt.Errorf("%s: code, name and source are needed", record[2])
	}
	return r, nil
}

func (t *Table) add(r row) error {
	put := func(in map[string]row, key string) error {
		if _, taken := in[key]; taken {
			return fmt.Errorf("%s is listed twice", key)
		}
		in[key] = r
		return nil
	}
	t.rows = append(t.rows, r)
	switch r.scope {
	case scopeWorld:
		if t.world.source != "" {
			return errors.New("a second world figure")
		}
		t.world = r
		return nil
	case scopeCountry:
		return put(t.country, r.code)
	case scopeCloud:
		return put(t.cloud, fold(r.code))
	case scopeRegion:
		in := t.region[r.country]
		if in == nil {
			in = map[string]row{}
			t.region[r.country] = in
		}
		if err := put(in, fold(r.code)); err != nil || fold(r.name) == fold(r.code) {
			return err
		}
		return put(in, fold(r.name))
	}
	return fmt.Errorf("scope %q is not known", r.scope)
}

// letters that names in the table and in configs differ by.
var unaccent = strings.NewReplacer("é", "e", "å", "a", "ø", "o", "ö", "o", "ä", "a", "_", " ", "-", " ")

// fold makes spellings of a place comparable: new_york, New York and NEW-YORK.
func fold(name string) string {
	return strings.Join(strings.Fields(unaccent.Replace(strings.ToLower(name))), " ")
}
