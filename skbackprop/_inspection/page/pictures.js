"use strict";
// Pictures on canvas: what a network decides over its inputs, and what its hidden units look at.

const Pictures = (() => {
  const { classColor, color, printed, shortenedNames } = Drawing;
  const MARGIN = { left: 46, right: 10, top: 10, bottom: 36 };

  function parseColor(text) {
    const hex = text.replace("#", "");
    const whole = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((at) => parseInt(whole.slice(at, at + 2), 16));
  }

  const mix = (from, to, share) => from.map((value, k) => value + share * (to[k] - value));

  // From vermillion (-1) over the page's own colour (0) to blue (1).
  function signScale() {
    const [low, middle, high] = ["vermillion", "surface", "blue"].map((name) => parseColor(color(name)));
    return (value) => (value < 0 ? mix(middle, low, Math.min(1, -value)) : mix(middle, high, Math.min(1, value)));
  }

  const css = (rgb) => `rgb(${rgb.map(Math.round).join(" ")})`;

  // An image of n columns, the colour of each cell from a function of its number.
  function paint(columns, rows, colorOf) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [columns, rows];
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    for (let at = 0; at < columns * rows; at++) {
      const [red, green, blue] = colorOf(at);
      image.data.set([red, green, blue, 255], 4 * at);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  // The outputs of all units over a grid of two inputs, from the upper left corner on: of each layer, of each unit n * n.
  function field(net, range, n) {
    const pass = Network.newPass(net);
    const layers = net.sizes.slice(1).map((size) => Array.from({ length: size }, () => new Float32Array(n * n)));
    const { x, y } = range;
    const point = new Float64Array(2);
    for (let at = 0; at < n * n; at++) {
      point[0] = x[0] + (((at % n) + 0.5) / n) * (x[1] - x[0]);
      point[1] = y[1] - ((Math.floor(at / n) + 0.5) / n) * (y[1] - y[0]);
      Network.forward(net, point, pass);
      layers.forEach((units, layer) => units.forEach((values, j) => (values[at] = pass.outputs[layer + 1][j])));
    }
    return layers;
  }

  // What is shown of outputs: the middle of their range, and the distance from it that has the full colour.
  function spread(net, layer, values) {
    const isOutput = layer === net.sizes.length - 2;
    const kind = isOutput ? Network.LOSSES[net.loss].unit : net.activation;
    if (kind === "logistic" || kind === "softmax") return [0.5, 0.5];
    if (kind === "tanh") return [0, 1];
    let largest = 1e-9;
    for (const value of values) largest = Math.max(largest, Math.abs(value));
    return [0, largest];
  }

  function unitImage(net, layer, values, n) {
    const [middle, full] = spread(net, layer, values);
    const scale = signScale();
    return paint(n, n, (at) => scale((0.9 * (values[at] - middle)) / full));
  }

  // Of each hidden and output unit an image of its outputs over the plane, as addresses, by its number.
  function unitImages(net, numbers, range, n = 26) {
    const images = new Map();
    field(net, range, n).forEach((units, layer) => {
      if (units.length > 12) return;
      units.forEach((values, j) => images.set(numbers[layer + 1][j], unitImage(net, layer, values, n).toDataURL()));
    });
    return images;
  }

  // The range of the inputs of some instances, with room around them.
  function rangeOf(data, nInputs, share = 0.18) {
    const span = (k) => {
      let [least, most] = [Infinity, -Infinity];
      for (let number = 0; number < data.n; number++) {
        const value = data.inputs[number * nInputs + k];
        [least, most] = [Math.min(least, value), Math.max(most, value)];
      }
      const room = share * (most - least) || 1;
      return [least - room, most + room];
    };
    return { x: span(0), y: nInputs > 1 ? span(1) : [0, 1] };
  }

  // A canvas of the width of what it stands in, sharp on any screen; returns its context and the box to draw in.
  function prepare(canvas, ratio = 1) {
    const width = Math.max(200, Math.round(canvas.parentElement.clientWidth || 400));
    const height = Math.round(width * ratio);
    const dots = Math.min(3, window.devicePixelRatio || 1);
    if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
      [canvas.width, canvas.height] = [Math.round(width * dots), Math.round(height * dots)];
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, width, height);
    const box = { x: MARGIN.left, y: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    return { context, box };
  }

  const toX = (box, range, value) => box.x + ((value - range.x[0]) / (range.x[1] - range.x[0])) * box.width;
  const toY = (box, range, value) => box.y + box.height - ((value - range.y[0]) / (range.y[1] - range.y[0])) * box.height;

  // The inputs under a place on the canvas.
  function inputsAt(canvas, range, event) {
    const bounds = canvas.getBoundingClientRect();
    const box = { x: MARGIN.left, y: MARGIN.top, width: bounds.width - MARGIN.left - MARGIN.right, height: bounds.height - MARGIN.top - MARGIN.bottom };
    const x = range.x[0] + ((event.clientX - bounds.left - box.x) / box.width) * (range.x[1] - range.x[0]);
    const y = range.y[0] + ((box.y + box.height - (event.clientY - bounds.top)) / box.height) * (range.y[1] - range.y[0]);
    return [x, y];
  }

  function drawAxes(context, box, range, names) {
    const [xName, yName] = shortenedNames(names.slice(0, 2), Math.max(20, Math.floor(Math.min(box.width, box.height) / 6.6)));
    context.canvas.title = xName === names[0] && yName === names[1] ? "" : `across: ${names[0]}\nup: ${names[1]}`;
    context.strokeStyle = color("line");
    context.lineWidth = 1;
    context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    context.fillStyle = color("quiet");
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "center";
    for (const value of ticks(range.x)) context.fillText(printed(value), toX(box, range, value), box.y + box.height + 15);
    context.fillText(xName, box.x + box.width / 2, box.y + box.height + 31);
    context.textAlign = "right";
    for (const value of ticks(range.y)) context.fillText(printed(value), box.x - 6, toY(box, range, value) + 4);
    context.save();
    context.translate(12, box.y + box.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(yName, 0, 0);
    context.restore();
  }

  // Round numbers within a range, about four of them.
  function ticks([least, most]) {
    const rough = (most - least) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const first = Math.ceil(least / step);
    const last = Math.floor(most / step);
    return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
  }

  // What the network decides over two inputs, where the decision changes, each first hidden unit's line, and the points.
  //
  // model: net, data, range, names, part (which target or label is shown), labels (class of each instance by it, or null),
  // selected (number or null), lines (whether).
  function plane(canvas, model) {
    const { context, box } = prepare(canvas);
    const n = 64;
    const values = field(model.net, model.range, n).at(-1);
    context.imageSmoothingEnabled = true;
    context.drawImage(paint(n, n, shadeOf(model, values)), box.x, box.y, box.width, box.height);
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    if (model.net.groups !== null) drawBoundary(context, box, sharesOver(model, values, n), n);
    if (model.lines) drawUnitLines(context, box, model);
    drawPoints(context, box, model, ([x, y]) => [toX(box, model.range, x), toY(box, model.range, y)]);
    context.restore();
    drawAxes(context, box, model.range, model.names);
  }

  // The share of each class of the label that is shown, over the grid.
  function sharesOver({ net, part }, values, n) {
    const out = new Float64Array(values.length);
    const all = [];
    for (let at = 0; at < n * n; at++) {
      values.forEach((each, j) => (out[j] = each[at]));
      all.push(Network.shares(net, out, part));
    }
    return all;
  }

  function shadeOf(model, values) {
    const { net } = model;
    if (net.groups === null) {
      const scale = signScale();
      const [middle, full] = model.valueSpread;
      return (at) => scale((0.85 * (values[model.part][at] - middle)) / full);
    }
    const shares = sharesOver(model, values, Math.sqrt(values[0].length));
    const page = parseColor(color("surface"));
    const colors = shares[0].map((_, k) => parseColor(classColor(k)));
    return (at) => {
      const most = Math.max(...shares[at]);
      const winner = shares[at].indexOf(most);
      const least = 1 / shares[at].length;
      const lead = (most - least) / (1 - least);
      return mix(page, colors[winner], lead > 0 ? 0.08 + 0.5 * lead : 0);
    };
  }

  // Where the share of a class overtakes the others, by squares of the grid whose corners differ.
  function drawBoundary(context, box, shares, n) {
    context.strokeStyle = color("ink");
    context.lineWidth = 2;
    context.beginPath();
    for (let k = 0; k < shares[0].length - (shares[0].length === 2 ? 1 : 0); k++) {
      const lead = shares.map((each) => each[k] - Math.max(...each.filter((_, other) => other !== k)));
      for (let at = 0; at < n * (n - 1); at++) if (at % n !== n - 1) crossSquare(context, box, lead, at, n);
    }
    context.stroke();
  }

  function crossSquare(context, box, lead, at, n) {
    const corners = [at, at + 1, at + n + 1, at + n];
    const ends = [];
    corners.forEach((from, k) => {
      const to = corners[(k + 1) % 4];
      if (lead[from] > 0 === lead[to] > 0) return;
      const share = lead[from] / (lead[from] - lead[to]);
      const place = (corner) => [((corner % n) + 0.5) / n, (Math.floor(corner / n) + 0.5) / n];
      const [x, y] = mix(place(from), place(to), share);
      ends.push([box.x + x * box.width, box.y + y * box.height]);
    });
    if (ends.length < 2) return;
    context.moveTo(...ends[0]);
    context.lineTo(...ends[1]);
  }

  // Where a unit of the first hidden layer has the net input 0.
  function drawUnitLines(context, box, { net, range }) {
    if (net.weights.length < 2) return;
    const n = net.sizes[1];
    context.setLineDash([6, 4]);
    context.lineWidth = 1.5;
    context.font = "bold 12px system-ui, sans-serif";
    context.textAlign = "center";
    for (let j = 0; j < Math.min(n, 30); j++) {
      const ends = endsOf(net.weights[0][j], net.weights[0][n + j], net.biases[0][j], range);
      if (ends.length < 2) continue;
      const [from, to] = ends.map(([x, y]) => [toX(box, range, x), toY(box, range, y)]);
      context.strokeStyle = color("quiet");
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
      tag(context, mix(from, to, 0.12 + (0.5 * ((j * 0.37) % 1))), String(net.sizes[0] + 1 + j));
    }
    context.setLineDash([]);
  }

  function tag(context, [x, y], text) {
    context.fillStyle = color("surface");
    context.beginPath();
    context.arc(x, y, 10, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = color("ink");
    context.fillText(text, x, y + 4);
  }

  // Where a x + b y + c = 0 crosses the edges of the plane.
  function endsOf(a, b, c, { x, y }) {
    const ends = [];
    if (b !== 0) for (const at of x) ends.push([at, -(a * at + c) / b]);
    if (a !== 0) for (const at of y) ends.push([-(b * at + c) / a, at]);
    const isInside = ([u, v]) => u >= x[0] - 1e-9 && u <= x[1] + 1e-9 && v >= y[0] - 1e-9 && v <= y[1] + 1e-9;
    return ends.filter(isInside).slice(0, 2);
  }

  // Classes have shapes as well as colours, as Drawing.MARKS has them.
  const SHAPES = [
    (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
    (context, x, y, r) => context.rect(x - r * 0.9, y - r * 0.9, 1.8 * r, 1.8 * r),
    (context, x, y, r) => polygon(context, [[x, y - 1.25 * r], [x + 1.15 * r, y + 0.85 * r], [x - 1.15 * r, y + 0.85 * r]]),
    (context, x, y, r) => polygon(context, [[x, y - 1.3 * r], [x + 1.3 * r, y], [x, y + 1.3 * r], [x - 1.3 * r, y]]),
    (context, x, y, r) => polygon(context, [[x, y + 1.25 * r], [x + 1.15 * r, y - 0.85 * r], [x - 1.15 * r, y - 0.85 * r]]),
    (context, x, y, r) => context.rect(x - r * 1.3, y - r * 0.55, 2.6 * r, 1.1 * r),
    (context, x, y, r) => polygon(context, star(x, y, 1.5 * r)),
    (context, x, y, r) => polygon(context, cross(x, y, 1.25 * r)),
    (context, x, y, r) => polygon(context, [[x + 1.3 * r, y], [x - 0.9 * r, y - 1.15 * r], [x - 0.9 * r, y + 1.15 * r]]),
    (context, x, y, r) => polygon(context, [[x - 1.3 * r, y], [x + 0.9 * r, y - 1.15 * r], [x + 0.9 * r, y + 1.15 * r]]),
  ];

  const star = (x, y, r) =>
    Array.from({ length: 10 }, (_, k) => {
      const [angle, size] = [(Math.PI * k) / 5 - Math.PI / 2, k % 2 ? 0.45 * r : r];
      return [x + size * Math.cos(angle), y + size * Math.sin(angle)];
    });

  const cross = (x, y, r) =>
    [[-1, -3], [1, -3], [1, -1], [3, -1], [3, 1], [1, 1], [1, 3], [-1, 3], [-1, 1], [-3, 1], [-3, -1], [-1, -1]].map(([u, v]) => [x + (u * r) / 3, y + (v * r) / 3]);

  function polygon(context, points) {
    context.moveTo(...points[0]);
    points.slice(1).forEach((point) => context.lineTo(...point));
    context.closePath();
  }

  function drawPoints(context, box, model, place) {
    const { data, net, part, labels, selected } = model;
    const radius = data.n > 150 ? 3.6 : 5;
    const scale = signScale();
    for (let number = 0; number < data.n; number++) {
      const [x, y] = place(Network.row(data.inputs, net.sizes[0], number), number);
      context.beginPath();
      SHAPES[(labels?.[number] ?? 0) % SHAPES.length](context, x, y, number === selected ? radius + 2 : radius);
      const [middle, full] = model.valueSpread ?? [0, 1];
      context.fillStyle = labels ? classColor(labels[number]) : css(scale((data.targets[number * net.sizes.at(-1) + part] - middle) / full));
      context.fill();
      context.strokeStyle = color(labels ? "surface" : "ink");
      context.lineWidth = labels ? 1.4 : 1;
      context.stroke();
      if (number === selected) ring(context, x, y, radius + 7);
    }
  }

  function ring(context, x, y, radius) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = color("ink");
    context.lineWidth = 2.5;
    context.stroke();
  }

  // The outputs over one input, with the points; of classes their shares.
  function curve(canvas, model) {
    const { context, box } = prepare(canvas, 0.72);
    const { net, data, range, names, part, labels } = model;
    const isNumbers = net.groups === null;
    drawAxes(context, box, range, names);
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    if (model.lines) drawUnitPlaces(context, box, model);
    drawCurves(context, box, model);
    const height = (number) => (isNumbers ? model.values(data.targets[number * net.sizes.at(-1) + part], part) : labels[number] === 0 ? 0.03 : 0.97);
    drawPoints(context, box, model, ([x], number) => [toX(box, range, x), toY(box, range, height(number))]);
    context.restore();
  }

  function drawCurves(context, box, model) {
    const { net, range, part } = model;
    const pass = Network.newPass(net);
    const n = 160;
    const rows = Array.from({ length: n + 1 }, (_, k) => {
      const x = range.x[0] + (k / n) * (range.x[1] - range.x[0]);
      const out = Network.forward(net, [x], pass).outputs.at(-1);
      return [x, net.groups === null ? [model.values(out[part], part)] : Network.shares(net, out, part)];
    });
    rows[0][1].forEach((_, k) => {
      context.beginPath();
      rows.forEach(([x, values]) => context.lineTo(toX(box, range, x), toY(box, range, values[k])));
      context.strokeStyle = net.groups === null ? color("ink") : classColor(k);
      context.lineWidth = 2.5;
      context.stroke();
    });
  }

  function drawUnitPlaces(context, box, { net, range }) {
    if (net.weights.length < 2) return;
    context.setLineDash([6, 4]);
    context.font = "bold 12px system-ui, sans-serif";
    context.textAlign = "center";
    for (let j = 0; j < Math.min(net.sizes[1], 30); j++) {
      const at = -net.biases[0][j] / net.weights[0][j];
      if (!(at > range.x[0] && at < range.x[1])) continue;
      const x = toX(box, range, at);
      context.strokeStyle = color("quiet");
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(x, box.y);
      context.lineTo(x, box.y + box.height);
      context.stroke();
      tag(context, [x, box.y + 14 + (j % 4) * 22], String(net.sizes[0] + 1 + j));
    }
    context.setLineDash([]);
  }

  // The incoming weights of a hidden unit as an image of the inputs.
  function weightImage(net, layer, j, [rows, columns], largest) {
    const scale = signScale();
    const n = net.sizes[layer + 1];
    return paint(columns, rows, (at) => scale(net.weights[layer][at * n + j] / largest));
  }

  // The inputs of an instance as an image, dark where they are large.
  function inputImage(inputs, [rows, columns]) {
    let [least, most] = [Infinity, -Infinity];
    for (const value of inputs) [least, most] = [Math.min(least, value), Math.max(most, value)];
    const [page, ink] = [parseColor(color("surface")), parseColor(color("ink"))];
    return paint(columns, rows, (at) => mix(page, ink, most > least ? (inputs[at] - least) / (most - least) : 0));
  }

  return { plane, curve, rangeOf, field, unitImage, unitImages, weightImage, inputImage, inputsAt, signScale, css, ticks };
})();
