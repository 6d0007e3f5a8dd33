package clickhouse

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// DashboardURL opens ClickHouse's own /dashboard page on the project's charts of a
// run; an empty run is the newest one, then and on every reload.
//
// The page keeps its state in the URL's fragment: compressed, or as here in plain
// base64, which it still reads. Its loader takes the query that lists the charts
// from the key search_query_ (with the underscore; 26.7), its writer uses
// search_query, so both are given. A password cannot be given; the page asks.
func DashboardURL(httpURL, user, database, run string) string {
	httpURL = strings.TrimSuffix(httpURL, "/")
	search := "SELECT title, query FROM " + database + ".dashboards FINAL WHERE dashboard = 'AI energy' ORDER BY position"
	state := map[string]any{
		"host": httpURL + "/", "user": user, "queries": []string{},
		"params":       map[string]string{"rounding": "1", "seconds": "86400", "run": run},
		"search_query": search, "search_query_": search, "customized": false, "customized_": false,
	}
	// Maps of strings and booleans always marshal.
	text, _ := json.Marshal(state)
	return httpURL + "/dashboard?user=" + user + "#" + base64.StdEncoding.EncodeToString(text)
}
