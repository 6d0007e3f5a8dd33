package clickhouse

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holdQuery keeps the engine up after its listeners have started. It needs no
// file and no input, wakes ten times a second, and can be cancelled at any of
// them. endQuery cancels it: the local session is the only one without a user.
const (
	holdQuery = "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; " +
		"SELECT sleepEachRow(0.1) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null"
	holdCount = 3
	endQuery  = "KILL QUERY WHERE user = '' ASYNC"
)

// configXML: one source of users, UTC everywhere, no log but warnings.
const configXML = `<clickhouse>
  <user_directories><users_xml><path>%s</path></users_xml></user_directories>
  <logger><level>warning</level></logger>
  <timezone>UTC</timezone>
</clickhouse>
`

// usersXML has two users. aeb owns everything and has a password. default, which
// has none because the engine's local session logs in as it, may only do what
// the holding query does, and its quota is used up by just that: whoever logs in
// as default afterwards is refused.
const usersXML = `<clickhouse>
  <profiles><default/></profiles>
  <quotas>
    <default/>
    <hold><interval><duration>315360000</duration><queries>%d</queries></interval></hold>
  </quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>hold</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT ON system.numbers</query>
      </grants>
    </default>
    <aeb>
      <password_sha256_hex>%s</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <access_management>1</access_management>
    </aeb>
  </users>
</clickhouse>
`

// newPassword is 128 random bits in hex.
func newPassword() string {
	var raw [16]byte
	// crypto/rand.Read never fails on the supported platforms.
	_, _ = rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// writeConfig puts the engine's two files under dir and returns the engine's
// arguments. Only the password's hash is written.
func writeConfig(dir, password string, httpPort, tcpPort int) ([]string, error) {
	conf := filepath.Join(dir, "config")
	data := filepath.Join(dir, "data")
	for _, d := range []string{conf, data} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("folder of embedded ClickHouse: %w", err)
		}
	}
	users := filepath.Join(conf, "users.xml")
	hash := sha256.Sum256([]byte(password))
	files := map[string]string{
		users:                             fmt.Sprintf(usersXML, holdCount, hex.EncodeToString(hash[:])),
		filepath.Join(conf, "config.xml"): fmt.Sprintf(configXML, escapeXML(users)),
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("config of embedded ClickHouse: %w", err)
		}
	}
	return []string{
		"--config-file=" + filepath.Join(conf, "config.xml"),
		"--path=" + data,
		"--listen_host=127.0.0.1",
		"--http_port=" + strconv.Itoa(httpPort),
		"--tcp_port=" + strconv.Itoa(tcpPort),
		"--query=" + holdQuery,
	}, nil
}

func escapeXML(s string) string {
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
