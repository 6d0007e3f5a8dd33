package hub_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hubtest"
)

func TestMain(m *testing.M) {
	// Idle keep-alive connections of the shared transport outlive a test.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

const name = "acme/questions"

var content = bytes.Repeat([]byte("0123456789abcdef"), 4096)

// waits records what a client would have waited.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) pause(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

func client(t *testing.T, h *hubtest.Hub) (hub.Client, *waits) {
	t.Helper()
	w := &waits{}
	return hub.Client{Endpoint: h.URL, CacheDir: t.TempDir(), Pause: w.pause}, w
}

func query(change func(*hub.Query)) hub.Query {
	q := hub.Query{Dataset: name, Split: "train", Endings: []string{"jsonl", "parquet"}}
	if change != nil {
		change(&q)
	}
	return q
}

// fetch lists and downloads the first file.
func fetch(t *testing.T, c hub.Client, q hub.Query) (string, error) {
	t.Helper()
	files, err := c.Files(t.Context(), q)
	if err != nil {
		return "", err
	}
	path, err := c.Fetch(t.Context(), files.List[0])
	if err != nil {
		return "", err
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(got), nil
}

func converted(shards ...[]byte) hubtest.Dataset {
	return hubtest.Dataset{Converted: map[string]map[string][][]byte{"default": {"train": shards}}}
}

func TestConvertedFilesAreListedAndDownloaded(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content, []byte("second")))
	c, _ := client(t, h)
	files, err := c.Files(t.Context(), query(nil))
	require.NoError(t, err)
	require.Len(t, files.List, 2)
	require.Contains(t, files.String(), "config default, split train, 2 file(s)")
	for i, want := range [][]byte{content, []byte("second")} {
		path, err := c.Fetch(t.Context(), files.List[i])
		require.NoError(t, err)
		require.Equal(t, ".parquet", filepath.Ext(path))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestChoosingAConfigAndASplitSaysWhatThereIs(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, hubtest.Dataset{Converted: map[string]map[string][][]byte{
		"easy": {"train": {content}, "test": {content}},
		"hard": {"partial-train": {content}},
	}})
	c, _ := client(t, h)
	for _, f := range []struct {
		say    string
		change func(*hub.Query)
		want   string
	}{
		{"no config", nil, "set dataset_config to one of easy, hard"},
		{"wrong config", func(q *hub.Query) { q.Config = "medium" }, `no config "medium"; it has easy, hard`},
		{"wrong split", func(q *hub.Query) { q.Config, q.Split = "easy", "dev" }, `no split "dev"; it has test, train`},
		{"no such dataset", func(q *hub.Query) { q.Dataset = "acme/nothing" }, "there is no such dataset, or it is private"},
		{"not a name", func(q *hub.Query) { q.Dataset = "a/b/c" }, "neither a file nor owner/name"},
		{"climbing", func(q *hub.Query) { q.Dataset = "../.." }, "neither a file nor owner/name"},
	} {
		_, err := c.Files(t.Context(), query(f.change))
		require.ErrorContains(t, err, f.want, f.say)
	}
	files, err := c.Files(t.Context(), query(func(q *hub.Query) { q.Config = "hard" }))
	require.NoError(t, err)
	require.Equal(t, "partial-train", files.Split, "the part that the hub converted, and said so")
}

func TestUnchangedFilesAreNotDownloadedAgain(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, _ := client(t, h)
	for range 3 {
		got, err := fetch(t, c, query(nil))
		require.NoError(t, err)
		require.Equal(t, string(content), got)
	}
	require.Len(t, h.Downloads(), 1)

	h.Add(name, converted([]byte("new version")))
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, "new version", got)
	require.Len(t, h.Downloads(), 2)
}

func TestReplicasDownloadOnce(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, _ := client(t, h)
	files, err := c.Files(t.Context(), query(nil))
	require.NoError(t, err)
	var group sync.WaitGroup
	failures := make([]error, 8)
	for i := range failures {
		group.Go(func() { _, failures[i] = c.Fetch(t.Context(), files.List[0]) })
	}
	group.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	require.Len(t, h.Downloads(), 1)
}

func TestTokenGoesToTheHubAlone(t *testing.T) {
	h := hubtest.New(t)
	d := converted(content)
	d.Token = "hf_secret"
	h.Add(name, d)
	c, _ := client(t, h)

	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrAccess)
	require.ErrorContains(t, err, "hub_token")

	c.Token = "hf_wrong"
	_, err = fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrNotFound)
	require.NotContains(t, err.Error(), "hf_wrong")

	c.Token = "hf_secret"
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, string(content), got)
	require.NotEmpty(t, h.Downloads())
	for _, r := range h.Downloads() {
		require.Empty(t, r.Authorization, "on %s", r.Path)
	}
	saved := ""
	require.NoError(t, filepath.WalkDir(c.CacheDir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			raw, _ := os.ReadFile(path)
			saved += string(raw)
		}
		return err
	}))
	require.NotContains(t, saved, "hf_secret")
	require.NotContains(t, saved, "secret-signature")
}

func TestGatedDatasetsSaySo(t *testing.T) {
	h := hubtest.New(t)
	d := converted(content)
	d.Token, d.Gated = "hf_secret", true
	h.Add(name, d)
	c, _ := client(t, h)
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrAccess)
	require.ErrorContains(t, err, "accept its terms")
}

func TestRefusals(t *testing.T) {
	for _, f := range []struct {
		status int
		want   error
		says   string
		tries  int
	}{
		{401, hub.ErrAccess, "(401)", 1},
		{403, hub.ErrAccess, "(403)", 1},
		{404, hub.ErrNotFound, "(404)", 1},
		{429, hub.ErrUnavailable, "too many requests", 5},
		{500, hub.ErrUnavailable, "(500)", 5},
		{503, hub.ErrUnavailable, "(503)", 5},
		{418, hub.ErrUnavailable, "418", 1},
	} {
		h := hubtest.New(t)
		h.Add(name, converted(content))
		c, w := client(t, h)
		h.Break(hubtest.Status(func(r hubtest.Request) bool { return r.Method == "HEAD" }, 100, f.status))
		_, err := fetch(t, c, query(nil))
		require.ErrorIs(t, err, f.want, "%d", f.status)
		require.ErrorContains(t, err, f.says)
		require.Len(t, w.all, f.tries-1, "%d", f.status)
	}
}

func TestPassingFaultsAreWaitedOut(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, w := client(t, h)
	h.Break(hubtest.Status(hubtest.OnHub, 2, 503))
	h.Break(hubtest.Status(hubtest.OnHub, 1, 429, "Retry-After", "7"))
	h.Break(hubtest.Status(hubtest.OnHub, 1, 429, "RateLimit", `"api";r=0;t=20`))
	h.Break(hubtest.Status(hubtest.OnCDN, 2, 500))
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, string(content), got)
	require.Contains(t, w.all, 7*time.Second)
	require.Contains(t, w.all, 21*time.Second)
	for _, d := range w.all {
		require.Positive(t, d)
	}
}

func TestTooLongAWaitIsRefused(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, w := client(t, h)
	h.Break(hubtest.Status(hubtest.OnHub, 1, 429, "Retry-After", "3600"))
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrUnavailable)
	require.ErrorContains(t, err, "asks to wait for 1h0m0s")
	require.Empty(t, w.all)
}

func TestBrokenDownloadsGoOnWhereTheyStopped(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, _ := client(t, h)
	h.Break(hubtest.CutAfter(10_000, 3))
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, string(content), got)
	downloads := h.Downloads()
	require.Len(t, downloads, 4)
	require.Empty(t, downloads[0].Range)
	for _, r := range downloads[1:] {
		require.Regexp(t, `^bytes=[1-9]\d*-$`, r.Range)
		require.NotEmpty(t, r.IfRange)
	}
}

func TestAnotherProcessGoesOnWhereOneStopped(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, _ := client(t, h)
	h.Break(hubtest.CutAfter(30_000, 1))
	h.Break(hubtest.Status(hubtest.OnCDN, 5, 500))
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrUnavailable)
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, string(content), got)
	require.Contains(t, h.Downloads()[len(h.Downloads())-1].Range, "bytes=")
}

func TestFileThatChangesBetweenAttemptsIsDownloadedWhole(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, _ := client(t, h)
	h.Break(hubtest.CutAfter(10_000, 1))
	h.Break(hubtest.Status(hubtest.OnCDN, 5, 500))
	_, err := fetch(t, c, query(nil))
	require.Error(t, err)
	other := bytes.Repeat([]byte("fedcba9876543210"), 4096)
	h.Add(name, converted(other))
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, string(other), got)
}

func TestDamagedDownloadsAreNotKept(t *testing.T) {
	for _, f := range []struct {
		name  string
		fault func(times int) hubtest.Fault
		says  string
	}{
		{"wrong checksum", hubtest.Garble, "SHA-256"},
		{"truncated", func(times int) hubtest.Fault { return hubtest.Truncate(100, times) }, "100 of 65536 bytes"},
	} {
		t.Run(f.name, func(t *testing.T) {
			h := hubtest.New(t)
			h.Add(name, converted(content))
			c, _ := client(t, h)
			h.Break(f.fault(1))
			got, err := fetch(t, c, query(nil))
			require.NoError(t, err, "once may pass")
			require.Equal(t, string(content), got)

			c, _ = client(t, h)
			h.Break(f.fault(100))
			_, err = fetch(t, c, query(nil))
			require.ErrorIs(t, err, hub.ErrCorrupt)
			require.ErrorContains(t, err, f.says)
			c.Offline = true
			_, err = fetch(t, c, query(nil))
			require.ErrorIs(t, err, hub.ErrOffline)
		})
	}
}

func TestHubThatLiesAboutTheChecksum(t *testing.T) {
	h := hubtest.New(t)
	d := converted(content)
	d.SHA256 = strings.Repeat("a", 64)
	h.Add(name, d)
	c, _ := client(t, h)
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrCorrupt)
	require.Len(t, h.Downloads(), 2)
}

func TestOffline(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, converted(content))
	c, _ := client(t, h)
	c.Offline = true
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrOffline)
	require.ErrorContains(t, err, "never listed")
	require.Empty(t, h.Requests())

	c.Offline = false
	_, err = fetch(t, c, query(nil))
	require.NoError(t, err)
	before := len(h.Requests())
	c.Offline = true
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, string(content), got)
	require.Len(t, h.Requests(), before)
}

func TestCacheTellsHubsApart(t *testing.T) {
	first, second := hubtest.New(t), hubtest.New(t)
	first.Add(name, converted([]byte("one")))
	second.Add(name, converted([]byte("two")))
	c, _ := client(t, first)
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, "one", got)
	c.Endpoint = second.URL + "/"
	got, err = fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, "two", got)
}

func TestRevisionAndPrivateDatasetsUseTheirOwnFiles(t *testing.T) {
	h := hubtest.New(t)
	commit := strings.Repeat("b", 40)
	h.Add(name, hubtest.Dataset{
		Commit: commit, Token: "hf_secret",
		Files: map[string][]byte{
			"README.md":                          []byte("no"),
			"data/train-00000-of-00002.parquet":  []byte("one"),
			"data/train-00001-of-00002.parquet":  []byte("two"),
			"data/test set-00000-of-00001.jsonl": []byte("{}"),
		},
	})
	c, _ := client(t, h)
	c.Token = "hf_secret"
	for _, revision := range []string{"", "main", commit} {
		files, err := c.Files(t.Context(), query(func(q *hub.Query) { q.Revision = revision }))
		require.NoError(t, err)
		require.Len(t, files.List, 2, "revision %q", revision)
		require.Equal(t, commit, files.Commit)
		require.Contains(t, files.List[0].URL, commit, "what main was, not what it becomes")
		path, err := c.Fetch(t.Context(), files.List[1])
		require.NoError(t, err)
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "two", string(got))
	}
	_, err := c.Files(t.Context(), query(func(q *hub.Query) { q.Revision = "v9" }))
	require.ErrorIs(t, err, hub.ErrNotFound)
	require.ErrorContains(t, err, "no such revision")
}

func TestSmallFilesComeFromTheHubItself(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, hubtest.Dataset{Small: true, Files: map[string][]byte{"sub dir/ü.jsonl": []byte("{}")}})
	c, _ := client(t, h)
	got, err := fetch(t, c, query(nil))
	require.NoError(t, err)
	require.Equal(t, "{}", got)
	require.Empty(t, h.Downloads())
}

func TestUnreachableHub(t *testing.T) {
	c, w := client(t, &hubtest.Hub{URL: "http://127.0.0.1:1"})
	c.Token = config.Secret("hf_secret")
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrUnavailable)
	require.NotContains(t, err.Error(), "hf_secret")
	require.Len(t, w.all, 4)
	c.Endpoint = "huggingface.co"
	_, err = fetch(t, c, query(nil))
	require.ErrorContains(t, err, "is not an http:// or https:// URL")
}

func TestNothingToRead(t *testing.T) {
	h := hubtest.New(t)
	h.Add(name, hubtest.Dataset{Files: map[string][]byte{"train.zip": []byte("PK")}})
	c, _ := client(t, h)
	_, err := fetch(t, c, query(nil))
	require.ErrorIs(t, err, hub.ErrNotFound)
	require.ErrorContains(t, err, "no file that can be read (jsonl, parquet)")
}
