// Draws the charts of a report from the JSON beside it. What it shows of texts it sets as text, never as HTML.
"use strict";
(() => {
  let data = null;
  // What a person chose; it outlives a page that is renewed.
  const state = { hidden: new Set(), choice: {}, sort: null, filter: {}, open: {} };
  let charts = [];
  let printing = false;

  const $ = (selector, from) => (from || document).querySelector(selector);
  const $$ = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const make = (tag, text, className) => {
    const it = document.createElement(tag);
    if (text !== undefined) it.textContent = text;
    if (className) it.className = className;
    return it;
  };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const isDark = () => !printing && matchMedia("(prefers-color-scheme: dark)").matches;

  // ---- colours

  // Eight that people with any colour vision tell apart (Okabe and Ito), then hues by the golden angle.
  const FEW = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5cc9", "#8c8c2a"];
  function colour(index, of) {
    if (of <= FEW.length) return FEW[index];
    const hue = (index * 137.508 + 200) % 360;
    const light = (isDark() ? 58 : 40) + (index % 3) * 8;
    return `hsl(${hue.toFixed(0)} 68% ${light}%)`;
  }
  // From blue over green to yellow, dark to light or, on a dark page, the part of it that is seen there.
  function ramp(part) {
    const from = isDark() ? 0.25 : 0;
    const p = from + part * (isDark() ? 0.75 : 0.86);
    const stops = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
    const at = Math.min(p * 4, 3.999), low = Math.floor(at), share = at - low;
    const mixed = stops[low].map((value, k) => Math.round(value + (stops[low + 1][k] - value) * share));
    return `rgb(${mixed.join(" ")})`;
  }
  const cellColour = (index) => colour(index, data.cells.length);
  const cellLabel = (cell) => (data.runs.length > 1 ? `${cell.name} \u00b7 ${data.runs[cell.run]}` : cell.name);

  // A sheet of A4 or letter between its margins, in the units of style sheets: when the page is about to be
  // printed, it still has the width of the window.
  const SHEET = 690;
  const widthOf = (host) => (printing ? (host.closest(".pair") ? SHEET / 2 - 12 : SHEET) : Math.max(200, host.clientWidth));

  // ---- a chart of lines, each with an axis of its own values

  // 1, 2 and 5 of each power of ten.
  function decades(u, index, low, high) {
    const all = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
      for (const part of [1, 2, 5]) { const at = Number((part * power).toPrecision(3)); if (at >= low && at <= high) all.push(at); }
    return all;
  }

  // What is near the cursor counts if it is at most so many pixels away.
  const NEAR = 40;
  const reset = { x: null, y: null };

  function lines(host, spec) {
    host.textContent = "";
    const used = spec.lines.filter((line) => line.x.length > 0);
    host.hidden = used.length === 0;
    if (host.hidden) return null;
    const title = make("div", undefined, "title");
    title.append(make("span", spec.title));
    const tools = make("span", undefined, "tools");
    title.append(tools);
    host.append(title);

    const soft = style("--soft"), grid = style("--grid");
    const axis = (label, values) => ({
      label, stroke: soft, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, labelSize: 18, labelGap: 0,
      font: "12px " + style("--font"), labelFont: "12px " + style("--font"), ...(values ? { values } : {}),
    });
    const width = () => widthOf(host);
    const tall = host.classList.contains("tall");
    const height = () => Math.round(Math.min(tall ? 340 : 230, Math.max(tall ? 240 : 190, width() * (tall ? 0.5 : 0.36))));
    const ends = (get) => {
      let low = Infinity, high = -Infinity;
      for (const line of used) for (const value of get(line)) if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
      return [low, high];
    };
    const whole = { x: ends((line) => line.x), y: ends((line) => line.y) };
    const padded = ([low, high], log) => {
      if (log) return [low / 1.2, high * 1.2];
      const room = high > low ? (high - low) * 0.04 : Math.max(Math.abs(high) * 0.05, spec.least || 0.01);
      return [low - room, high + room];
    };
    const full = { x: spec.tight && whole.x[1] > whole.x[0] ? whole.x : padded(whole.x, spec.log), y: padded(whole.y, false) };
    const chosen = () => state.choice["zoom " + host.dataset.chart] || reset;
    const range = (name) => () => chosen()[name] || full[name];

    const scales = { x: { time: false, distr: spec.log ? 3 : 1, range: range("x") }, y: { range: range("y") } };
    const paths = uPlot.paths.linear();
    const opts = {
      mode: 2, width: width(), height: height(), scales, legend: { show: false },
      axes: [{ ...axis(spec.xLabel, spec.xValues), size: 30, ...(spec.log ? { splits: decades, values: (u, at) => at.map((v) => (v >= 1000 ? `${v / 1000} k` : String(v))), filter: (u, at) => at } : {}) }, { ...axis(spec.yLabel), size: 58 }],
      cursor: { drag: { x: true, y: true, uni: 24, setScale: false }, points: { show: false }, focus: { prox: -1 }, dataIdx: () => null },
      padding: [8, 12, 0, 0],
      series: [null, ...used.map((line) => ({
        facets: [{ scale: "x", auto: true }, { scale: "y", auto: true }],
        stroke: line.colour, width: used.length > 24 ? 1 : 1.5, paths,
        points: { show: false },
      }))],
      hooks: {
        setSelect: [(u) => {
          const { left, top, width: w, height: h } = u.select;
          if (w < 4 && h < 4) return;
          const x = w >= 4 ? [u.posToVal(left, "x"), u.posToVal(left + w, "x")] : chosen().x;
          const y = h >= 4 ? [u.posToVal(top + h, "y"), u.posToVal(top, "y")] : chosen().y;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          zoom({ x, y });
        }],
        drawSeries: [(u, k) => { if (spec.points) dots(u, used[k - 1]); }],
        setCursor: [(u) => hover(u)],
      },
    };
    // A dot at each point, where there are few.
    function dots(u, line) {
      const { ctx, bbox } = u, ratio = devicePixelRatio;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      ctx.fillStyle = line.colour;
      line.x.forEach((x, k) => {
        if (line.y[k] === null) return;
        ctx.beginPath();
        ctx.arc(u.valToPos(x, "x", true), u.valToPos(line.y[k], "y", true), 2.5 * ratio, 0, 2 * Math.PI);
        ctx.fill();
      });
      ctx.restore();
    }
    const plot = new uPlot(opts, [null, ...used.map((line) => [line.x, line.y])], host);
    const tip = make("div", undefined, "tip"), dot = make("div", undefined, "dot");
    tip.hidden = dot.hidden = true;
    plot.over.append(tip, dot);
    plot.over.addEventListener("dblclick", () => zoom(reset));
    plot.over.addEventListener("mouseleave", () => { tip.hidden = dot.hidden = true; });

    function redraw() {
      for (const name of ["x", "y"]) { const [min, max] = range(name)(); plot.setScale(name, { min, max }); }
    }
    // Charts of one group share the axis below.
    function zoom(to) {
      for (const other of charts) {
        const mine = other.host === host;
        if (!mine && !(spec.group && other.group === spec.group)) continue;
        const key = "zoom " + other.host.dataset.chart;
        state.choice[key] = mine ? to : { x: to.x, y: to.x ? (state.choice[key] || reset).y : null };
        other.redraw();
      }
    }
    function step(factor, shift) {
      const [low, high] = [plot.scales.x.min, plot.scales.x.max].map((v) => (spec.log ? Math.log(v) : v));
      const middle = (low + high) / 2 + (high - low) * shift, half = ((high - low) / 2) * factor;
      const x = [middle - half, middle + half].map((v) => (spec.log ? Math.exp(v) : v));
      zoom({ x: x[0] <= full.x[0] && x[1] >= full.x[1] ? null : x, y: factor > 1 ? null : chosen().y });
    }
    const tool = (text, label, act) => {
      const button = make("button", text);
      button.type = "button";
      button.title = label;
      button.setAttribute("aria-label", `${label}: ${spec.title}`);
      button.addEventListener("click", act);
      tools.append(button);
    };
    tool("\u2190", "earlier", () => step(1, -0.4));
    tool("\u2192", "later", () => step(1, 0.4));
    tool("+", "closer", () => step(0.5, 0));
    tool("\u2212", "further", () => step(2, 0));
    tool("all", "show all", () => zoom(reset));

    function hover(u) {
      const { left, top } = u.cursor;
      if (left === undefined || left < 0) { tip.hidden = dot.hidden = true; return; }
      let best = null;
      const consider = (line, k) => {
        const y = line.y[k];
        if (y === null || y === undefined) return;
        const px = u.valToPos(line.x[k], "x"), py = u.valToPos(y, "y");
        const far = Math.hypot(px - left, (py - top) * 1.0);
        if (far < NEAR && (!best || far < best.far)) best = { line, k, px, py, far };
      };
      const x = u.posToVal(left, "x");
      for (const line of used) {
        if (line.x.length <= 64) { line.x.forEach((_, k) => consider(line, k)); continue; }
        let low = 0, high = line.x.length - 1;
        while (low < high) { const middle = (low + high) >> 1; if (line.x[middle] < x) low = middle + 1; else high = middle; }
        for (let k = Math.max(0, low - 40); k < Math.min(line.x.length, low + 40); k++) consider(line, k);
      }
      if (!best) { tip.hidden = dot.hidden = true; return; }
      tip.textContent = `${best.line.label}\n${spec.tell(best.line.x[best.k], best.line.y[best.k])}`;
      tip.hidden = dot.hidden = false;
      dot.style.left = `${best.px}px`; dot.style.top = `${best.py}px`;
      dot.style.background = best.line.colour;
      const flip = best.px > u.over.clientWidth / 2;
      tip.style.left = flip ? "" : `${best.px + 12}px`;
      tip.style.right = flip ? `${u.over.clientWidth - best.px + 12}px` : "";
      tip.style.top = `${Math.max(0, Math.min(best.py - 20, u.over.clientHeight - 50))}px`;
    }
    const chart = {
      host, group: spec.group, redraw, plot,
      resize: () => plot.setSize({ width: width(), height: height() }), destroy: () => plot.destroy(),
    };
    charts.push(chart);
    return chart;
  }

  // ---- a histogram

  // Bounds of bins of a round width, about as many as the square root of the count.
  function bins(values) {
    const low = Math.min(...values), high = Math.max(...values);
    const wanted = Math.min(24, Math.max(4, Math.ceil(Math.sqrt(values.length)) + 1));
    const rough = (high - low) / wanted || Math.abs(high) * 0.01 || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const width = [1, 2, 2.5, 5, 10].map((m) => m * power).find((w) => w >= rough * 0.999) || rough;
    const first = Math.floor(low / width + 1e-9) * width;
    const count = Math.floor((high - first) / width + 1e-9) + 1;
    return { first, width, count };
  }

  function histogram(host, metric) {
    host.textContent = "";
    const cells = data.cells.filter((cell) => cell.values[metric] !== null);
    host.hidden = cells.length === 0;
    if (host.hidden) return;
    const { label, unit, decimals } = data.metrics[metric];
    const values = cells.map((cell) => cell.values[metric]);
    const { first, width: step, count } = bins(values);
    const members = Array.from({ length: count }, () => []);
    cells.forEach((cell) => members[Math.min(count - 1, Math.max(0, Math.floor((cell.values[metric] - first) / step + 1e-9)))].push(cell));
    const x = members.map((_, k) => first + step * (k + 0.5));
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length - 1));
    const time = unit === "h:mm:ss";
    const shown = (v) => (time ? clock(v / 3600) : v.toFixed(decimals) + (unit ? ` ${unit}` : ""));
    const title = make("div", undefined, "title");
    const told = values.length > 1 ? `: mean ${shown(mean)}, standard deviation ${shown(spread)}` : `: ${shown(mean)}`;
    title.append(make("span", `${label}${told}`));
    host.append(title);
    const soft = style("--soft"), grid = style("--grid"), font = "12px " + style("--font");
    const accent = style("--accent");
    const width = () => widthOf(host);
    const axis = { stroke: soft, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font, labelFont: font, labelSize: 18, labelGap: 0 };
    const plot = new uPlot({
      width: width(), height: 220, legend: { show: false }, padding: [8, 12, 0, 0],
      scales: { x: { time: false, range: [first - step * 0.3, first + step * (count + 0.3)] }, y: { range: (u, low, high) => [0, Math.max(1, high) * 1.08] } },
      axes: [
        { ...axis, size: 30, label: time ? `${label} (h)` : unit ? `${label} (${unit})` : label, ...(time ? { values: (u, at) => at.map((v) => clock(v / 3600)) } : {}) },
        { ...axis, label: "cells", size: 46, incrs: [1, 2, 5, 10, 20, 50, 100] },
      ],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      series: [{}, { stroke: accent, fill: accent + "99", width: 1, paths: uPlot.paths.bars({ size: [0.92, 200], align: 0 }), points: { show: false } }],
      hooks: { setCursor: [(u) => {
        const k = u.cursor.left < 0 ? -1 : Math.floor((u.posToVal(u.cursor.left, "x") - first) / step);
        const list = members[k];
        tip.hidden = !list;
        if (!list) return;
        const some = list.slice(0, 8).map((cell) => `${cellLabel(cell)}: ${shown(cell.values[metric])}`);
        if (list.length > 8) some.push(`and ${list.length - 8} more`);
        tip.textContent = [`${shown(first + step * k)} to ${shown(first + step * (k + 1))}: ${list.length}`, ...some].join("\n");
        const flip = u.cursor.left > u.over.clientWidth / 2;
        tip.style.left = flip ? "" : `${u.cursor.left + 14}px`;
        tip.style.right = flip ? `${u.over.clientWidth - u.cursor.left + 14}px` : "";
        tip.style.top = "4px";
      }] },
    }, [x, members.map((list) => list.length)], host);
    const tip = make("div", undefined, "tip");
    tip.hidden = true;
    plot.over.append(tip);
    charts.push({ host, redraw: () => {}, plot, resize: () => plot.setSize({ width: width(), height: 220 }), destroy: () => plot.destroy() });
  }

  // ---- what is drawn

  function clock(hours) {
    const seconds = Math.round(hours * 3600);
    const two = (n) => String(n).padStart(2, "0");
    return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  }
  const shownCells = () => data.cells.map((cell, index) => ({ cell, index })).filter(({ cell }) => !state.hidden.has(cellLabel(cell)));
  const part = (name) => $(`[data-part="${name}"]`);

  function time() {
    const longest = Math.max(0, ...data.cells.map((cell) => cell.t[cell.t.length - 1] || 0));
    const [label, factor] = longest > 72 ? ["days", 1 / 24] : longest < 0.1 ? ["minutes", 60] : ["hours", 1];
    const quantities = [["voltage", "v", "V", 4], ["current", "i", "A", 4], ["temperature", "c", "\u00b0C", 1]];
    for (const [name, key, unit, decimals] of quantities) {
      const title = { voltage: "Voltage", current: "Current, positive into the cell", temperature: "Temperature of the surface" }[name];
      const all = shownCells().filter(({ cell }) => cell[key].some((v) => v !== null));
      lines($(`[data-chart="${name}"]`), {
        title, xLabel: label, yLabel: unit, group: "time", tight: true,
        lines: all.map(({ cell, index }) => ({ label: cellLabel(cell), colour: cellColour(index), x: cell.t.map((t) => t * factor), y: cell[key] })),
        tell: (x, y) => `${y.toFixed(decimals)} ${unit} at ${clock(x / factor)}`,
      });
    }
  }

  function chips() {
    part("chips").hidden = !data.cells.some((cell) => cell.t.length > 0);
    const host = $("#chips");
    host.textContent = "";
    const tool = (text, act) => {
      const button = make("button", text, "tool");
      button.type = "button";
      button.addEventListener("click", () => { act(); renew(); });
      host.append(button);
    };
    if (data.cells.length > 1) {
      tool("all", () => state.hidden.clear());
      tool("none", () => data.cells.forEach((cell) => state.hidden.add(cellLabel(cell))));
    }
    data.cells.forEach((cell, index) => {
      const label = cellLabel(cell);
      const button = make("button", label);
      button.type = "button";
      button.style.setProperty("--dot", cellColour(index));
      button.title = `${label}: ${cell.verdict}; double-click shows this one alone`;
      button.addEventListener("click", () => { if (!state.hidden.delete(label)) state.hidden.add(label); renew(); });
      button.addEventListener("dblclick", () => {
        data.cells.forEach((other) => state.hidden.add(cellLabel(other)));
        state.hidden.delete(label);
        renew();
      });
      button.setAttribute("aria-pressed", String(!state.hidden.has(label)));
      host.append(button);
    });
  }
  function renew() {
    for (const button of $$("#chips button[aria-pressed]")) button.setAttribute("aria-pressed", String(!state.hidden.has(button.textContent)));
    draw();
  }

  function options(select, list, preferred) {
    const chosen = state.choice[select.dataset.key] ?? preferred;
    select.textContent = "";
    for (const [value, text] of list) {
      const option = make("option", text);
      option.value = value;
      select.append(option);
    }
    if (list.some(([value]) => value === chosen)) select.value = chosen;
    select.onchange = () => { state.choice[select.dataset.key] = select.value; draw(); };
    return select.value;
  }

  function charge() {
    const has = data.cells.some((cell) => cell.curves.length > 0);
    part("charge").hidden = !has;
    if (!has) return;
    const [cells, cycles, ways] = ["cell", "cycle", "way"].map((name) => $(`[data-part="charge"] [data-control="${name}"]`));
    cells.dataset.key = "charge cell"; cycles.dataset.key = "charge cycle"; ways.dataset.key = "charge way";
    const names = [...new Set(data.cells.filter((cell) => cell.curves.length > 0).map((cell) => cell.name))];
    const numbers = [...new Set(data.cells.flatMap((cell) => cell.curves.map((curve) => curve.cycle)))].sort((a, b) => a - b);
    const many = numbers.length > 1;
    const name = options(cells, [["", "all that are chosen above"], ...names.map((it) => ["=" + it, it])], many && data.runs.length === 1 ? "=" + names[0] : "");
    const cycle = options(cycles, [["", "all"], ...numbers.map((n) => [String(n), `cycle ${n}`])], "");
    ways.onchange = () => { state.choice["charge way"] = ways.value; draw(); };
    ways.value = state.choice["charge way"] || "";
    const way = ways.value;
    const chosen = name ? data.cells.map((cell, index) => ({ cell, index })).filter(({ cell }) => "=" + cell.name === name) : shownCells();
    const byCycle = chosen.length === 1;
    const all = [], key = new Map();
    for (const { cell, index } of chosen) {
      cell.curves.forEach((curve, place) => {
        if ((cycle && String(curve.cycle) !== cycle) || (way && curve.way !== way)) return;
        const rank = many ? numbers.indexOf(curve.cycle) / Math.max(1, numbers.length - 1) : place / Math.max(1, cell.curves.length - 1);
        const hue = byCycle ? ramp(rank) : cellColour(index);
        const told = `${curve.step ? curve.step + ", " : ""}${curve.way}`;
        const label = `${cellLabel(cell)}, ${many ? `cycle ${curve.cycle}, ` : ""}${told}`;
        key.set(byCycle ? (many ? `cycle ${curve.cycle}` : told) : cellLabel(cell), hue);
        all.push({ label, colour: hue, x: curve.q, y: curve.v });
      });
    }
    lines($('[data-chart="charge"]'), {
      title: "Each curve from where its current began", xLabel: "Ah", yLabel: "V", tight: false, lines: all,
      tell: (x, y) => `${y.toFixed(4)} V after ${x.toFixed(4)} Ah`,
    });
    const host = $('[data-key="charge"]');
    host.textContent = "";
    if (key.size > 1 && key.size <= 24) for (const [text, hue] of key) {
      const it = make("span", text);
      it.style.setProperty("--dot", hue);
      host.append(it);
    }
  }

  function cycles() {
    const has = data.cells.some((cell) => cell.cycles.n.length > 1);
    part("cycles").hidden = !has;
    if (!has) return;
    const all = shownCells().filter(({ cell }) => cell.cycles.n.length > 0);
    const few = Math.max(...data.cells.map((cell) => cell.cycles.n.length)) <= 60;
    const spec = (title, unit, y, tell) => ({
      title, xLabel: "cycle", yLabel: unit, points: few, group: "cycles", tell,
      xValues: (u, at) => at.map((v) => (Number.isInteger(v) ? String(v) : "")),
      lines: all.map(({ cell, index }) => ({ label: cellLabel(cell), colour: cellColour(index), x: cell.cycles.n, y: y(cell.cycles) })),
    });
    lines($('[data-chart="capacity"]'), spec("Charge out of the cell in each cycle", "Ah", (it) => it.out, (x, y) => `${y.toFixed(4)} Ah in cycle ${x}`));
    // The first cycle begins with a cell in any state: its ratio means nothing.
    lines($('[data-chart="efficiency"]'), spec("Charge out over charge in, from the second cycle on", "%",
      (it) => it.out.map((out, k) => (it.in[k] > 0 && it.n[k] > 1 ? (out / it.in[k]) * 100 : null)),
      (x, y) => `${y.toFixed(2)} % in cycle ${x}`));
  }

  function impedance() {
    const spectra = data.cells.some((cell) => cell.spectra.some((it) => new Set(it.f).size > 1));
    const times = data.cells.some((cell) => cell.spectra.length > 1);
    part("impedance").hidden = !(spectra || times);
    const sorted = (f, z) => {
      const order = f.map((_, k) => k).sort((a, b) => f[a] - f[b]);
      return [order.map((k) => f[k]), order.map((k) => z[k])];
    };
    const all = [];
    if (spectra) for (const { cell, index } of shownCells()) for (const it of cell.spectra) {
      if (new Set(it.f).size < 2) continue;
      const [x, y] = sorted(it.f, it.z);
      all.push({ label: `${cellLabel(cell)} at ${clock(it.at)}`, colour: cellColour(index), x, y });
    }
    lines($('[data-chart="spectrum"]'), {
      title: "Magnitude over frequency", xLabel: "Hz", yLabel: "m\u03a9", log: true, points: true, least: 1, lines: all,
      tell: (x, y) => `${y.toFixed(2)} m\u03a9 at ${x} Hz`,
    });
    // The point nearest to 1 kHz stands for a spectrum.
    const one = (it) => it.f.reduce((best, f, k) => (Math.abs(f - 1000) < Math.abs(it.f[best] - 1000) ? k : best), 0);
    lines($('[data-chart="impedance"]'), {
      title: "Magnitude nearest to 1 kHz over time", xLabel: "hours", yLabel: "m\u03a9", points: true, least: 1,
      lines: times ? shownCells().map(({ cell, index }) => {
        const list = cell.spectra.filter((it) => it.f.length > 0);
        return { label: cellLabel(cell), colour: cellColour(index), x: list.map((it) => it.at), y: list.map((it) => it.z[one(it)]) };
      }) : [],
      tell: (x, y) => `${y.toFixed(2)} m\u03a9 at ${clock(x)}`,
    });
  }

  function metricOf(select, taken) {
    const list = data.metrics.map((metric, k) => [metric.key, metric.label, k]).filter(([, , k]) => data.cells.some((cell) => cell.values[k] !== null));
    const preferred = (select.dataset.prefer || "capacity_ah").split(" ").find((key) => key !== taken && list.some(([it]) => it === key))
      || (list.find(([key]) => key !== taken) || [])[0];
    const chosen = options(select, list.map(([key, label]) => [key, label]), preferred);
    return data.metrics.findIndex((metric) => metric.key === chosen);
  }

  function histograms() {
    const has = data.cells.length > 1 && data.metrics.length > 0;
    part("histograms").hidden = !has;
    if (!has) return;
    let taken;
    $$('[data-part="histograms"] .pair > div').forEach((side, number) => {
      const select = $("select", side);
      select.dataset.key = `metric ${number}`;
      const metric = metricOf(select, taken);
      taken = data.metrics[metric].key;
      histogram($(".chart", side), metric);
    });
  }

  function sideBySide() {
    const has = data.runs.length > 1 && data.metrics.length > 0;
    part("runs").hidden = !has;
    if (!has) return;
    const select = $('[data-part="runs"] select');
    select.dataset.key = "metric of runs";
    const metric = metricOf(select), { label, unit, decimals } = data.metrics[metric] || {};
    const names = [...new Set(data.cells.map((cell) => cell.name))];
    lines($('[data-chart="runs"]'), {
      title: `${label} of each cell in each run`, xLabel: "run", yLabel: unit, points: true,
      xValues: (u, at) => at.map((v) => (Number.isInteger(v) && data.runs[v - 1] !== undefined ? (data.runs.length <= 6 && u.width > 700 ? data.runs[v - 1] : String(v)) : "")),
      lines: names.map((name, k) => {
        const list = data.cells.filter((cell) => cell.name === name && cell.values[metric] !== null);
        return { label: name, colour: colour(k, names.length), x: list.map((cell) => cell.run + 1), y: list.map((cell) => cell.values[metric]) };
      }),
      tell: (x, y) => `${y.toFixed(decimals)} ${unit} in ${data.runs[x - 1]}`,
    });
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    histograms();
    sideBySide();
    time();
    charge();
    cycles();
    impedance();
    document.documentElement.dataset.charts = String(charts.length);
  }

  // ---- tables

  function sorting() {
    const table = $("#cells");
    $$("thead th", table).forEach((head, column) => {
      head.tabIndex = 0;
      const act = () => { state.sort = { column, down: state.sort && state.sort.column === column ? !state.sort.down : false }; sort(table); };
      head.addEventListener("click", act);
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") act(); });
    });
    sort(table);
  }
  function sort(table) {
    if (!state.sort) return;
    const { column, down } = state.sort;
    const key = (row) => {
      const cell = row.children[column];
      if (cell.dataset.value === undefined) return cell.textContent;
      return cell.dataset.value === "" ? null : Number(cell.dataset.value);
    };
    const rows = $$("tbody tr", table).map((row) => [key(row), row]);
    rows.sort(([a], [b]) => {
      // What was not measured stands last, whichever way.
      if (a === null || b === null) return (a === null) - (b === null);
      const order = typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
      return down ? -order : order;
    });
    rows.forEach(([, row]) => row.parentElement.append(row));
    $$("thead th", table).forEach((head, k) => { if (k === column) head.setAttribute("aria-sort", down ? "descending" : "ascending"); else head.removeAttribute("aria-sort"); });
  }

  function filters() {
    for (const details of $$("details.events")) {
      const name = details.dataset.events, input = $("input", details);
      if (state.open[name] !== undefined) details.open = state.open[name];
      details.addEventListener("toggle", () => { state.open[name] = details.open; });
      const act = () => {
        state.filter[name] = input.value;
        const word = input.value.toLowerCase();
        for (const row of $$("tbody tr", details)) row.hidden = !row.textContent.toLowerCase().includes(word);
      };
      input.value = state.filter[name] || "";
      input.addEventListener("input", act);
      if (input.value) act();
    }
  }

  // ---- live

  const EVERY = 2000;
  let version = null;
  async function ask() {
    const told = $("#live");
    try {
      const now = await (await fetch("version", { cache: "no-store" })).text();
      if (version !== null && now !== version) {
        const text = await (await fetch("./", { cache: "no-store" })).text();
        const fresh = new DOMParser().parseFromString(text, "text/html");
        const old = document.getElementById("report"), next = fresh.getElementById("report");
        if (next) { old.replaceWith(document.adoptNode(next)); begin(); }
      } else if (told) {
        told.className = "live";
      }
      version = now;
    } catch {
      if (told) { told.textContent = "the run answers no more: it has ended, or was stopped; this is what it told last"; told.className = "live lost"; }
    }
    if (data.live) setTimeout(ask, EVERY);
  }

  function begin() {
    data = JSON.parse(document.getElementById("data").textContent);
    chips();
    draw();
    sorting();
    filters();
  }

  let last = 0;
  new ResizeObserver(() => {
    if (last === document.body.clientWidth) return;
    last = document.body.clientWidth;
    charts.forEach((chart) => chart.resize());
  }).observe(document.body);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { chips(); draw(); });
  addEventListener("beforeprint", () => { printing = true; chips(); draw(); });
  addEventListener("afterprint", () => { printing = false; chips(); draw(); });
  begin();
  if (data.live) ask();
})();
