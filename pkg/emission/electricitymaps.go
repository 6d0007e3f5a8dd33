package emission

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ElectricityMapsURL is the service's public address.
const ElectricityMapsURL = "https://api.electricitymaps.com"

const (
	// electricityMapsTimeout is what CodeCarbon allows too.
	electricityMapsTimeout = 30 * time.Second
	// electricityMapsPeriod is how long one figure stands: the service's default
	// resolution.
	electricityMapsPeriod = time.Hour
	maxAnswerBytes        = 1 << 20
)

// ElectricityMaps reads the latest intensity from Electricity Maps, by the
// place's zone or data centre. It asks at most once an hour for each.
type ElectricityMaps struct {
	base   string
	client *http.Client
	// authorize keeps the token out of anything that could be printed.
	authorize func(*http.Request)

	mu     sync.Mutex
	latest map[string]observed
}

type observed struct {
	intensity Intensity
	from      time.Time
}

// NewElectricityMaps talks to base with the token of an account. A nil client is
// one with a timeout of 30 s.
func NewElectricityMaps(base, token string, client *http.Client) *ElectricityMaps {
	if client == nil {
		client = &http.Client{Timeout: electricityMapsTimeout}
	}
	return &ElectricityMaps{
		base:      strings.TrimRight(base, "/"),
		client:    client,
		authorize: func(r *http.Request) { r.Header.Set("auth-token", token) },
		latest:    map[string]observed{},
	}
}

// Intensity implements Provider. The service offers only the present without a
// contract, so a moment that its latest figure does not cover is ErrNoFigure.
func (e *ElectricityMaps) Intensity(ctx context.Context, p Place, at time.Time) (Intensity, error) {
	query := url.Values{}
	switch {
	case p.Zone != "":
		query.Set("zone", p.Zone)
	case p.CloudProvider != "" && p.CloudRegion != "":
		query.Set("dataCenterProvider", strings.ToLower(p.CloudProvider))
		query.Set("dataCenterRegion", strings.ToLower(p.CloudRegion))
	default:
		return Intensity{}, fmt.Errorf("%w: Electricity Maps wants a zone or a cloud region", ErrNoFigure)
	}
	// Without this an unknown zone is answered for wherever the caller sits.
	query.Set("shouldUseFallbackCallerLookup", "false")

	// Held while asking, so that many callers make one request.
	e.mu.Lock()
	defer e.mu.Unlock()
	key := query.Encode()
	o := e.latest[key]
	if o.from.IsZero() || !at.Before(o.from.Add(electricityMapsPeriod)) {
		fresh, err := e.ask(ctx, key)
		if err != nil {
			return Intensity{}, err
		}
		o = fresh
		e.latest[key] = o
	}
	if at.Before(o.from) || !at.Before(o.from.Add(2*electricityMapsPeriod)) {
		return Intensity{}, fmt.Errorf("%w: Electricity Maps has %s for %s", ErrNoFigure, o.from.Format(time.RFC3339), o.intensity.Place)
	}
	return o.intensity, nil
}

// answer is the part of /v3/carbon-intensity/latest that is used.
type answer struct {
	Zone               string    `json:"zone"`
	CarbonIntensity    *float64  `json:"carbonIntensity"`
	Datetime           time.Time `json:"datetime"`
	EmissionFactorType string    `json:"emissionFactorType"`
	IsEstimated        bool      `json:"isEstimated"`
	EstimationMethod   string    `json:"estimationMethod"`
}

func (e *ElectricityMaps) ask(ctx context.Context, query string) (observed, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.base+"/v3/carbon-intensity/latest?"+query, nil)
	if err != nil {
		return observed{}, fmt.Errorf("ask Electricity Maps: %w", err)
	}
	e.authorize(request)
	response, err := e.client.Do(request)
	if err != nil {
		return observed{}, fmt.Errorf("%w: ask Electricity Maps: %w", ErrUnavailable, err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return observed{}, fmt.Errorf("%w: Electricity Maps: %s", ErrRefused, response.Status)
	case http.StatusNotFound, http.StatusBadRequest:
		return observed{}, fmt.Errorf("%w: Electricity Maps: %s for %s", ErrUnknownPlace, response.Status, query)
	default:
		return observed{}, fmt.Errorf("%w: Electricity Maps: %s", ErrUnavailable, response.Status)
	}
	var a answer
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswerBytes)).Decode(&a); err != nil {
		return observed{}, fmt.Errorf("%w: read the answer of Electricity Maps: %w", ErrUnavailable, err)
	}
	if a.CarbonIntensity == nil || *a.CarbonIntensity < 0 || a.Datetime.IsZero() {
		return observed{}, fmt.Errorf("%w: Electricity Maps answers without an intensity for %s", ErrUnavailable, query)
	}
	i := Intensity{
		Value:  GramsPerKWh(*a.CarbonIntensity),
		Place:  a.Zone,
		Code:   "zone/" + a.Zone,
		Source: "Electricity Maps " + a.Datetime.UTC().Format(time.RFC3339),
		Year:   a.Datetime.UTC().Year(),
		From:   a.Datetime,
		To:     a.Datetime.Add(2 * electricityMapsPeriod),
	}
	if a.EmissionFactorType != "" {
		i.Source += " (" + a.EmissionFactorType + ")"
	}
	if a.IsEstimated {
		i.Estimated, i.EstimationMethod = true, a.EstimationMethod
	}
	return observed{i, a.Datetime}, nil
}
