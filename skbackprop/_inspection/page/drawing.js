"use strict";
// Elements of the page, formulas with their indices, and the picture of a network: units with numbers, lines with weights.
// Texts of the user's are put in as text, never as HTML.

const Drawing = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const RADIUS = 25;
  const MAX_UNITS = 9; // of larger layers the middle is left out
  const MAX_LABELS = { wide: 30, narrow: 16 }; // of more lines none has a number

  // An element with attributes, listeners ("onclick") and children, of which null ones are left out.
  function h(tag, attributes = {}, ...children) {
    return finish(document.createElement(tag), attributes, children);
  }

  function s(tag, attributes = {}, ...children) {
    return finish(document.createElementNS(SVG, tag), attributes, children);
  }

  function finish(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return element;
  }

  const PARTS = /(Err|[\p{L}]'?)_([A-Za-z0-9]+)|\^(-?(?:I_[a-z]|[\d.]+(?:e[+-]\d+)?|[a-z]))|(?<![\p{L}\p{N}_])([wxTθIO]|Err)(\d[\d,]*)(?![\p{L}\d.])|-/gu;

  // A formula with indices below the line, powers above it, and minus signs as they are printed.
  function formula(text) {
    const line = document.createDocumentFragment();
    let end = 0;
    for (const match of text.matchAll(PARTS)) {
      line.append(text.slice(end, match.index));
      end = match.index + match[0].length;
      if (match[1]) line.append(match[1], h("sub", {}, match[2]));
      else if (match[3]) line.append(h("sup", {}, formula(match[3])));
      else if (match[4]) line.append(match[4], h("sub", {}, match[5]));
      else line.append("−");
    }
    line.append(text.slice(end));
    return line;
  }

  const math = (text, kind = "") => h("span", { class: `math ${kind}` }, formula(text));

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const CLASS_COLORS = ["vermillion", "blue", "green", "purple", "yellow", "sky", "slate", "brown", "olive", "pink"];

  // After as many classes as there are marks each has another colour with its mark.
  const colorName = (k) => CLASS_COLORS[(k + Math.floor(k / MARKS.length)) % CLASS_COLORS.length];
  const classColor = (k) => color(colorName(k));

  // The marks that stand for classes in a plane, in the order of Pictures.SHAPES.
  const MARKS = "●■▲◆▼▬★✚►◄";
  const classMark = (k) => h("span", { class: "mark", style: `color: var(--${colorName(k)})`, "aria-hidden": "true" }, MARKS[k % MARKS.length]);
  function classKey(classes) {
    const short = shortenedNames(classes.map(([, name]) => name), 40);
    return classes.map(([k, name], place) => h("span", { class: "class" }, classMark(k), " ", shortName(short[place], name)));
  }

  const printed = (text) => String(text).replace(/-/g, "−");

  // A number with its word, such as 1 epoch or 2 epochs.
  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

  // How wide a text is, in letters; those of East Asia, and emoji, count for two.
  const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) < 0x2e80 ? 1 : 2), 0);

  const widest = remembered((names) => names.reduce((most, name) => Math.max(most, widthOf(name)), 0));

  // Names that are cut in their middle where they are long, or where it leaves the most of them distinct.
  function shortenedNames(names, longest) {
    const half = Math.floor(longest / 2);
    const heads = Array.from({ length: longest - 2 }, (_, k) => k + 1).sort((a, b) => Math.abs(a - half) - Math.abs(b - half));
    const wanted = new Set(names).size;
    let best = { names, count: 0 };
    for (const head of heads) {
      const cut = names.map((name) => cutName(name, head, longest));
      const count = new Set(cut).size;
      if (count > best.count) best = { names: cut, count };
      if (count === wanted) break;
    }
    return best.names;
  }

  // Whole letters, as half of an emoji's code is nothing that can be read.
  function cutName(name, head, longest) {
    if (widthOf(name) <= longest) return name;
    const letters = [...name];
    const tail = beginning(letters.slice(-longest).reverse(), longest - 1 - head).reverse();
    return `${beginning(letters, head).join("").trimEnd()}…${tail.join("").trimStart()}`;
  }

  // As many letters as fit.
  function beginning(letters, longest) {
    const kept = letters.slice(0, longest);
    while (widthOf(kept.join("")) > longest) kept.pop();
    return kept;
  }

  // What is made of the same names again and again, in every frame of a training.
  function remembered(make) {
    const all = new WeakMap();
    return (names, longest) => {
      if (!all.has(names)) all.set(names, new Map());
      if (!all.get(names).has(longest)) all.get(names).set(longest, make(names, longest));
      return all.get(names).get(longest);
    };
  }

  const shortNames = remembered(shortenedNames);

  // A name that tells what it left out when it is pointed at.
  const shortName = (text, name) => h("span", { title: text === name ? null : name }, text);

  // Of each layer the places of the units that are drawn; null stands for those that are left out. Of many inputs they are
  // those that say the most.
  const shownUnits = (net, inputs = null, most = MAX_UNITS) =>
    net.sizes.map((size, layer) => {
      const places = layer === 0 && inputs && size > most ? tellingInputs(net, inputs, most - 1) : Array.from({ length: size }, (_, j) => j);
      return size <= most ? places : [...places.slice(0, most - 5), null, ...places.slice(-4)];
    });

  // Of an instance the inputs with the largest |w_ij x_i|, in their order; of those that say nothing the first.
  function tellingInputs(net, inputs, count) {
    const weights = net.weights[0];
    const n = net.sizes[1];
    const sizes = Array.from(inputs, (value, i) => {
      const sum = value === 0 ? 0 : weights.subarray(i * n, (i + 1) * n).reduce((total, weight) => total + Math.abs(weight), 0);
      return { i, size: Math.abs(value) * sum };
    });
    return sizes.sort((a, b) => b.size - a.size).slice(0, count).map(({ i }) => i).sort((a, b) => a - b);
  }

  // Names stand beside the units where there is room, else above them.
  const LETTER = 6.5;
  const SIDE = RADIUS + 8;
  const [LEAST_MARGIN, USUAL_MARGIN, LEAST_STEP] = [46, 118, 136];

  // What stays free at the left and at the right of the units, and how many letters the names there may have.
  function marginsOf(sizes, width, names, hasSides) {
    const nSteps = sizes.length - 1;
    if (!names || !hasSides) {
      const step = (width - 2 * LEAST_MARGIN) / nSteps;
      const letters = Math.max(14, Math.floor((LEAST_MARGIN + step / 2) / LETTER));
      return { left: LEAST_MARGIN, right: LEAST_MARGIN, letters: [letters, letters] };
    }
    const [ofInputs, ofOutputs] = [names.inputs, names.outputs].map((each) => Math.max(LEAST_MARGIN, SIDE + LETTER * Math.min(30, widest(each)) + 4));
    const room = width - LEAST_STEP * nSteps;
    const left = Math.min(ofInputs, Math.max(USUAL_MARGIN, room / 2, room - ofOutputs));
    const right = Math.min(ofOutputs, Math.max(USUAL_MARGIN, room - left));
    return { left, right, letters: [left, right].map((margin) => Math.floor((margin - SIDE) / LETTER)) };
  }

  // Where the units stand.
  function layOut(sizes, width, { net, names, most, shown = shownUnits(net, null, most) }) {
    const hasSides = width >= 520;
    const { left, right, letters } = marginsOf(sizes, width, names, hasSides);
    const rows = Math.max(...shown.map((places) => places.length));
    const spacing = rows <= 3 ? 108 : rows <= 5 || (names && !hasSides) ? 88 : 74; // names above units stand free of errors
    const height = rows * spacing + 24;
    const step = (width - left - right) / (sizes.length - 1);
    const at = shown.map((places, layer) =>
      places.map((j, row) => ({
        j, layer, x: left + step * layer, y: height / 2 + (row - (places.length - 1) / 2) * spacing,
      })));
    return { at, height, hasSides, letters };
  }

  // Draws a network into an SVG element.
  //
  // model: net, numbers (of the units, by layer), names (inputs, outputs or null), texts (Map of number to output), errors
  // (Map of number to error), fills (Map of number to colour), images (Map of number to address), weights (function of layer,
  // i, j giving text, or null), lit (Set of numbers), litLines (Set of "layer:i:j"), label, most (units of a layer), or shown
  // (as `shownUnits` has it).
  function drawNetwork(svg, model) {
    const { net } = model;
    const width = Math.max(280, Math.round(svg.parentElement.clientWidth || 600));
    const { at, height, hasSides, letters } = layOut(net.sizes, width, model);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", model.label);
    const obstacles = obstaclesOf(model, at.flat());
    const lines = drawLines(model, at, obstacles, hasSides ? MAX_LABELS.wide : MAX_LABELS.narrow);
    const units = at.flat().map((unit) => drawUnit(model, unit, { width, hasSides, letters }));
    svg.replaceChildren(lines.group, ...units, lines.labels);
  }

  // What numbers on lines should not cover: units, and the errors below them.
  const obstaclesOf = ({ numbers, errors }, units) => [
    ...units.map(({ x, y }) => ({ x, y, width: 58, height: 46 })),
    ...units.filter(({ layer, j }) => errors?.has(numbers[layer][j])).map(({ x, y }) => ({ x, y: y + RADIUS + 6, width: 74, height: 20 })),
  ];

  function drawLines(model, at, obstacles, maxLabels) {
    const { net } = model;
    const all = [];
    for (let layer = 0; layer < net.weights.length; layer++) {
      for (const from of at[layer]) for (const to of at[layer + 1]) {
        if (from.j === null || to.j === null) continue;
        all.push({ from, to, key: `${layer}:${from.j}:${to.j}`, value: net.weights[layer][from.j * net.sizes[layer + 1] + to.j] });
      }
    }
    const largest = Math.max(1e-12, ...all.map(({ value }) => Math.abs(value)));
    const hasLit = model.litLines?.size > 0;
    const group = s("g", { class: hasLit ? "lines has-lit" : "lines" }, all.map(({ from, to, key, value }) =>
      s("line", {
        x1: from.x, y1: from.y, x2: to.x, y2: to.y,
        class: `${value < 0 ? "negative" : "positive"}${model.litLines?.has(key) ? " lit" : ""}`,
        "stroke-width": (0.8 + (4 * Math.abs(value)) / largest).toFixed(2),
      })));
    const hasLabels = model.weights && all.length <= maxLabels;
    return { group, labels: s("g", { class: "weights" }, hasLabels ? placeLabels(model, all, obstacles) : []) };
  }

  // Numbers on the lines, each where it is farthest from the others, from units and errors, and from other lines.
  function placeLabels(model, lines, obstacles) {
    const placed = [];
    return lines.map(({ from, to, key }) => {
      const text = model.weights(from.layer, from.j, to.j);
      let best = null;
      for (let share = 0.24; share <= 0.77; share += 0.03) {
        const place = { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
        const cost = crowding(place, placed, obstacles) + linesNear(place, lines, key) + 0.05 * Math.abs(share - 0.35);
        if (best === null || cost < best.cost) best = { ...place, cost };
      }
      placed.push(best);
      const isLit = model.litLines?.has(key);
      return s("text", { x: best.x, y: best.y + 4, class: isLit ? "weight lit" : "weight" }, printed(text));
    });
  }

  const overlap = (a, b, width, height) => Math.max(0, 1 - Math.abs(a.x - b.x) / width) * Math.max(0, 1 - Math.abs(a.y - b.y) / height);

  const crowding = (place, placed, obstacles) =>
    placed.reduce((sum, other) => sum + 12 * overlap(place, other, 52, 19), 0) +
    obstacles.reduce((sum, one) => sum + 9 * overlap(place, one, one.width, one.height), 0);

  function linesNear(place, lines, key) {
    let sum = 0;
    for (const { from, to, key: other } of lines) {
      if (other === key || place.x < from.x || place.x > to.x) continue;
      const y = from.y + ((place.x - from.x) / (to.x - from.x)) * (to.y - from.y);
      sum += Math.max(0, 1 - Math.abs(place.y - y) / 13);
    }
    return sum;
  }

  function drawUnit(model, unit, { width, hasSides, letters }) {
    if (unit.j === null) return s("text", { x: unit.x, y: unit.y + 8, class: "left-out" }, "⋮");
    const { numbers, texts, errors, fills, images, lit } = model;
    const number = numbers[unit.layer][unit.j];
    const image = images?.get(number);
    const text = texts?.get(number);
    const error = errors?.get(number);
    const fill = fills?.get(number);
    return s("g", { class: ["unit", lit?.has(number) ? "lit" : "", fill ? "filled" : ""].join(" ").trim() },
      s("circle", { cx: unit.x, cy: unit.y, r: RADIUS, style: fill ? `fill: ${fill}` : null }),
      image ? drawImage(image, unit) : null,
      image
        ? s("text", { x: unit.x, y: unit.y - RADIUS - 4, class: "number" }, String(number))
        : s("text", { x: unit.x, y: unit.y + (text === undefined ? 5 : -6), class: "number" }, String(number)),
      text === undefined || image ? null : drawOutput(printed(text), unit),
      error === undefined ? null : drawError(error, unit, width),
      drawName(model, unit, { width, hasSides, letters }));
  }

  // In a circle, without an element that needs an identifier of its own.
  const drawImage = (image, { x, y }) =>
    s("image", {
      href: image, x: x - RADIUS + 1, y: y - RADIUS + 1, width: 2 * RADIUS - 2, height: 2 * RADIUS - 2,
      preserveAspectRatio: "none", style: `clip-path: circle(${RADIUS - 1}px)`,
    });

  // Small enough for the circle.
  const drawOutput = (text, { x, y }) =>
    s("text", { x, y: y + 11, class: "output", style: `font-size: ${Math.min(13, 70 / text.length).toFixed(1)}px` }, text);

  // Below the unit, and not beyond the edge.
  function drawError(error, { x: middle, y }, width) {
    const text = `Err ${printed(error)}`;
    const half = 3.7 * text.length + 7;
    const x = Math.max(half, Math.min(middle, width - half));
    return s("g", { class: "error" },
      s("rect", { x: x - half, y: y + RADIUS - 3, width: 2 * half, height: 17, rx: 8 }),
      s("text", { x, y: y + RADIUS + 10 }, text));
  }

  // Where not all names of the outputs fit, those of classes are worth more than the word before them.
  const shortOutputs = remembered((names, longest) => {
    const isLong = names.some((name) => widthOf(name) > longest);
    return shortenedNames(isLong ? names.map((name) => name.replace(/^class /, "")) : names, longest);
  });

  function drawName({ names, net }, unit, { width, hasSides, letters }) {
    const isOutput = unit.layer === net.sizes.length - 1;
    const name = unit.layer === 0 ? names?.inputs[unit.j] : isOutput ? names?.outputs[unit.j] : null;
    if (!name) return null;
    const whole = s("title", {}, name);
    const text = (isOutput ? shortOutputs(names.outputs, letters[1]) : shortNames(names.inputs, letters[0]))[unit.j];
    if (!hasSides) {
      const half = (LETTER * widthOf(text)) / 2;
      const x = Math.max(half, Math.min(unit.x, width - half));
      return s("text", { x, y: unit.y - RADIUS - 5, class: "name middle" }, text, whole);
    }
    return isOutput
      ? s("text", { x: unit.x + SIDE, y: unit.y + 4, class: "name" }, text, whole)
      : s("text", { x: unit.x - SIDE, y: unit.y + 4, class: "name end" }, text, whole);
  }

  return { h, s, count, formula, math, color, classColor, classKey, printed, shortName, shortNames, widest, shortenedNames, shownUnits, tellingInputs, drawNetwork };
})();
