package redfishtest

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The account that a controller knows, and the token of its sessions.
const (
	User     = "aeb"
	Password = "a-secret-password"
	Token    = "a-secret-token"
)

// sessions is where one is made.
const sessions = "/redfish/v1/SessionService/Sessions"

// BMC is a controller. Its fields are changed within Set once it serves.
type BMC struct {
	*httptest.Server
	// CAFile is the authority of its certificate.
	CAFile string

	mu sync.Mutex
	// Resources are by path.
	Resources map[string]string
	// Answer, when set, takes the requests for resources; it may leave them to the rest.
	Answer func(w http.ResponseWriter, r *http.Request) (done bool)
	// Refuses closes the account. Open and Logins count sessions.
	Refuses      bool
	Open, Logins int

	asked []string
}

// Newer are the resources of a chassis with EnvironmentMetrics, in the shape of DMTF's
// mockups (DSP2043).
func Newer() map[string]string {
	return map[string]string{
		"/redfish/v1/Chassis":                       `{"Members":[{"@odata.id":"/redfish/v1/Chassis/1U"}],"Members@odata.count":1}`,
		"/redfish/v1/Chassis/1U":                    `{"Id":"1U","Name":"Computer System Chassis","Power":{"@odata.id":"/redfish/v1/Chassis/1U/Power"},"EnvironmentMetrics":{"@odata.id":"/redfish/v1/Chassis/1U/EnvironmentMetrics"}}`,
		"/redfish/v1/Chassis/1U/EnvironmentMetrics": `{"@odata.type":"#EnvironmentMetrics.v1_3_0.EnvironmentMetrics","PowerWatts":{"DataSourceUri":"/redfish/v1/Chassis/1U/Sensors/TotalPower","Reading":812.5},"EnergykWh":{"Reading":10325.125}}`,
		"/redfish/v1/Chassis/1U/Sensors/TotalPower": `{"Id":"TotalPower","Reading":812.5,"ReadingType":"Power","Accuracy":2.5,"SensingInterval":"PT1S"}`,
		"/redfish/v1/Chassis/1U/Power":              `{"PowerControl":[{"PowerConsumedWatts":1}]}`,
	}
}

// Older are those of a chassis with Power, and of one without any reading.
func Older() map[string]string {
	return map[string]string{
		"/redfish/v1/Chassis":            `{"Members":[{"@odata.id":"/redfish/v1/Chassis/Self/"},{"@odata.id":"/redfish/v1/Chassis/Riser"}]}`,
		"/redfish/v1/Chassis/Self/":      `{"Id":"Self","Name":"Chassis","Power":{"@odata.id":"/redfish/v1/Chassis/Self/Power"}}`,
		"/redfish/v1/Chassis/Riser":      `{"Id":"Riser","Name":"Riser"}`,
		"/redfish/v1/Chassis/Self/Power": `{"@odata.type":"#Power.v1_5_0.Power","PowerControl":[{"MemberId":"0","Name":"System Power Control","PowerConsumedWatts":588,"PowerMetrics":{"IntervalInMin":1,"AverageConsumedWatts":570}},{"MemberId":"1","Name":"CPU Sub-system Power","PowerConsumedWatts":210}]}`,
	}
}

// Serve starts a controller that ends with the test.
func Serve(t *testing.T, resources map[string]string) *BMC {
	t.Helper()
	b := &BMC{Resources: resources}
	b.Server = httptest.NewUnstartedServer(b)
	// It logs every client that does not trust it.
	b.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.StartTLS()
	t.Cleanup(b.Close)
	b.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.Certificate().Raw})
	require.NoError(t, os.WriteFile(b.CAFile, authority, 0o600))
	return b
}

// ServeHTTP implements http.Handler.
func (b *BMC) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Method+" "+r.URL.Path)
	if r.Method == http.MethodPost && r.URL.Path == sessions {
		b.login(w, r)
		return
	}
	name, secret, basic := r.BasicAuth()
	switch known := basic && name == User && secret == Password || b.Open > 0 && r.Header.Get("X-Auth-Token") == Token; {
	case b.Refuses || !known:
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodDelete && r.URL.Path == sessions+"/7":
		b.Open--
		w.WriteHeader(http.StatusNoContent)
	case b.Answer != nil && b.Answer(w, r):
	case b.Resources[r.URL.Path] == "":
		w.WriteHeader(http.StatusNotFound)
	default:
		fmt.Fprint(w, b.Resources[r.URL.Path])
	}
}

func (b *BMC) login(w http.ResponseWriter, r *http.Request) {
	b.Logins++
	var account struct{ UserName, Password string }
	if err := json.NewDecoder(r.Body).Decode(&account); err != nil || b.Refuses || account.UserName != User || account.Password != Password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	b.Open++
	w.Header().Set("X-Auth-Token", Token)
	w.Header().Set("Location", "https://bmc.internal"+sessions+"/7")
	w.WriteHeader(http.StatusCreated)
}

// Set changes the controller between requests.
func (b *BMC) Set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// Count is how many requests began so, such as "GET /redfish".
func (b *BMC) Count(prefix string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, a := range b.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}
