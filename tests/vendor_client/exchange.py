"""Holds `import` and `export` against the tools that the files are for: the vendor's library, aurora-unicycler and PyBaMM."""

import argparse
import contextlib
import io
import json
import pathlib
import random
import subprocess
import sys

import batlab.settings
import pybamm
from aurora_unicycler import CyclingProtocol

RECIPES = pathlib.Path(__file__).resolve().parents[2] / "recipes"
FILES = 150

# Keys that the library holds to a range, its names for them, and what is drawn.
CHECKED = {
    "chargeRate": ("chrg_rate", (-1, 6)),
    "prechargeRate": ("prechrg_rate", (-1, 6)),
    "dischargeRate": ("dischrg_rate", (-1, 6)),
    "chargeCurrentSafetyCutoff": ("chrg_current_cutoff", (0.5, 6)),
    "dischargeCurrentSafetyCutoff": ("dischrg_current_cutoff", (0.5, 6)),
    "chargeTemperatureCutoff": ("chrg_tmp_cutoff", (-70, 120)),
    "dischargeTemperatureCutoff": ("dischrg_tmp_cutoff", (-70, 120)),
    "highVoltageCutoff": ("high_volt_cutoff", (2.5, 5)),
    "lowVoltageCutoff": ("low_volt_cutoff", (1, 4.5)),
    "storageDischargeVoltage": ("storage_dischrg_volt", (2, 5)),
}

failures = []


def check(what, holds, shown=""):
    if not holds:
        failures.append(what)
        print(f"  FAIL {what}: {shown}", flush=True)


def run(binary, *arguments, text=None):
    done = subprocess.run([binary, *map(str, arguments)], input=text, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def settings(binary):
    """Every value that the library replaces is told of, with what it takes instead, and no other is."""
    random.seed(7)
    read = replaced = 0
    for _ in range(FILES):
        drawn = {key: round(random.uniform(*bounds), 3) for key, (_, bounds) in CHECKED.items() if random.random() < 0.7}
        text = json.dumps({"cellPlaylistName": "drawn", "storageDischarge": True, **drawn})
        theirs = batlab.settings.Settings()
        with contextlib.redirect_stdout(io.StringIO()):
            theirs.load(io.StringIO(text))
        code, out, _ = run(binary, "import", "--json", "/dev/stdin", text=text)
        if code != 0:
            continue
        read += 1
        notes = json.loads(out)["notes"]
        for key, value in drawn.items():
            taken = getattr(theirs, CHECKED[key][0])
            told = [note["what"] for note in notes if note["key"] == key and "is outside of" in note["what"]]
            told = [what for what in told if "its default" in what]
            check(f"{key} {value}", bool(told) == (taken != value), told)
            if taken != value:
                replaced += 1
                check(f"{key} instead of {value}", bool(told) and f"its default, {taken:g} " in told[0], told)
    check("some files are read", read > FILES / 4 and replaced > 100, (read, replaced))
    print(f"settings: {read} of {FILES} files read, {replaced} values that the library replaces, all told of")


def protocols(binary):
    """Every recipe is taken by the tool that it is said for, and comes back."""
    for recipe in sorted(RECIPES.glob("*.toml")):
        for form in ("unicycler", "pybamm"):
            code, out, err = run(binary, "export", "--format", form, recipe)
            check(f"{recipe.name} as {form}", code == 0, err)
            if code != 0:
                continue
            data = json.loads(out)
            try:
                if form == "unicycler":
                    CyclingProtocol.from_dict(data)
                else:
                    pybamm.Experiment([tuple(cycle) if isinstance(cycle, list) else cycle for cycle in data])
            except Exception as error:  # whatever the tool has against it
                check(f"{form} takes {recipe.name}", False, error)
            code, _, err = run(binary, "import", "--capacity", "2.5 Ah", "/dev/stdin", text=out)
            check(f"{recipe.name} comes back from {form}", code == 0, err)
    print("protocols: every recipe is taken by aurora-unicycler and PyBaMM, and comes back")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", help="batlab-run")
    arguments = parser.parse_args()
    settings(arguments.binary)
    protocols(arguments.binary)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
