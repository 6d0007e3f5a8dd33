package machine

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Facts describe a host.
type Facts struct {
	OS, Arch, Kernel string
	// CPU is the processor's name as the kernel gives it; Threads the logical
	// processors; Packages the sockets, at least 1.
	CPU      string
	Threads  int
	Packages int
	// RAMBytes is the installed memory that the kernel manages.
	RAMBytes int64
}

// Read collects the facts of the host whose file system is at root ("/" for this one).
func Read(root string) Facts {
	f := Facts{OS: runtime.GOOS, Arch: runtime.GOARCH, Packages: 1}
	if raw, err := os.ReadFile(filepath.Join(root, "proc/sys/kernel/osrelease")); err == nil {
		f.Kernel = strings.TrimSpace(string(raw))
	}
	if raw, err := os.ReadFile(filepath.Join(root, "proc/cpuinfo")); err == nil {
		f.CPU, f.Threads, f.Packages = parseCPUInfo(raw)
	}
	if f.Threads == 0 {
		f.Threads = runtime.NumCPU()
	}
	if raw, err := os.ReadFile(filepath.Join(root, "proc/meminfo")); err == nil {
		f.RAMBytes, _ = parseMemory(raw, memTotal)
	}
	return f
}

// parseCPUInfo takes the first name, counts processors and distinct packages.
func parseCPUInfo(raw []byte) (name string, threads, packages int) {
	sockets := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	// The flags line of a large processor is longer than the default buffer is
	// in some kernels.
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			continue
		}
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "processor":
			threads++
		case "physical id":
			sockets[value] = true
		case "model name", "Model", "cpu model":
			if name == "" {
				name = value
			}
		}
	}
	return name, threads, max(1, len(sockets))
}
