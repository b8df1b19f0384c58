"use strict";
// Small sets of points to play with, rounded to three decimals, so that the text of a program can hold them.

const Points = (() => {
  const MAX_POINTS = 1000;
  const MAX_PLACE = 1e6;

  const round = (value) => Math.round(value * 1000) / 1000;

  // Two normal numbers at a time (Box and Muller).
  function normal(draw) {
    const radius = Math.sqrt(-2 * Math.log(1 - draw()));
    return radius * Math.cos(2 * Math.PI * draw());
  }

  // Each makes point number `k` of `n`: its place without noise, and its class.
  const SETS = {
    xor: { words: "XOR", range: [-0.5, 1.5], place: (k) => [[(k >> 1) & 1, k & 1], ((k >> 1) ^ k) & 1] },
    moons: { words: "two moons", place: moon, isRandom: true },
    circles: { words: "circles", place: circle, isRandom: true },
    spirals: { words: "spirals", place: spiral },
    blobs: { words: "three clouds", place: cloud, nClasses: 3, isRandom: true },
    wave: { words: "wave (numbers)", place: wave, isNumbers: true },
    own: { words: "own points", range: [-1.25, 1.25] },
  };

  function moon(k, n, draw) {
    const angle = Math.PI * draw();
    const isUpper = k % 2 === 0;
    const place = isUpper ? [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25] : [0.5 - Math.cos(angle), 0.25 - Math.sin(angle)];
    return [place.map((value) => 0.8 * value), isUpper ? 0 : 1];
  }

  function circle(k, n, draw) {
    const angle = 2 * Math.PI * draw();
    const radius = k % 2 === 0 ? 1 : 0.45;
    return [[radius * Math.cos(angle), radius * Math.sin(angle)], k % 2];
  }

  function spiral(k, n) {
    const along = (Math.floor(k / 2) + 1) / Math.ceil(n / 2);
    const angle = 3.2 * Math.PI * along * 0.75 + (k % 2) * Math.PI;
    return [[1.1 * along * Math.cos(angle), 1.1 * along * Math.sin(angle)], k % 2];
  }

  function cloud(k, n, draw) {
    const angle = (2 * Math.PI * (k % 3)) / 3 + Math.PI / 2;
    return [[0.7 * Math.cos(angle) + 0.18 * normal(draw), 0.7 * Math.sin(angle) + 0.18 * normal(draw)], k % 3];
  }

  function wave(k, n) {
    const x = n === 1 ? 0 : -1 + (2 * k) / (n - 1);
    return [[x], 0.8 * Math.sin(Math.PI * 1.3 * x)];
  }

  // Points of a set: inputs, one row each, and labels or numbers.
  function make(name, n, noise, seed) {
    const draw = Training.random(seed + 1);
    const { place, isNumbers } = SETS[name];
    const count = name === "xor" && noise === 0 ? 4 : n; // more would lie on each other
    const rows = Array.from({ length: count }, (_, k) => place(k, count, draw));
    const moved = (value) => round(value + noise * normal(draw));
    if (isNumbers) return { inputs: rows.map(([x]) => x.map(round)), labels: rows.map(([, y]) => moved(y)) };
    return { inputs: rows.map(([x]) => x.map(moved)), labels: rows.map(([, label]) => label) };
  }

  // Targets of the output units: one unit tells two classes apart, more have one each; numbers stand for themselves.
  function encode({ inputs, labels }, nClasses) {
    const nOutputs = nClasses > 2 ? nClasses : 1;
    const targets = new Float64Array(labels.length * nOutputs);
    labels.forEach((label, number) => {
      if (nOutputs === 1) targets[number] = label;
      else targets[number * nOutputs + label] = 1;
    });
    return { n: labels.length, inputs: Float64Array.from(inputs.flat()), targets };
  }

  // Own points as text for the address: x,y,class with blanks between them.
  const write = ({ inputs, labels }) => inputs.map(([x, y], k) => `${x},${y},${labels[k]}`).join(" ");

  // An address may say anything, so what is no point, or too far away to be drawn, is left out, and so are those after many.
  function read(text) {
    const rows = text.split(" ", MAX_POINTS).map((each) => each.split(",").map(Number));
    const sound = rows.filter((each) => each.length === 3 && each.every((value) => Math.abs(value) <= MAX_PLACE) && [0, 1, 2].includes(each[2]));
    return { inputs: sound.map(([x, y]) => [round(x), round(y)]), labels: sound.map((each) => each[2]) };
  }

  return { SETS, make, encode, write, read, round };
})();
