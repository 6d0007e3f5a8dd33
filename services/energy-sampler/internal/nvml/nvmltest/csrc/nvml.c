/* A management library for GPUs that do not exist: the calls that the sampler
 * and the usual Python bindings make, answered from a script. The declarations
 * are our own, for the published binary interface. */
#include "script.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

typedef int result;
enum {
    OK = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7,
    NOT_FOUND = 6, GPU_IS_LOST = 15, UNKNOWN = 999
};

typedef struct device { int index; } *device;
struct memory { unsigned long long total, free, used; };
struct utilization { unsigned gpu, memory; };
struct pci { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; };
struct process { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; };
union value { double d; int si; unsigned ui; unsigned long ul; unsigned long long ull; long long sll; };
struct field {
    unsigned id, scope;
    long long timestamp_us, latency_us;
    unsigned type;
    result status;
    union value value;
};
enum { TYPE_UINT = 1, TYPE_ULONGLONG = 3 };
enum { FIELD_ENERGY_TOTAL = 83, FIELD_POWER_AVERAGE = 185, FIELD_POWER_INSTANT = 186, FIELD_ENERGY = 191 };
enum { SCOPE_GPU = 0, SCOPE_MODULE = 1, SCOPE_MEMORY = 2 };

static struct script script;
static int initialized;
static struct device handles[MAX_DEVICES];

static int64_t wall_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t script_ns(void) { return wall_ns() - script.start_ns; }

/* What every call on a device does first. */
static result enter(device d, const char *what, int64_t *t_ns) {
    *t_ns = 0;
    if (!initialized) return UNINITIALIZED;
    if (d == NULL) return INVALID_ARGUMENT;
    if (script.latency_ns > 0) {
        struct timespec ts = {0, script.latency_ns};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
    }
    *t_ns = script_ns();
    if (script_fault(&script, d->index, FAULT_LOST, *t_ns)) return GPU_IS_LOST;
    if (script_fault(&script, d->index, FAULT_UNKNOWN, *t_ns)) return UNKNOWN;
    if (what != NULL && script_unsupported(&script, d->index, what, *t_ns)) return NOT_SUPPORTED;
    return OK;
}

/* The counter moves in steps, from a value that it had before the script began. */
static const double counter_base_mj = 123456789.0;

static unsigned long long counter_mj(int device, int64_t t_ns, int64_t *moved_ns) {
    const struct fault *f = script_fault(&script, device, FAULT_FROZEN, t_ns);
    double mj = counter_base_mj;
    if (f != NULL) t_ns = f->from_ns;
    t_ns -= t_ns % script.step_ns;
    *moved_ns = t_ns;
    f = script_fault(&script, device, FAULT_RESET, t_ns);
    if (f != NULL) mj = -script_energy_mj(&script, device, f->from_ns);
    mj += script_energy_mj(&script, device, t_ns);
    return mj > 0 ? (unsigned long long)(mj + 0.5) : 0;
}

static unsigned average_mw(int device, int64_t t_ns) {
    int64_t from = t_ns > 1000000000 ? t_ns - 1000000000 : 0;
    if (t_ns <= from) return (unsigned)script_power_mw(&script, device, t_ns);
    return (unsigned)((script_energy_mj(&script, device, t_ns) - script_energy_mj(&script, device, from)) /
                      (double)(t_ns - from) * 1e9 + 0.5);
}

/* Ampere except GA100, and newer, average the plain power reading. */
static unsigned usage_mw(int device, int64_t t_ns) {
    int ga100 = (script.pci_device >> 24) == 0x20;
    if (script.architecture > 7 || (script.architecture == 7 && !ga100)) return average_mw(device, t_ns);
    return (unsigned)script_power_mw(&script, device, t_ns);
}

result nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    if (script_load(&script) != 0) return UNKNOWN;
    for (int i = 0; i < MAX_DEVICES; i++) handles[i].index = i;
    initialized = 1;
    return OK;
}
result nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
result nvmlInit(void) { return nvmlInitWithFlags(0); }
result nvmlShutdown(void) {
    if (!initialized) return UNINITIALIZED;
    initialized = 0;
    return OK;
}
const char *nvmlErrorString(result r) { return r == OK ? "Success" : "Fake error"; }
result nvmlSystemGetDriverVersion(char *out, unsigned n) { snprintf(out, n, "999.1.fake"); return OK; }
result nvmlSystemGetNVMLVersion(char *out, unsigned n) { snprintf(out, n, "13.999.1.fake"); return OK; }

result nvmlDeviceGetCount_v2(unsigned *n) { *n = (unsigned)script.devices; return initialized ? OK : UNINITIALIZED; }

result nvmlDeviceGetHandleByIndex_v2(unsigned i, device *out) {
    int64_t t;
    if (!initialized) return UNINITIALIZED;
    if (i >= (unsigned)script.devices) return INVALID_ARGUMENT;
    *out = &handles[i];
    return enter(*out, NULL, &t) == GPU_IS_LOST ? GPU_IS_LOST : OK;
}
result nvmlDeviceGetIndex(device d, unsigned *out) { *out = (unsigned)d->index; return OK; }

result nvmlDeviceGetUUID(device d, char *out, unsigned n) {
    int64_t t;
    result r = enter(d, NULL, &t);
    if (r == OK) snprintf(out, n, "GPU-fa4e0000-0000-4000-8000-00000000000%d", d->index);
    return r;
}
result nvmlDeviceGetName(device d, char *out, unsigned n) {
    int64_t t;
    result r = enter(d, NULL, &t);
    if (r == OK) snprintf(out, n, "%s", script.name);
    return r;
}
result nvmlDeviceGetArchitecture(device d, unsigned *out) {
    int64_t t;
    *out = script.architecture;
    return enter(d, "architecture", &t);
}
result nvmlDeviceGetPciInfo_v3(device d, struct pci *out) {
    int64_t t;
    memset(out, 0, sizeof *out);
    out->id = script.pci_device;
    snprintf(out->bus_id, sizeof out->bus_id, "00000000:%02d:00.0", d->index + 1);
    return enter(d, "pci", &t);
}
result nvmlDeviceGetMigMode(device d, unsigned *current, unsigned *pending) {
    int64_t t;
    *current = *pending = (unsigned)script.mig;
    return enter(d, "mig", &t);
}
result nvmlDeviceGetVirtualizationMode(device d, int *mode) {
    int64_t t;
    *mode = script.vgpu ? 2 : 0;
    return enter(d, "virtualization", &t);
}

result nvmlDeviceGetPowerUsage(device d, unsigned *mw) {
    int64_t t;
    result r = enter(d, "usage", &t);
    if (r == OK) *mw = usage_mw(d->index, t);
    return r;
}
result nvmlDeviceGetTotalEnergyConsumption(device d, unsigned long long *mj) {
    int64_t t, moved;
    result r = enter(d, "consumption", &t);
    if (r == OK) *mj = counter_mj(d->index, t, &moved);
    return r;
}

static result read_field(device d, struct field *f, int64_t t) {
    int64_t stamp = t;
    const struct fault *stale = script_fault(&script, d->index, FAULT_STALE, t);
    const char *what = f->id == FIELD_POWER_INSTANT ? "instant" : f->id == FIELD_POWER_AVERAGE ? "average"
                     : f->id == FIELD_ENERGY_TOTAL ? "total" : f->id == FIELD_ENERGY ? "energy" : NULL;
    if (what == NULL) return INVALID_ARGUMENT;
    if (script_unsupported(&script, d->index, what, t)) return NOT_SUPPORTED;
    if (script.module_only && f->scope == SCOPE_GPU) return NOT_SUPPORTED;
    if (!script.module_only && f->scope == SCOPE_MODULE) return NOT_SUPPORTED;
    if (f->id == FIELD_ENERGY_TOTAL || f->id == FIELD_ENERGY) {
        int64_t moved;
        f->type = TYPE_ULONGLONG;
        f->value.ull = counter_mj(d->index, t, &moved);
        if (script.stamps == STAMP_STEP) stamp = moved;
    } else {
        if (stale != NULL) t = stamp = stale->from_ns;
        f->type = TYPE_UINT;
        f->value.ull = 0;
        f->value.ui = f->id == FIELD_POWER_AVERAGE ? average_mw(d->index, t)
                                                   : (unsigned)script_power_mw(&script, d->index, t);
        if (f->scope == SCOPE_MEMORY) f->value.ui /= 5;
    }
    f->timestamp_us = script.stamps == STAMP_NONE ? 0 : (script.start_ns + stamp) / 1000;
    f->latency_us = 1;
    return OK;
}

result nvmlDeviceGetFieldValues(device d, int n, struct field *fields) {
    int64_t t;
    result r = enter(d, "fields", &t);
    for (int i = 0; r == OK && i < n; i++) fields[i].status = read_field(d, &fields[i], t);
    return r;
}

/* The driver's buffer: the last 120 power samples, at whole periods. */
struct sample { unsigned long long timestamp_us; union value value; };

result nvmlDeviceGetSamples(device d, int type, unsigned long long seen_us, int *value_type, unsigned *n, struct sample *out) {
    int64_t t;
    unsigned have = 0;
    result r = enter(d, "samples", &t);
    if (r != OK) return r;
    if (type != 0 || script.samples_ns <= 0) return NOT_SUPPORTED;
    *value_type = TYPE_UINT;
    int64_t last = t - t % script.samples_ns, first = last - 119 * script.samples_ns;
    for (int64_t at = first < 0 ? 0 : first; at <= last; at += script.samples_ns) {
        unsigned long long us = (unsigned long long)((script.start_ns + at) / 1000);
        if (us <= seen_us) continue;
        if (out != NULL && have < *n) {
            out[have].timestamp_us = us;
            out[have].value.ull = 0;
            out[have].value.ui = (unsigned)script_power_mw(&script, d->index, at);
        }
        have++;
    }
    if (have == 0) return NOT_FOUND;
    if (out == NULL || have < *n) *n = have;
    return OK;
}

result nvmlDeviceGetEnforcedPowerLimit(device d, unsigned *mw) {
    int64_t t;
    result r = enter(d, "limit", &t);
    *mw = script_fault(&script, d->index, FAULT_LIMIT, t) ? 500000 : 700000;
    return r;
}
result nvmlDeviceGetPowerManagementLimit(device d, unsigned *mw) { return nvmlDeviceGetEnforcedPowerLimit(d, mw); }
result nvmlDeviceGetUtilizationRates(device d, struct utilization *u) {
    int64_t t;
    result r = enter(d, "utilization", &t);
    double share = script_power_mw(&script, d->index, t) / 700000.0;
    u->gpu = share >= 1 ? 100 : (unsigned)(share * 100);
    u->memory = u->gpu / 2;
    return r;
}
result nvmlDeviceGetMemoryInfo(device d, struct memory *m) {
    int64_t t;
    m->total = 80ull << 30;
    m->used = 42ull << 30;
    m->free = m->total - m->used;
    return enter(d, "memory", &t);
}
result nvmlDeviceGetClockInfo(device d, int which, unsigned *mhz) { int64_t t; (void)which; *mhz = 1755; return enter(d, "clock", &t); }
result nvmlDeviceGetTemperature(device d, int which, unsigned *c) { int64_t t; (void)which; *c = 55; return enter(d, "temperature", &t); }
result nvmlDeviceGetCurrentClocksEventReasons(device d, unsigned long long *m) {
    int64_t t;
    result r = enter(d, "reasons", &t);
    *m = script_fault(&script, d->index, FAULT_THROTTLE, t) ? 0x40 : 4;
    return r;
}
result nvmlDeviceGetComputeMode(device d, int *mode) { int64_t t; *mode = 0; return enter(d, NULL, &t); }

/* One process, the server; a second while the script says so. */
result nvmlDeviceGetComputeRunningProcesses_v3(device d, unsigned *n, struct process *out) {
    int64_t t;
    result r = enter(d, "processes", &t);
    unsigned have = script_fault(&script, d->index, FAULT_PROCESS, t) ? 2 : 1, room = *n;
    if (r != OK) return r;
    *n = have;
    if (room < have) return INSUFFICIENT_SIZE;
    memset(out, 0, have * sizeof *out);
    for (unsigned i = 0; i < have; i++) out[i].pid = 1000 + i;
    return OK;
}
result nvmlDeviceGetGraphicsRunningProcesses_v3(device d, unsigned *n, struct process *out) {
    int64_t t;
    (void)out;
    *n = 0;
    return enter(d, NULL, &t);
}
