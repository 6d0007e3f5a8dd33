package clickhouse

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Version is the npm release whose library is used: ClickHouse 26.7.
const Version = "26.7.3-stable.1"

// libraryName is the file inside the npm package, on every platform.
const libraryName = "libchdb.so"

// libraryEnv names an existing libchdb.so instead of the fetched one, for
// machines without npm or network.
const libraryEnv = "AEB_LIBCHDB"

// npmPackage is the library's npm package for one platform.
type npmPackage struct {
	name string
	// integrity is the tarball's hash as npm writes it (sha512, base64). Empty:
	// no release of this platform was at hand when this was written, and npm's
	// own record is what is checked.
	integrity string
}

// packages by GOOS/GOARCH. The hash is dist.integrity of Version.
var packages = map[string]npmPackage{
	"linux/amd64": {
		name:      "@chdb/lib-linux-x64-gnu",
		integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
	},
	"linux/arm64":  {name: "@chdb/lib-linux-arm64-gnu"},
	"darwin/amd64": {name: "@chdb/lib-darwin-x64"},
	"darwin/arm64": {name: "@chdb/lib-darwin-arm64"},
}

// platform is this one's key in packages.
func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// cacheDir is where the library of this version and platform lives:
// $AEB_CACHE, else the user's cache folder, never the source tree.
func cacheDir() (string, error) {
	root := os.Getenv("AEB_CACHE")
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("%w: no cache folder (%w); set AEB_CACHE", ErrUnavailable, err)
		}
		root = filepath.Join(user, "aeb")
	}
	return filepath.Join(root, "clickhouse", Version, runtime.GOOS+"-"+runtime.GOARCH), nil
}
