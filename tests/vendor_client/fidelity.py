"""Measures how true the vendor's Python client is on simulated cells, against the simulator's books.

The rows, the bounds and the lines of --json are those of `cargo bench --bench fidelity`. What the client cannot do
is said to be so. Everything runs at the pace of the clock on the wall, because the client sleeps by it.
"""

import argparse
import collections
import contextlib
import csv
import datetime
import itertools
import json
import logging
import math
import multiprocessing
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import batlab.batlabclass
import batlab.logger
import batlab.settings
from batlab.constants import TS_DISCHARGEREST, TS_IDLE, TS_PRECHARGE, TT_CYCLE

SEED = 4
FIRMWARES = (3, 5, 7)
# Where a charge and a discharge end, in volts.
ENDS = {"li-ion": (4.2, 2.85), "lfp": (3.6, 2.55)}
OHMS = (0.020, 0.050, 0.150)
# The current is that of our table's cells of 1 Ah; the cells are smaller, so that they are empty in 12 minutes.
AMPERE_HOURS = 0.2
AMPERES = 1.0
STATE_OF_CHARGE = 0.65
# The current at which we would let a hold end, were it for us to say.
END_AMPERES = 0.010
# After so many seconds a current counts.
SETTLED = 10.0
MOST_SECONDS = 3600.0

Case = collections.namedtuple("Case", "chemistry ohms firmware")
Look = collections.namedtuple("Look", "at coulombs joules")
Metric = collections.namedtuple("Metric", "name words unit bound one_sided")

METRICS = [
    Metric("charge", "charge of a full discharge", "%", 0.1, False),
    Metric("energy", "energy of a full discharge", "%", 0.2, False),
    Metric("charge_in", "charge of a charge with its taper", "%", None, False),
    Metric("energy_in", "energy of a charge with its taper", "%", None, False),
    Metric("current", "mean of a constant current after 10 s", "%", 0.2, False),
    Metric("overshoot", "highest current above it, ever", "mA", 9.5, True),
    Metric("held", "held voltage as measured, whole taper", "mV", 5.0, False),
    Metric("truly_held", "held voltage in truth, whole taper", "mV", 5.0, False),
    Metric("beyond_hold", "furthest beyond a held voltage", "mV", 20.0, True),
    Metric("end_current", "current at which a hold ended (10 mA)", "mA", 5.0, False),
    Metric("power", "constant power, any 10 s after 10 s", "%", 0.5, False),
    Metric("impedance", "AC magnitude, 39 Hz", "%", 2.0, False),
    Metric("resistance", "DC resistance after 2, 10, 30 s", "%", 3.0, False),
    Metric("below_end", "beyond the end of a discharge", "mV", None, True),
]


def cases():
    """The cells of each unit: those of one firmware, four at a time."""
    units = []
    for firmware in FIRMWARES:
        of = [Case(chemistry, ohms, firmware) for chemistry, ohms in itertools.product(ENDS, OHMS)]
        units += [of[:4], of[4:]]
    return units


def bench(units):
    """The bench file. Measurements have no error of gain; drivers are drawn within 5 % either way."""
    lines = [f"seed = {SEED}"]
    for chemistry, ohms in itertools.product(ENDS, OHMS):
        lines += [
            f"[cell.{kind(chemistry, ohms)}]",
            f'chemistry = "{chemistry}"',
            f'capacity = "{AMPERE_HOURS} Ah"',
            'capacity_spread = "0 %"',
            f'resistance = "{ohms} ohm"',
            'resistance_spread = "0 %"',
            f'state_of_charge = "{STATE_OF_CHARGE * 100} %"',
        ]
    for number, unit in enumerate(units):
        slots = [kind(case.chemistry, case.ohms) for case in unit] + ["empty"] * (4 - len(unit))
        lines += [
            "[[unit]]",
            f"serial = {100001 + number}",
            f"firmware = {unit[0].firmware}",
            'driver_error = "5 %"',
            'gain_error = "0 %"',
            f"slots = {json.dumps(slots)}",
        ]
    return "\n".join(lines) + "\n"


def kind(chemistry, ohms):
    return f"{chemistry}-{ohms * 1e3:.0f}"


class Simulation:
    """A served bench, with an eye on its books."""

    def __init__(self, binary, directory, units):
        (directory / "bench.toml").write_text(bench(units))
        self.links = [directory / f"unit{number}" for number in range(len(units))]
        self.ledger = directory / "books.json"
        arguments = [binary, "simulate", "--bench", directory / "bench.toml"]
        arguments += ["--link", directory / "unit", "--books", self.ledger]
        self.process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not (all(link.exists() for link in self.links) and self.ledger.exists()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit("the simulation does not start")
            time.sleep(0.05)
        self.looks = [[[] for _ in range(4)] for _ in units]
        # The simulation's start by the clock on the wall.
        self.start = math.inf
        self.over = threading.Event()
        self.eye = threading.Thread(target=self.watch)
        self.eye.start()

    def watch(self):
        """Writes down the books of every cell as often as they appear, which is each second."""
        last = None
        while not self.over.wait(0.1):
            books = json.loads(self.ledger.read_text())
            if books["time_second"] == last:
                continue
            last = books["time_second"]
            self.start = min(self.start, time.time() - last)
            for number, unit in enumerate(books["units"]):
                for slot, page in enumerate(unit["slots"]):
                    if it := page["books"]:
                        self.looks[number][slot].append(Look(last, *net(it)))

    def end(self):
        """Ends it, and gives the phases of each slot."""
        time.sleep(1.5)
        self.over.set()
        self.eye.join()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        books = json.loads(self.ledger.read_text())
        return [[page["phases"] for page in unit["slots"]] for unit in books["units"]]


def net(books):
    """Coulombs and joules that went in, less those that came out."""
    return books["charged_coulomb"] - books["discharged_coulomb"], books["energy_in_joule"] - books["energy_out_joule"]


def drive(link, unit, logfile):
    """Lets the client measure the impedances of a unit's cells, and charge and discharge them. Gives the impedances."""
    logging.disable()
    with open(f"{logfile}.said", "w") as said, contextlib.redirect_stdout(said):
        settings = batlab.settings.Settings()
        settings.prechrg_rate = settings.chrg_rate = settings.dischrg_rate = AMPERES
        settings.constant_voltage_enable = True
        settings.reporting_period = 0.5
        settings.rest_time = 10
        settings.logfile = logfile
        client = batlab.batlabclass.Batlab(link, batlab.logger.Logger(), settings)
        # Without its lock the bytes of its threads' commands mix, and a test may begin with a wrong limit or not at all.
        with client.critical_section:
            impedances = [client.impedance(slot) for slot in range(len(unit))]
            for slot, case in enumerate(unit):
                settings.high_volt_cutoff, settings.low_volt_cutoff = ENDS[case.chemistry]
                client.channel[slot].start_test(f"cell{slot}", TT_CYCLE)
        deadline = time.monotonic() + MOST_SECONDS
        channels = client.channel[: len(unit)]
        while any(channel.is_testing() for channel in channels) and time.monotonic() < deadline:
            for channel in channels:
                # The taper is made with impedances that the client measures each minute, as it does by default.
                # The sine would be in the sums of the discharge, too, so that goes without.
                if channel.test_state not in (TS_PRECHARGE, TS_IDLE):
                    channel.settings.impedance_period = 0
                if channel.test_state == TS_DISCHARGEREST:
                    with client.critical_section:
                        channel.end_test()
            time.sleep(0.2)
        time.sleep(1)
        client.disconnect()
    return impedances


def measure(case, rows, impedance, phases, looks, start):
    """Everything that there is to measure of a cell's run, by metric."""
    found = {"impedance": (impedance / true_impedance(case.ohms, 10000 / 256) - 1) * 100}
    charge, discharge = charged(case, rows, phases, looks, start), discharged(case, rows, phases, looks)
    found.update(charge | discharge)
    if overshoots := [it["overshoot"] for it in (charge, discharge) if it]:
        found["overshoot"] = max(overshoots)
    return found


def charged(case, rows, phases, looks, start):
    full, _ = ENDS[case.chemistry]
    stretches, between = drives(phases, looks, "CHARGE")
    if lasts(stretches) < SETTLED:
        return {}
    # The sine of the impedances comes in between.
    whole = [it for it in phases if stretches[0]["from_second"] <= it["from_second"] <= stretches[-1]["from_second"]]
    return {
        **account(rows, "PRECHARGE", whole, "charge_in", "energy_in"),
        **held(rows, between, full, start),
        "overshoot": overshoot(between),
        "beyond_hold": (max(volts(*pair) for pair in between) - full) * 1e3,
        "end_current": (current(*between[-1]) - END_AMPERES) * 1e3,
    }


def discharged(case, rows, phases, looks):
    _, empty = ENDS[case.chemistry]
    stretches, between = drives(phases, looks, "DISCHARGE")
    if lasts(stretches) < SETTLED:
        return {}
    mean = mean_current(between, stretches[0]["from_second"] + SETTLED)
    return {
        **account(rows, "DISCHARGE", stretches, "charge", "energy"),
        "current": (mean / AMPERES - 1) * 100,
        "overshoot": overshoot(between),
        "below_end": (empty - min(volts(*pair) for pair in between)) * 1e3,
    }


def drives(phases, looks, mode):
    """The phases in a mode, and the neighbouring looks inside each, from its beginning to its end."""
    found, between, so_far = [], [], (0.0, 0.0)
    for phase in phases:
        before, so_far = so_far, tuple(map(sum, zip(so_far, net(phase["books"]))))
        if phase["mode"] == mode:
            found.append(phase)
            between += pairs(looks, Look(phase["from_second"], *before), Look(phase["to_second"], *so_far))
    return found, between


def pairs(looks, first, last):
    """Half a second apart at least: a voltage comes of energy over charge."""
    kept = [first]
    for look in looks:
        if kept[-1].at + 0.5 < look.at < last.at - 0.5:
            kept.append(look)
    return list(zip(kept, kept[1:] + [last]))


def lasts(stretches):
    return sum(it["to_second"] - it["from_second"] for it in stretches)


def account(rows, state, phases, charge, energy):
    """What the sums of the client's log are off by, in percent."""
    logged = next((float(row[12]), float(row[13])) for row in rows if row[11] == state)
    truth = [sum(of) for of in zip(*(net(phase["books"]) for phase in phases))]
    return {name: (said / abs(true) - 1) * 100 for name, said, true in zip((charge, energy), logged, truth)}


def lowered(row):
    return row[10] == "PRECHARGE" and int(row[21]) < int(AMPERES * 128)


def held(rows, up, full, start):
    """How far the voltage was from its target while the client lowered the current, as logged and in truth."""
    # Not the reading after an impedance: its slice still holds some of that.
    taper = [row for before, row in zip(rows, rows[1:]) if lowered(row) and not before[7]]
    if not taper:
        return {}
    # The log's clock is that on the wall.
    began = datetime.datetime.fromisoformat(taper[0][3]).timestamp() - start
    off = {
        "held": [float(row[4]) - full for row in taper],
        "truly_held": [volts(*pair) - full for pair in up if pair[0].at > began + 1],
    }
    return {name: max(values, key=abs) * 1e3 for name, values in off.items() if values}


def current(one, other):
    return abs(other.coulombs - one.coulombs) / (other.at - one.at)


def overshoot(between):
    return (max(current(*pair) for pair in between) - AMPERES) * 1e3


def volts(one, other):
    """The true voltage at the terminals, as the mean between two looks: energy over charge."""
    return (other.joules - one.joules) / (other.coulombs - one.coulombs)


def mean_current(between, after):
    inside = [pair for pair in between if pair[0].at > after]
    return sum(current(*pair) * (pair[1].at - pair[0].at) for pair in inside) / sum(b.at - a.at for a, b in inside)


def true_impedance(ohms, hertz):
    """The simulated cell's at 25 degC (src/simulator/cell/model.rs): the ohmic part and two branches of R and C."""
    whole = complex(ohms)
    for part, seconds in ((0.40, 0.008), (0.60, 40.0)):
        whole += ohms * part / (1 + 2j * math.pi * hertz * seconds)
    return abs(whole)


def figure(metric, found):
    """The worst, with its sign and its cell, and the median of the sizes."""
    size = (lambda value: value) if metric.one_sided else abs
    values = sorted(((values[metric.name], case) for case, values in found if metric.name in values), key=lambda it: size(it[0]))
    worst, case = values[-1]
    return {
        "client": "vendor",
        "errors_of": "control",
        "metric": metric.name,
        "unit": metric.unit,
        "worst": worst,
        "median": statistics.median_high(size(value) for value, _ in values),
        "count": len(values),
        "bound": metric.bound,
        "holds": metric.bound is None or size(worst) <= metric.bound,
        "worst_case": f"{case.chemistry} {AMPERE_HOURS} Ah {case.ohms * 1e3:.0f} mohm, firmware {case.firmware}",
        "seed": SEED,
        "speed": 1,
    }


def lines(found):
    for metric in METRICS:
        if any(metric.name in values for _, values in found):
            print(json.dumps(figure(metric, found)))
        else:
            print(json.dumps({"client": "vendor", "metric": metric.name, "bound": metric.bound, "cannot": True}))


def table(found):
    print(f"The vendor's client, {len(found)} cells of {AMPERE_HOURS} Ah at {AMPERES} A, in real time, seed {SEED}")
    print(f"| {'':<38} | {'worst':>11} | {'median':>11} | {'bound':>9} | cells | the worst was")
    print(f"|{'':-<40}|{':':->13}|{':':->13}|{':':->11}|{':':->7}|{'':-<20}")
    for metric in METRICS:
        bound = "" if metric.bound is None else f"{metric.bound} {metric.unit}"
        if not any(metric.name in values for _, values in found):
            print(f"| {metric.words:<38} | {'cannot':>11} | {'cannot':>11} | {bound:>9} |       |")
            continue
        it = figure(metric, found)
        bound = bound if it["holds"] else f"! {bound}"
        worst, median = (f"{it[key]:.3f} {metric.unit:<2}" for key in ("worst", "median"))
        print(f"| {metric.words:<38} | {worst:>11} | {median:>11} | {bound:>9} | {it['count']:>5} | {it['worst_case']}")


def run(binary, directory, units):
    """Drives all units at once, and leaves in the folder what was seen."""
    # A process for each unit: the client's threads would stand in each other's way.
    with multiprocessing.get_context("spawn").Pool(len(units)) as pool:
        simulation = Simulation(binary, directory, units)
        try:
            work = [(str(link), unit, str(directory / f"log{n}.csv")) for n, (link, unit) in enumerate(zip(simulation.links, units))]
            impedances = pool.starmap(drive, work, chunksize=1)
        finally:
            phases = simulation.end()
    seen = {"start": simulation.start, "impedances": impedances, "phases": phases, "looks": simulation.looks}
    (directory / "seen.json").write_text(json.dumps(seen))


def figures_of(directory, units):
    """The metrics of each cell, out of the folder that a run left."""
    seen = json.loads((directory / "seen.json").read_text())
    found = []
    for number, unit in enumerate(units):
        with open(directory / f"log{number}.csv") as log:
            rows = list(csv.reader(log))
        for slot, case in enumerate(unit):
            own = [row for row in rows if row[2] == str(slot)]
            looks = [Look(*look) for look in seen["looks"][number][slot]]
            impedance, phases = seen["impedances"][number][slot], seen["phases"][number][slot]
            found.append((case, measure(case, own, impedance, phases, looks, seen["start"])))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", nargs="?", help="batlab-run")
    parser.add_argument("--json", action="store_true", help="a line for each figure instead of the table")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps there what was seen; without a binary, measures what is there")
    arguments = parser.parse_args()
    if not (arguments.binary or arguments.folder):
        parser.error("batlab-run or a folder is needed")
    units = cases()
    with tempfile.TemporaryDirectory() as temporary:
        directory = arguments.folder or pathlib.Path(temporary)
        if arguments.binary:
            directory.mkdir(parents=True, exist_ok=True)
            run(arguments.binary, directory, units)
        found = figures_of(directory, units)
    (lines if arguments.json else table)(found)


if __name__ == "__main__":
    main()
