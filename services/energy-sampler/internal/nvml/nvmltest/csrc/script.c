#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int bad(const char *line) {
    fprintf(stderr, "fake nvml: cannot read script line: %s\n", line);
    return -1;
}

static void add_segment(struct script *s, int device, double at_s, double power_mw) {
    for (int d = 0; d < MAX_DEVICES; d++) {
        if ((device < 0 || device == d) && s->segment_count[d] < MAX_SEGMENTS) {
            struct segment *g = &s->segments[d][s->segment_count[d]++];
            g->at_ns = (int64_t)(at_s * 1e9);
            g->power_mw = power_mw;
        }
    }
}

static int add_fault(struct script *s, int device, double from_s, double to_s, const char *kind, const char *what) {
    static const char *names[] = {"lost", "unknown", "reset", "frozen", "stale", "unsupported", "process", "throttle", "limit"};
    for (int k = 0; k < (int)(sizeof names / sizeof names[0]); k++) {
        if (strcmp(kind, names[k]) == 0 && s->fault_count < MAX_FAULTS) {
            struct fault *f = &s->faults[s->fault_count++];
            f->device = device;
            f->kind = (enum fault_kind)k;
            f->from_ns = (int64_t)(from_s * 1e9);
            f->to_ns = (int64_t)(to_s * 1e9);
            snprintf(f->what, sizeof f->what, "%s", what);
            return 0;
        }
    }
    return -1;
}

static int read_line(struct script *s, char *line) {
    char word[32], kind[32], what[32] = "";
    int device;
    double a, b;
    long long n;

    if (line[0] == '#' || line[0] == '\n' || line[0] == 0) return 0;
    if (sscanf(line, "power %d %lf %lf", &device, &a, &b) == 3) {
        add_segment(s, device, a, b);
        return 0;
    }
    if (sscanf(line, "fault %d %lf %lf %31s %31s", &device, &a, &b, kind, what) >= 4)
        return add_fault(s, device, a, b, kind, what);
    if (sscanf(line, "name %63[^\n]", s->name) == 1) return 0;
    if (sscanf(line, "stamps %31s", word) == 1) {
        s->stamps = strcmp(word, "step") == 0 ? STAMP_STEP : strcmp(word, "none") == 0 ? STAMP_NONE : STAMP_CALL;
        return 0;
    }
    if (sscanf(line, "%31s %lli", word, &n) != 2) return -1;
    if (strcmp(word, "devices") == 0 && n >= 0 && n <= MAX_DEVICES) s->devices = (int)n;
    else if (strcmp(word, "start_ns") == 0) s->start_ns = n;
    else if (strcmp(word, "step_ns") == 0 && n > 0) s->step_ns = n;
    else if (strcmp(word, "latency_ns") == 0) s->latency_ns = n;
    else if (strcmp(word, "samples_ns") == 0) s->samples_ns = n;
    else if (strcmp(word, "architecture") == 0) s->architecture = (unsigned)n;
    else if (strcmp(word, "pci_device") == 0) s->pci_device = (unsigned)n;
    else if (strcmp(word, "mig") == 0) s->mig = (int)n;
    else if (strcmp(word, "vgpu") == 0) s->vgpu = (int)n;
    else if (strcmp(word, "module_only") == 0) s->module_only = (int)n;
    else return -1;
    return 0;
}

int script_load(struct script *s) {
    char line[256];
    const char *path = getenv("FAKE_NVML_SCRIPT");
    FILE *f;

    memset(s, 0, sizeof *s);
    s->devices = 1;
    s->start_ns = now_ns();
    s->step_ns = 20 * 1000 * 1000;
    s->architecture = 9; /* Hopper */
    s->pci_device = 0x233010de;
    snprintf(s->name, sizeof s->name, "Fake H100");
    if (path == NULL || path[0] == 0) {
        add_segment(s, -1, 0, 100000);
        return 0;
    }
    if ((f = fopen(path, "r")) == NULL) return bad(path);
    while (fgets(line, sizeof line, f) != NULL) {
        if (read_line(s, line) != 0) {
            fclose(f);
            return bad(line);
        }
    }
    fclose(f);
    return 0;
}

double script_power_mw(const struct script *s, int device, int64_t t_ns) {
    double power = 0;
    for (int i = 0; i < s->segment_count[device] && s->segments[device][i].at_ns <= t_ns; i++)
        power = s->segments[device][i].power_mw;
    return power;
}

double script_energy_mj(const struct script *s, int device, int64_t t_ns) {
    double mj = 0;
    for (int i = 0; i < s->segment_count[device]; i++) {
        const struct segment *g = &s->segments[device][i];
        int64_t end = t_ns;
        if (i + 1 < s->segment_count[device] && g[1].at_ns < end) end = g[1].at_ns;
        if (end > g->at_ns) mj += g->power_mw * (double)(end - g->at_ns) / 1e9;
    }
    return mj;
}

const struct fault *script_fault(const struct script *s, int device, enum fault_kind kind, int64_t t_ns) {
    for (int i = 0; i < s->fault_count; i++) {
        const struct fault *f = &s->faults[i];
        if (f->kind == kind && (f->device < 0 || f->device == device) && f->from_ns <= t_ns && t_ns < f->to_ns)
            return f;
    }
    return NULL;
}

int script_unsupported(const struct script *s, int device, const char *what, int64_t t_ns) {
    for (int i = 0; i < s->fault_count; i++) {
        const struct fault *f = &s->faults[i];
        if (f->kind == FAULT_UNSUPPORTED && (f->device < 0 || f->device == device) && f->from_ns <= t_ns &&
            t_ns < f->to_ns && strcmp(f->what, what) == 0)
            return 1;
    }
    return 0;
}
