package redfish

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
	"time"

	"github.com/stretchr/testify/require"
)

const (
	user     = "aeb"
	password = "a-secret-password"
	token    = "a-secret-token"
)

// bmc stands in for a management controller: it wants an account, has sessions and
// serves resources by path.
type bmc struct {
	*httptest.Server
	caFile string

	mu        sync.Mutex
	resources map[string]string
	// answer, when set, takes the requests for resources; it may leave them to the rest.
	answer func(w http.ResponseWriter, r *http.Request) (done bool)
	asked  []string
	open   int // sessions
	logins int
	closed bool // the account
}

// newer has the EnvironmentMetrics of DSP2043's mockups, older the Power of one.
func newer() map[string]string {
	return map[string]string{
		"/redfish/v1/Chassis":                       `{"Members":[{"@odata.id":"/redfish/v1/Chassis/1U"}],"Members@odata.count":1}`,
		"/redfish/v1/Chassis/1U":                    `{"Id":"1U","Name":"Computer System Chassis","Power":{"@odata.id":"/redfish/v1/Chassis/1U/Power"},"EnvironmentMetrics":{"@odata.id":"/redfish/v1/Chassis/1U/EnvironmentMetrics"}}`,
		"/redfish/v1/Chassis/1U/EnvironmentMetrics": `{"@odata.type":"#EnvironmentMetrics.v1_3_0.EnvironmentMetrics","PowerWatts":{"DataSourceUri":"/redfish/v1/Chassis/1U/Sensors/TotalPower","Reading":812.5},"EnergykWh":{"Reading":10325.125}}`,
		"/redfish/v1/Chassis/1U/Sensors/TotalPower": `{"Id":"TotalPower","Reading":812.5,"ReadingType":"Power","Accuracy":2.5,"SensingInterval":"PT1S"}`,
		"/redfish/v1/Chassis/1U/Power":              `{"PowerControl":[{"PowerConsumedWatts":1}]}`,
	}
}

func older() map[string]string {
	return map[string]string{
		"/redfish/v1/Chassis":            `{"Members":[{"@odata.id":"/redfish/v1/Chassis/Self/"},{"@odata.id":"/redfish/v1/Chassis/Riser"}]}`,
		"/redfish/v1/Chassis/Self/":      `{"Id":"Self","Name":"Chassis","Power":{"@odata.id":"/redfish/v1/Chassis/Self/Power"}}`,
		"/redfish/v1/Chassis/Riser":      `{"Id":"Riser","Name":"Riser"}`,
		"/redfish/v1/Chassis/Self/Power": `{"@odata.type":"#Power.v1_5_0.Power","PowerControl":[{"MemberId":"0","Name":"System Power Control","PowerConsumedWatts":588,"PowerMetrics":{"IntervalInMin":1,"AverageConsumedWatts":570}},{"MemberId":"1","Name":"CPU Sub-system Power","PowerConsumedWatts":210}]}`,
	}
}

func serve(t *testing.T, resources map[string]string) *bmc {
	t.Helper()
	b := &bmc{resources: resources}
	b.Server = httptest.NewUnstartedServer(b)
	// It logs every client that does not trust it.
	b.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.StartTLS()
	t.Cleanup(b.Close)
	b.caFile = filepath.Join(t.TempDir(), "ca.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.Certificate().Raw})
	require.NoError(t, os.WriteFile(b.caFile, authority, 0o600))
	return b
}

// ServeHTTP implements http.Handler.
func (b *bmc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Method+" "+r.URL.Path)
	if r.Method == http.MethodPost && r.URL.Path == sessions {
		b.login(w, r)
		return
	}
	name, secret, basic := r.BasicAuth()
	switch known := basic && name == user && secret == password || b.open > 0 && r.Header.Get("X-Auth-Token") == token; {
	case b.closed || !known:
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodDelete && r.URL.Path == sessions+"/7":
		b.open--
		w.WriteHeader(http.StatusNoContent)
	case b.answer != nil && b.answer(w, r):
	case b.resources[r.URL.Path] == "":
		w.WriteHeader(http.StatusNotFound)
	default:
		fmt.Fprint(w, b.resources[r.URL.Path])
	}
}

func (b *bmc) login(w http.ResponseWriter, r *http.Request) {
	b.logins++
	var account struct{ UserName, Password string }
	if err := json.NewDecoder(r.Body).Decode(&account); err != nil || b.closed || account.UserName != user || account.Password != password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	b.open++
	w.Header().Set("X-Auth-Token", token)
	w.Header().Set("Location", sessions+"/7")
	w.WriteHeader(http.StatusCreated)
}

// set changes the stand-in between requests.
func (b *bmc) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *bmc) options() Options {
	return Options{
		URL: b.URL, Account: Account{User: user, Password: password, Auth: Session}, CAFile: b.caFile,
		Timeout: 5 * time.Second, Every: time.Second, Host: "h",
	}
}

// count is how many requests began so.
func (b *bmc) count(prefix string) int {
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
