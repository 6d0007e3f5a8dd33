/* The scripted physics of a fake GPU: power over time, and faults. */
#ifndef FAKE_NVML_SCRIPT_H
#define FAKE_NVML_SCRIPT_H

#include <stdint.h>

enum { MAX_DEVICES = 8, MAX_SEGMENTS = 4096, MAX_FAULTS = 64 };

enum fault_kind {
    FAULT_LOST,        /* every call answers that the GPU is lost */
    FAULT_UNKNOWN,     /* every call answers an unknown error */
    FAULT_RESET,       /* the counter starts again at zero */
    FAULT_FROZEN,      /* the counter stands still, and catches up afterwards */
    FAULT_STALE,       /* power keeps its value and its timestamp */
    FAULT_UNSUPPORTED, /* the named thing is not offered */
    FAULT_PROCESS,     /* one more process computes on the device */
    FAULT_THROTTLE,    /* heat holds the clocks down, instead of the power limit */
    FAULT_LIMIT        /* the power limit is 500 W instead of 700 W */
};

struct fault {
    int device; /* -1: all */
    enum fault_kind kind;
    int64_t from_ns, to_ns;
    char what[32]; /* of FAULT_UNSUPPORTED */
};

/* Power is power_mw from at_ns until the next segment of the device. */
struct segment {
    int64_t at_ns;
    double power_mw;
};

enum stamps { STAMP_CALL, STAMP_STEP, STAMP_NONE };

struct script {
    int devices;
    int64_t start_ns; /* Unix time of t = 0 */
    int64_t step_ns;  /* how often the counter moves */
    int64_t latency_ns;
    int64_t samples_ns; /* period of the buffer of power samples; 0: there is none */
    unsigned architecture;
    unsigned pci_device;
    int mig, vgpu, module_only;
    enum stamps stamps;
    char name[64];
    struct segment segments[MAX_DEVICES][MAX_SEGMENTS];
    int segment_count[MAX_DEVICES];
    struct fault faults[MAX_FAULTS];
    int fault_count;
};

/* Reads the file named by FAKE_NVML_SCRIPT; returns 0, or -1 with a line on stderr. */
int script_load(struct script *s);

/* Energy in mJ drawn by the device from t = 0 to t_ns. */
double script_energy_mj(const struct script *s, int device, int64_t t_ns);
double script_power_mw(const struct script *s, int device, int64_t t_ns);

/* The fault of a kind that holds at t_ns, or NULL. */
const struct fault *script_fault(const struct script *s, int device, enum fault_kind kind, int64_t t_ns);
int script_unsupported(const struct script *s, int device, const char *what, int64_t t_ns);

#endif
