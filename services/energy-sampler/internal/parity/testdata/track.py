"""Runs CodeCarbon's tracker for some seconds and prints what it measured, with the window as Unix times."""
import json
import sys
import time

import psutil
from codecarbon import OfflineEmissionsTracker


class OneForAllThreads(dict):
    """psutil (since 5.9.6) keeps the reading that a load is counted from for each thread, and CodeCarbon 3.3.0
    measures in a new thread each time, so that it mostly sees a load of zero. Here all threads share the reading,
    which is what its formula was made for."""

    def get(self, _key, default=None):
        return super().get(0, default)

    def __getitem__(self, _key):
        return super().__getitem__(0)

    def __setitem__(self, _key, value):
        super().__setitem__(0, value)


psutil._last_cpu_times = OneForAllThreads()

seconds, tdp_watts = float(sys.argv[1]), float(sys.argv[2])
tracker = OfflineEmissionsTracker(
    country_iso_code="FRA",
    measure_power_secs=1,
    save_to_file=False,
    log_level="critical",
    tracking_mode="machine",
    force_mode_cpu_load=True,
    force_cpu_power=tdp_watts,
    allow_multiple_runs=True,
)
tracker.start()
begin = time.time()
# CodeCarbon takes these two from psutil once a second, but only where it writes a file; and with its load model it
# asks for the load twice in a row, so that the second answer, which it keeps, is of no time. So psutil is asked here.
psutil.cpu_times_percent()
ram_gib = []
while time.time() < begin + seconds - 1:
    time.sleep(1)
    ram_gib.append(psutil.virtual_memory().used / 1024**3)
time.sleep(begin + seconds - time.time())
load = psutil.cpu_times_percent()
end = time.time()
tracker.stop()
data = tracker.final_emissions_data
kwh_to_j = 3.6e6
print(
    json.dumps(
        {
            "begin": begin,
            "end": end,
            "gpu_count": data.gpu_count,
            "gpu_j": data.gpu_energy * kwh_to_j,
            "cpu_j": data.cpu_energy * kwh_to_j,
            "ram_j": data.ram_energy * kwh_to_j,
            "cpu_pct": 100 - load.idle - load.iowait,
            "ram_gib": sum(ram_gib) / len(ram_gib),
        }
    )
)
