package emission

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Lookup finds the intensity of a place, by the finest part that is known:
// forced value, region, cloud region, country, and for an empty place the world
// average. A region needs its country. A part that is given and unknown is an *[UnknownPlaceError], except
// that the country stands in, with a note, where nobody publishes finer figures:
// for regions outside the USA, Canada and the Nordic countries, and for cloud
// providers that the table does not have.
func (t *Table) Lookup(p Place) (Intensity, error) {
	if p.Force != nil {
		if v := float64(*p.Force); v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return Intensity{}, fmt.Errorf("%w: intensity %g g/kWh", ErrFactor, v)
		}
		return Intensity{Value: *p.Force, Place: "as configured", Source: "user"}, nil
	}
	country := strings.ToUpper(strings.TrimSpace(p.Country))
	if country != "" {
		if _, ok := t.country[country]; !ok {
			return Intensity{}, &UnknownPlaceError{"country", p.Country, t.nearCountries(p.Country)}
		}
	}
	var notes []string
	if p.Region != "" {
		found, note, err := t.lookupRegion(country, p.Region)
		if err != nil || found != nil {
			return t.intensity(found, nil), err
		}
		notes = append(notes, note)
	}
	if p.CloudRegion != "" || p.CloudProvider != "" {
		found, note, err := t.lookupCloud(p.CloudProvider, p.CloudRegion)
		if err != nil || found != nil {
			return t.intensity(found, notes), err
		}
		notes = append(notes, note)
	}
	if country != "" {
		found := t.country[country]
		return t.intensity(&found, notes), nil
	}
	return t.intensity(&t.world, notes), nil
}

func (t *Table) lookupRegion(country, region string) (*row, string, error) {
	regions := t.region[country]
	if len(regions) == 0 && country != "" {
		return nil, fmt.Sprintf("no regional figure for %s, so the country's is used", region), nil
	}
	if r, ok := regions[fold(region)]; ok && country != "" {
		return &r, "", nil
	}
	candidates := make([]row, 0, len(regions))
	for _, r := range t.rows {
		if r.scope == scopeRegion && (r.country == country || country == "") {
			candidates = append(candidates, r)
		}
	}
	return nil, "", &UnknownPlaceError{"region", region, near(region, candidates)}
}

func (t *Table) lookupCloud(provider, region string) (*row, string, error) {
	code := provider + "/" + region
	if r, ok := t.cloud[fold(code)]; ok {
		return &r, "", nil
	}
	var candidates []row
	for _, r := range t.rows {
		if r.scope == scopeCloud && strings.HasPrefix(r.code, strings.ToLower(provider)+"/") {
			candidates = append(candidates, r)
		}
	}
	if len(candidates) == 0 {
		return nil, fmt.Sprintf("no figures for the regions of %s, so the country's is used", provider), nil
	}
	return nil, "", &UnknownPlaceError{"cloud_region", code, near(code, candidates)}
}

func (t *Table) intensity(r *row, notes []string) Intensity {
	if r == nil {
		return Intensity{}
	}
	i := Intensity{Value: r.value, Place: r.name, Code: r.code, Source: r.source, Year: r.year, Note: strings.Join(notes, "; ")}
	if r.scope == scopeRegion {
		i.Code = r.country + "/" + r.code
		i.Place = r.name + ", " + t.country[r.country].name
	}
	return i
}

// alpha2 are the two-letter codes that people write most; the table is by
// three letters.
var alpha2 = map[string]string{
	"US": "USA", "UK": "GBR", "GB": "GBR", "DE": "DEU", "FR": "FRA", "CA": "CAN", "CN": "CHN", "IN": "IND", "JP": "JPN",
	"SE": "SWE", "NO": "NOR", "FI": "FIN", "DK": "DNK", "NL": "NLD", "BE": "BEL", "CH": "CHE", "AT": "AUT", "IT": "ITA",
	"ES": "ESP", "PT": "PRT", "PL": "POL", "IE": "IRL", "AU": "AUS", "NZ": "NZL", "BR": "BRA", "KR": "KOR", "SG": "SGP",
}

func (t *Table) nearCountries(name string) []string {
	if code, ok := alpha2[strings.ToUpper(name)]; ok {
		if r, ok := t.country[code]; ok {
			return []string{label(r)}
		}
	}
	candidates := make([]row, 0, len(t.country))
	for _, r := range t.rows {
		if r.scope == scopeCountry {
			candidates = append(candidates, r)
		}
	}
	return near(name, candidates)
}

// near lists up to three candidates whose code or name is spelt nearly so.
func near(name string, candidates []row) []string {
	type scored struct {
		row      row
		distance int
	}
	want := fold(name)
	var found []scored
	for _, r := range candidates {
		d := min(levenshtein.ComputeDistance(want, fold(r.code)), levenshtein.ComputeDistance(want, fold(r.name)))
		if strings.Contains(fold(r.name), want) && len(want) > 3 {
			d = min(d, 1)
		}
		if d <= max(1, len(want)/3) {
			found = append(found, scored{r, d})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.row.code, b.row.code))
	})
	var out []string
	for _, s := range found[:min(3, len(found))] {
		out = append(out, label(s.row))
	}
	return out
}

func label(r row) string { return r.code + " (" + r.name + ")" }
