#!/usr/bin/env python3
"""Opens reports in a real Chromium: nothing on the console, charts that are drawn, answer the mouse, and fit.

  python3 tests/report_in_chromium/run.py OUT REPORT.html...

leaves pictures of each report in OUT, for desktop, phone, a dark screen and paper; they are there to be looked at.
Ends with 0 if all held, 1 if something did not, 77 if there is no Chromium.
"""

import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402

# Whether a canvas shows more than its background.
DRAWN = """
(() => {
  const shown = [...document.querySelectorAll('.chart:not([hidden]) canvas')].filter((it) => it.offsetParent);
  const blank = shown.filter((canvas) => {
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size < 3;
  });
  return { shown: shown.length, blank: blank.length };
})()
"""
PICTURE = "document.querySelector('[data-chart=%s] canvas').toDataURL()"
TIP = "(() => { const tip = document.querySelector('[data-chart=%s] .tip'); return tip.hidden ? '' : tip.textContent; })()"
# The middle of a chart's plot, scrolled into view.
PLACE = """
(() => {
  const over = document.querySelector('[data-chart=%s] .u-over');
  over.scrollIntoView({ block: 'center', behavior: 'instant' });
  const { left, top, width, height } = over.getBoundingClientRect();
  return { left, top, width, height };
})()
"""
FITS = "document.scrollingElement.scrollWidth <= document.documentElement.clientWidth"


class Checks:
    def __init__(self, name):
        self.name = name
        self.failed = []
        self.done = 0

    def that(self, holds, what):
        self.done += 1
        if not holds:
            self.failed.append(what)
            print(f"{self.name}: FAILED: {what}", file=sys.stderr)


def answers_the_mouse(page, checks, chart, word):
    """Hover tells a value; a drag zooms; a double click takes that back."""
    place = page.run(PLACE % chart)
    page.settle()
    told = ""
    for row in range(1, 40):
        page.mouse("mouseMoved", place["left"] + place["width"] / 2, place["top"] + place["height"] * row / 40)
        told = page.run(TIP % chart) or told
    checks.that(word in told, f"hover over {chart} tells {word!r}: {told!r}")
    whole = page.run(PICTURE % chart)
    y = place["top"] + place["height"] / 2
    page.mouse("mousePressed", place["left"] + place["width"] * 0.3, y, 1)
    for part in (0.35, 0.45, 0.5):
        page.mouse("mouseMoved", place["left"] + place["width"] * part, y, 1)
    page.mouse("mouseReleased", place["left"] + place["width"] * 0.5, y, 1)
    page.settle()
    checks.that(page.run(PICTURE % chart) != whole, f"a drag in {chart} zooms")
    for clicks in (1, 2):
        page.mouse("mousePressed", place["left"] + 20, y, clicks)
        page.mouse("mouseReleased", place["left"] + 20, y, clicks)
    page.settle()
    checks.that(page.run(PICTURE % chart) == whole, f"a double click in {chart} shows all again")


def look(page, report, out):
    name = pathlib.Path(report).resolve()
    name = name.parent.name if name.name == "report.html" else name.stem
    checks = Checks(name)
    page.dark(False)
    page.size(1280, 900)
    page.open(pathlib.Path(report).resolve().as_uri())
    drawn = page.run(DRAWN)
    has_rows = page.run("JSON.parse(document.getElementById('data').textContent).cells.some((it) => it.t.length > 1)")
    checks.that(drawn["blank"] == 0, f"no chart is blank: {drawn}")
    checks.that(page.run(FITS), "a wide screen needs no scrolling sideways")
    page.screenshot(f"{out}/{name}-desktop.png")
    if has_rows:
        checks.that(drawn["shown"] >= 2, f"there are charts: {drawn}")
        answers_the_mouse(page, checks, "voltage", " V at ")
        if page.run("!document.querySelector('[data-part=charge]').hidden"):
            answers_the_mouse(page, checks, "charge", " Ah")
        # A cell is left out and taken in again.
        whole = page.run(PICTURE % "voltage")
        chip = "document.querySelector('#chips button[aria-pressed]').click()"
        page.run(chip)
        page.settle()
        checks.that(page.run("document.querySelector('[data-chart=voltage]').hidden") or page.run(PICTURE % "voltage") != whole, "a cell can be left out")
        page.run(chip)
        page.settle()
        checks.that(page.run(PICTURE % "voltage") == whole, "and be shown again")
    order = "[...document.querySelectorAll('#cells tbody th')].map((it) => it.textContent).join()"
    page.run("document.querySelectorAll('#cells thead th')[0].click(); document.querySelectorAll('#cells thead th')[0].click()")
    names = page.run(order).split(",")
    checks.that(len(names) < 2 or names[0] >= names[-1], f"the table can be sorted: {names}")
    page.dark(True)
    page.screenshot(f"{out}/{name}-dark.png")
    page.dark(False)
    page.size(390, 844, phone=True)
    checks.that(page.run(FITS), "a phone needs no scrolling sideways")
    checks.that(page.run(DRAWN)["blank"] == 0, "no chart is blank on a phone")
    page.screenshot(f"{out}/{name}-phone.png")
    page.size(1280, 900)
    page.paper(f"{out}/{name}-paper.pdf")
    complaints = page.complaints()
    checks.that(not complaints, f"nothing on the console, no request: {complaints}")
    print(f"{name}: {checks.done - len(checks.failed)} of {checks.done} checks held, {drawn['shown']} charts")
    return not checks.failed


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    path = browser.find()
    if not path:
        print("no Chromium is installed")
        sys.exit(77)
    out, reports = sys.argv[1], sys.argv[2:]
    os.makedirs(out, exist_ok=True)
    page = browser.Browser(path)
    try:
        good = [look(page, report, out) for report in reports]
    finally:
        page.close()
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
