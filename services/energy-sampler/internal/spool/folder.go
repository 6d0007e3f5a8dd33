package spool

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// folder keeps events as one file each, named by their order and their time, so
// that even a file that cannot be read tells what is missing.
type folder struct {
	dir   string
	files []file
	bytes int64
}

type file struct {
	order uint64
	span  span
	size  int64
}

func (f file) name() string {
	return fmt.Sprintf("%020d_%d_%d.json", f.order, f.span.fromNS, f.span.toNS)
}

// parseName reads what name writes.
func parseName(name string) (file, bool) {
	var f file
	if _, err := fmt.Sscanf(name, "%020d_%d_%d.json", &f.order, &f.span.fromNS, &f.span.toNS); err != nil {
		return file{}, false
	}
	return f, f.name() == name
}

// stored is the content of a file.
type stored struct {
	Type event.Type      `json:"type"`
	Data json.RawMessage `json:"data"`
}

// openFolder makes dir where it is missing and finds what an earlier process left.
func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	f := &folder{dir: dir}
	for _, entry := range entries {
		one, ok := parseName(entry.Name())
		info, err := entry.Info()
		if !ok || err != nil {
			continue
		}
		one.size = info.Size()
		f.files = append(f.files, one)
		f.bytes += one.size
	}
	slices.SortFunc(f.files, func(a, b file) int { return cmp.Compare(a.order, b.order) })
	return f, nil
}

func encode(p event.Payload) ([]byte, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", p.EventType().Name(), err)
	}
	return json.Marshal(stored{p.EventType(), data})
}

// last is the highest number in the folder.
func (f *folder) last() uint64 {
	if n := len(f.files); n > 0 {
		return f.files[n-1].order
	}
	return 0
}

// write leaves a whole file or none, also when the process is killed: the name
// appears when the content is there.
func (f *folder) write(order uint64, content []byte, s span) error {
	one := file{order: order, span: s, size: int64(len(content))}
	path := filepath.Join(f.dir, one.name())
	if err := os.WriteFile(path+".part", content, 0o600); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	f.bytes += one.size
	f.files = append(f.files, one)
	return nil
}

// take gives the oldest event out; its file stays until remove.
func (f *folder) take() (file, event.Payload, error) {
	oldest := f.files[0]
	f.files = f.files[1:]
	raw, err := os.ReadFile(filepath.Join(f.dir, oldest.name()))
	if err != nil {
		return oldest, nil, fmt.Errorf("read spool: %w", err)
	}
	p, err := decode(raw)
	return oldest, p, err
}

func decode(raw []byte) (event.Payload, error) {
	var s stored
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	p, ok := event.NewPayload(s.Type)
	if !ok {
		return nil, fmt.Errorf("read spool: type %q is not known", s.Type)
	}
	if err := json.Unmarshal(s.Data, p); err != nil {
		return nil, fmt.Errorf("read spool: %s: %w", s.Type.Name(), err)
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("read spool: %s: %w", s.Type.Name(), err)
	}
	return p, nil
}

// drop removes the oldest event unread.
func (f *folder) drop() file {
	oldest := f.files[0]
	f.files = f.files[1:]
	f.remove(oldest)
	return oldest
}

func (f *folder) remove(one file) {
	f.bytes -= one.size
	// A file that stays behind would be published again after a restart, under
	// a new id; its samples are recognised there as duplicates.
	_ = os.Remove(filepath.Join(f.dir, one.name()))
}
