"use strict";
// The curves of a training: loss, error rate and largest update, with the thresholds of the stopping rules and a cursor.

const Curves = (() => {
  const { s, printed } = Drawing;
  const LEFT = 58;
  const RIGHT = 12;
  const HEIGHT = 104;
  const GAP = 26;

  // Draws the panels into an SVG element.
  //
  // model: panels (list of { title, lines: [{ epochs, values, kind, name }], threshold, thresholdName }), last (epoch),
  // cursor (epoch or null), label, onPick (function of an epoch, or null).
  function draw(svg, model) {
    const width = Math.max(260, Math.round(svg.parentElement.clientWidth || 400));
    const height = model.panels.length * (HEIGHT + GAP) + 36;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", model.label);
    const inner = width - LEFT - RIGHT;
    const toX = (epoch) => LEFT + (inner * epoch) / Math.max(1, model.last);
    const groups = model.panels.map((panel, k) => drawPanel(panel, { top: k * (HEIGHT + GAP) + 18, width, toX }));
    const bottom = model.panels.length * (HEIGHT + GAP) - GAP + 18;
    svg.replaceChildren(...groups, drawEpochs(model, { width, bottom, toX }), drawCursor(model, { bottom, toX }));
    svg.onpointerdown = svg.onpointermove = null;
    if (model.onPick) listen(svg, model, inner);
  }

  function listen(svg, model, inner) {
    const pick = (event) => {
      const share = (event.clientX - svg.getBoundingClientRect().left - LEFT) / inner;
      model.onPick(Math.round(Math.min(Math.max(share, 0), 1) * model.last));
    };
    svg.onpointerdown = pick;
    svg.onpointermove = (event) => event.buttons === 1 && pick(event);
  }

  const valuesOf = (panel) => panel.lines.flatMap((line) => line.values).filter((value) => Number.isFinite(value) && value !== null);

  // From numbers to heights: logarithmic where they are positive and span a decade.
  function scaleOf(panel, top) {
    const values = valuesOf(panel);
    const isEmpty = !values.length;
    if (panel.threshold > 0) values.push(panel.threshold);
    const positive = values.filter((value) => value > 0);
    let most = values.reduce((a, b) => Math.max(a, b), -Infinity);
    let least = values.reduce((a, b) => Math.min(a, b), Infinity);
    const isLog = !isEmpty && panel.mayBeLog && positive.length === values.length && most >= 10 * least;
    if (isEmpty) [least, most] = [0, 1];
    if (!isLog) least = Math.min(0, least);
    if (most <= least) most = least + 1;
    const map = isLog ? Math.log10 : (value) => value;
    const [low, high] = [map(least), map(most)];
    const toY = (value) => top + HEIGHT - ((map(value) - low) / (high - low)) * HEIGHT;
    return { toY, marks: isLog ? decades(low, high) : Pictures.ticks([least, most]) };
  }

  // Powers of ten; 1, 2 and 5 times them where they are few.
  function decades(low, high) {
    const step = Math.max(1, Math.ceil((high - low) / 4));
    const factors = high - low < 2 ? [1, 2, 5] : [1];
    const all = [];
    for (let power = Math.floor(low); power <= high; power += step) all.push(...factors.map((factor) => factor * 10 ** power));
    return all.filter((value) => Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9);
  }

  function drawPanel(panel, { top, width, toX }) {
    const { toY, marks } = scaleOf(panel, top);
    return s("g", { class: "panel" },
      s("rect", { x: LEFT, y: top, width: width - LEFT - RIGHT, height: HEIGHT, class: "box" }),
      marks.map((value) => [
        s("line", { x1: LEFT, x2: width - RIGHT, y1: toY(value), y2: toY(value), class: "grid" }),
        s("text", { x: LEFT - 6, y: toY(value) + 4, class: "end" }, printed(Formulas.general(value, 3))),
      ]),
      s("text", { x: LEFT, y: top - 5, class: "title" }, panel.title),
      drawLegend(panel, width, top),
      panel.threshold > 0
        ? s("line", { x1: LEFT, x2: width - RIGHT, y1: toY(panel.threshold), y2: toY(panel.threshold), class: "threshold" })
        : null,
      panel.lines.map((line) => s("path", { d: pathOf(line, toX, toY), class: `curve ${line.kind}` })),
      panel.lines.filter((line) => line.values.length === 1).map((line) =>
        s("circle", { cx: toX(line.epochs[0]), cy: toY(line.values[0]), r: 3, class: `dot ${line.kind}` })));
  }

  // What the lines are, where there is more than one; at the right above the panel.
  function drawLegend(panel, width, top) {
    const parts = panel.lines.length > 1 ? panel.lines.map((line) => [line.kind, line.name]) : [];
    if (panel.threshold > 0) parts.push(["threshold", `${panel.thresholdName} = ${Formulas.general(panel.threshold, 4)}`]);
    return s("text", { x: width - RIGHT, y: top - 5, class: "legend end" },
      parts.flatMap(([kind, name], k) => [k ? "   " : null, s("tspan", { class: `mark ${kind}` }, kind === "training" ? "— " : kind === "threshold" ? "··· " : "- - "), name]));
  }

  // Of more epochs than the panel has dots some are left out.
  function pathOf({ epochs, values }, toX, toY) {
    const step = Math.max(1, Math.floor(epochs.length / 1200));
    let path = "";
    let isDown = false;
    for (let k = 0; k < epochs.length; k++) {
      if (k % step && k !== epochs.length - 1) continue;
      const y = values[k] === null ? NaN : toY(values[k]);
      if (!Number.isFinite(y)) {
        isDown = false;
        continue;
      }
      path += `${isDown ? "L" : "M"}${toX(epochs[k]).toFixed(1)} ${y.toFixed(1)}`;
      isDown = true;
    }
    return path;
  }

  function drawEpochs({ last }, { width, bottom, toX }) {
    const whole = Pictures.ticks([0, Math.max(1, last)]).filter((value) => Number.isInteger(value));
    return s("g", {},
      whole.map((value) => s("text", { x: toX(value), y: bottom + 16, class: "middle" }, String(value))),
      s("text", { x: (LEFT + width - RIGHT) / 2, y: bottom + 32, class: "middle" }, "epoch"));
  }

  const drawCursor = ({ cursor }, { bottom, toX }) =>
    cursor === null ? "" : s("line", { x1: toX(cursor), x2: toX(cursor), y1: 18, y2: bottom, class: "cursor" });

  // The panels of a training's curves, as the displays of the package have them.
  function panelsOf(curves, thresholds, scoresName = null) {
    const line = (curve, kind, name) => ({ ...curve, kind, name });
    const loss = [line(curves.loss, "training", "training")];
    const error = [line(curves.error, "training", "training")];
    const all = [
      { title: "loss", lines: loss, mayBeLog: true },
      { title: "error rate", lines: error, threshold: thresholds.error, thresholdName: "error_tol" },
      {
        title: "max |Δ|", lines: [line(curves.update, "training", "training")], mayBeLog: true,
        threshold: thresholds.update, thresholdName: "update_tol",
      },
    ];
    if (curves.validationLoss) loss.push(line(curves.validationLoss, "validation", "validation"));
    if (curves.validationScore && scoresName === null) {
      const values = curves.validationScore.values.map((value) => (value === null ? null : 1 - value));
      error.push(line({ ...curves.validationScore, values }, "validation", "validation"));
    } else if (curves.validationScore) {
      all.push({ title: `validation: ${scoresName}`, lines: [line(curves.validationScore, "validation", scoresName)] });
    }
    return all;
  }

  return { draw, panelsOf };
})();
