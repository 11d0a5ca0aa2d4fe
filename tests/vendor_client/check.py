"""Drives a simulated unit with the vendor's Python client, and holds what it says against the simulator's books."""

import argparse
import contextlib
import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import batlab.batlabclass
import batlab.channel
import batlab.logger
import batlab.settings
from batlab.constants import *
from batlab.encoder import Encoder

SPEED = 4
SERIAL = 100001
IMAGE_BYTES = 15360
MARK = b"batlab-run simulated firmware "
AGREEMENT = 0.02


class Simulation:
    """A served bench, and its books."""

    def __init__(self, binary, directory):
        self.link = directory / "unit"
        self.ledger = directory / "books.json"
        arguments = [binary, "simulate", "--link", self.link, "--books", self.ledger, "--speed", str(SPEED)]
        self.process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self.link.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit("the simulation does not start")
            time.sleep(0.05)

    def phases(self, slot, mode):
        """The finished phases of a slot in a mode, once they are on the disk."""
        time.sleep(1.5)
        page = json.loads(self.ledger.read_text())["units"][0]["slots"][slot]
        return [phase["books"] for phase in page["phases"] if phase["mode"] == mode]

    def books(self, slot):
        """All that passed in a slot."""
        time.sleep(1.5)
        return json.loads(self.ledger.read_text())["units"][0]["slots"][slot]["books"]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)


def connect(simulation, settings=None, logger=None):
    unit = batlab.batlabclass.Batlab(str(simulation.link), logger, settings)
    check("the client connects", not unit.error and not unit.bootloader, unit.port)
    return unit


failures = []


def check(what, holds, shown=""):
    print(f"  {'ok  ' if holds else 'FAIL'} {what}: {shown}", flush=True)
    if not holds:
        failures.append(what)


def near(what, got, expected, within):
    check(what, abs(got - expected) <= within * abs(expected), f"{got:.4f}, expected {expected:.4f}")


def drive(unit, slot, mode, amperes, seconds):
    """Lets a current flow for so many simulated seconds, and gives the charge that the client counts."""
    unit.write(slot, CHARGEH, 0)
    unit.write_verify(slot, CURRENT_SETPOINT, 0)
    unit.write(slot, MODE, mode)
    time.sleep(0.01)
    unit.write_verify(slot, CURRENT_SETPOINT, Encoder(amperes).assetpoint())
    end = time.monotonic() + seconds / SPEED
    while time.monotonic() < end:
        unit.write(UNIT, WATCHDOG_TIMER, WDT_RESET)
        time.sleep(0.1)
    current = unit.read(slot, CURRENT).ascurrent()
    active = unit.read(slot, MODE).data
    unit.write(slot, MODE, MODE_STOPPED)
    time.sleep(1.0 / SPEED)
    charge = unit.charge(slot)
    unit.write(slot, MODE, MODE_IDLE)
    return charge, current, active


def identify(simulation):
    unit = connect(simulation)
    check("serial number", unit.sn == str(SERIAL), unit.sn)
    check("firmware", unit.ver == "7", unit.ver)
    check("thermistors", all(1400 < r < 1600 for r in unit.R) and all(3300 < b < 3460 for b in unit.B), (unit.R, unit.B))
    unit.disconnect()


def measure(simulation):
    unit = connect(simulation)
    for slot in range(4):
        volts = unit.read(slot, VOLTAGE).asvoltage()
        celsius = unit.read(slot, TEMPERATURE).astemperature_c(unit.R, unit.B)
        check(f"slot {slot} idle", unit.read(slot, MODE).asmode() == "MODE_IDLE", unit.read(slot, MODE).asmode())
        check(f"slot {slot} voltage", 3.4 < volts < 4.0, f"{volts:.4f} V")
        near(f"slot {slot} temperature", celsius, 25.0, 0.05)
    vcc = unit.read(UNIT, VCC).asvcc()
    near("VCC", vcc, 5.0, 0.02)
    check("external supply", unit.read(COMMS, PSU).data == 1, unit.read(COMMS, PSU).data)
    check("no such register", unit.read(UNIT, 0x20).data == COMMAND_ERROR, unit.read(UNIT, 0x20).data)
    unit.disconnect()


def currents(simulation):
    unit = connect(simulation)
    for name, mode, mode_name in (("charged", MODE_CHARGE, "CHARGE"), ("discharged", MODE_DISCHARGE, "DISCHARGE")):
        charge, current, active = drive(unit, 0, mode, 1.0, 60)
        check(f"{name}: still in the mode", active == mode, active)
        near(f"{name}: current", current, 1.0, 0.06)
        truth = simulation.phases(0, mode_name)[-1][f"{name}_coulomb"]
        near(f"{name}: coulombs", charge, truth, AGREEMENT)
    unit.disconnect()


def impedance(simulation):
    unit = connect(simulation)
    for slot in range(4):
        unit.write(UNIT, WATCHDOG_TIMER, WDT_RESET)
        ohms = unit.impedance(slot)
        resistance = simulation.books(slot)["resistance_ohm"]
        # At 39 Hz the ohmic part and some of the charge transfer show.
        check(f"slot {slot} impedance", resistance < ohms < 1.6 * resistance, f"{ohms:.5f} ohm, ohmic {resistance:.5f}")
    unit.disconnect()


def stream(simulation):
    unit = connect(simulation)
    unit.write(1, REPORT_INTERVAL, 5)
    time.sleep(1.0)
    unit.get_stream()
    time.sleep(12.0 / SPEED)
    count = unit.qstream.qsize()
    packet = unit.get_stream()
    unit.write(1, REPORT_INTERVAL, 0)
    check("packets every 0.6 s", 18 <= count <= 22, f"{count} in 12 s")
    check("of the cell asked for", packet.namespace == 1 and packet.type == "STREAM" and packet.mode == MODE_IDLE, packet.value())
    unit.disconnect()


def watchdog(simulation):
    unit = connect(simulation)
    unit.write(UNIT, WATCHDOG_TIMER, WDT_RESET)
    time.sleep(20.0 / SPEED)
    check("a kicked unit goes on", unit.read(2, MODE).data == MODE_IDLE, unit.read(2, MODE).asmode())
    time.sleep(8.0 / SPEED)
    check("an unkicked one stops", unit.read(2, MODE).data == MODE_STOPPED, unit.read(2, MODE).asmode())
    check("without an error", unit.read(2, ERROR).data == 0, unit.read(2, ERROR).data)
    unit.disconnect()


def cycle(simulation, directory):
    settings = batlab.settings.Settings()
    settings.prechrg_rate = settings.chrg_rate = settings.dischrg_rate = 1.0
    settings.impedance_period = 0
    settings.reporting_period = 0.5
    settings.rest_time = 1
    settings.low_volt_cutoff = 3.0
    settings.logfile = str(directory / "log.csv")
    unit = connect(simulation, settings, batlab.logger.Logger())
    before = [{mode: len(simulation.phases(slot, mode)) for mode in ("CHARGE", "DISCHARGE")} for slot in (0, 1)]
    for slot in (0, 1):
        unit.channel[slot].start_test(f"cell{slot}", batlab.channel.TT_CYCLE if hasattr(batlab.channel, "TT_CYCLE") else 1)
    check("the tests started", all(unit.channel[slot].is_testing() for slot in (0, 1)))
    deadline = time.monotonic() + 1500 / SPEED
    while any(unit.channel[slot].is_testing() for slot in (0, 1)) and time.monotonic() < deadline:
        time.sleep(1)
    check("the tests ended", not any(unit.channel[slot].is_testing() for slot in (0, 1)))
    time.sleep(1)
    unit.disconnect()
    rows = [row for row in csv.reader(open(settings.logfile)) if len(row) > 12 and row[12]]
    for slot in (0, 1):
        logged = {row[11]: float(row[12]) for row in rows if row[0] == f"cell{slot}"}
        charges = simulation.phases(slot, "CHARGE")[before[slot]["CHARGE"]:]
        discharges = simulation.phases(slot, "DISCHARGE")[before[slot]["DISCHARGE"]:]
        for name, truth in (
            ("PRECHARGE", charges[0]["charged_coulomb"]),
            ("DISCHARGE", discharges[0]["discharged_coulomb"]),
            ("CHARGE", charges[-1]["charged_coulomb"]),
        ):
            near(f"cell{slot} {name} coulombs", logged.get(name, 0.0), truth, AGREEMENT)


def firmware(simulation, directory):
    """Loads an image that the simulator runs as version 5."""
    body = MARK + bytes([5])
    body += bytes((3 * place) & 0xFF for place in range(IMAGE_BYTES - 1 - len(body)))
    path = directory / "image.bin"
    path.write_bytes(body + bytes([sum(body) & 0xFF]))
    unit = connect(simulation)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        loaded = unit.firmware_bootload(str(path))
    check("loaded and running", loaded, loaded)
    version = unit.read(UNIT, FIRMWARE_VER).data
    check("the new version answers", version == 5, version)
    unit.disconnect()


def main():
    parts = ["identify", "measure", "currents", "impedance", "stream", "watchdog", "cycle", "firmware"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", help="batlab-run")
    parser.add_argument("--only", choices=parts)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)
        for part in [arguments.only] if arguments.only else parts:
            print(part, flush=True)
            simulation = Simulation(arguments.binary, directory)
            try:
                function = globals()[part]
                function(simulation, directory) if part in ("cycle", "firmware") else function(simulation)
            finally:
                simulation.end()
    if failures:
        sys.exit(f"{len(failures)} checks failed")
    print("all agree")


if __name__ == "__main__":
    main()
