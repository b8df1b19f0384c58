"use strict";
// One case update, number by number, and the rows of the book's tables that tell of it. Each number is rounded before it is
// used, if there are digits to round to, so that a reader with a pocket calculator finds the same.

const Book = (() => {
  const { fill, inLetters, rounded, write, writeRate, writeSetting } = Formulas;
  const MAX_TERMS = 4; // formulas leave out the middle of longer sums

  // The functions of the lines that the package has the formulas of: of the numbers, by their letters.
  const descent = (it) => it.l * it.d;
  const LINES = {
    descent: { "Δ": descent },
    momentum: { "Δ": (it) => it.l * it.d + it["μ"] * it["Δ'"] },
    nesterov: { u: (it) => it.l * it.d + it["μ"] * it["Δ'"], "Δ": (it) => it.l * it.d + it["μ"] * it.u },
    adam: {
      c: (it) => Math.sqrt(1 - it["β_2"] ** it.t) / (1 - it["β_1"] ** it.t),
      m: (it) => it["β_1"] * it["m'"] + (1 - it["β_1"]) * it.d,
      v: (it) => it["β_2"] * it["v'"] + (1 - it["β_2"]) * it.d * it.d,
      "Δ": (it) => (it.l * it.c * it.m) / (Math.sqrt(it.v) + it["ε"]),
    },
    rprop: {
      s: (it) => Math.sign(it["d'"]) * Math.sign(it.d),
      "η": resilientStep,
      "Δ": (it) => it["η"] * (it.s >= 0 ? 1 : 0) * Math.sign(it.d),
    },
  };

  function resilientStep(it) {
    if (it.s > 0) return Math.min(it.a * it["η'"], it["η_1"]);
    return it.s < 0 ? Math.max(it.b * it["η'"], it["η_0"]) : it["η'"];
  }

  const nameOfRule = (rule) =>
    rule.kind !== "descent" ? rule.kind : !rule.momentum ? "descent" : rule.is_nesterov ? "nesterov" : "momentum";

  // The numbers that a rule's lines begin with: those of all weights, and the vectors of memory. A memory is of gradients,
  // the lines are of descent.
  function lettersOf(rule, memory) {
    const { velocity, first_moment, second_moment, last_gradient, step_sizes } = memory.vectors;
    if (rule.kind === "adam") {
      const settings = { l: rule.learning_rate, "β_1": rule.beta_1, "β_2": rule.beta_2, "ε": Network.epsilonOf(rule) };
      return { same: { ...settings, t: memory.nUpdates + 1 }, own: { "m'": first_moment.map((m) => -m), "v'": second_moment } };
    }
    if (rule.kind === "rprop") {
      const settings = { a: rule.increase, b: rule.decrease, "η_0": rule.smallest, "η_1": rule.largest };
      return { same: settings, own: { "d'": last_gradient.map((d) => -d), "η'": step_sizes } };
    }
    const same = { l: rule.learning_rate, "μ": rule.momentum };
    return { same, own: rule.momentum ? { "Δ'": velocity } : {} };
  }

  // The memory after the update, from what the lines have made.
  function memoryAfter(step, memory) {
    const { values, rule } = step;
    const vectors = {};
    if (rule.kind === "adam") Object.assign(vectors, { first_moment: values.m.map((m) => -m), second_moment: values.v });
    if (rule.kind === "rprop") {
      vectors.last_gradient = values.d.map((d, at) => (values.s[at] < 0 ? 0 : -d));
      vectors.step_sizes = values["η"];
    }
    if (rule.kind === "descent" && rule.momentum) vectors.velocity = rule.is_nesterov ? values.u : values["Δ"];
    return { vectors, nUpdates: memory.nUpdates + 1 };
  }

  // A network, the inputs and targets of an instance, a rule, its memory, digits or null, and the words of the package.
  function calculate({ net: given, inputs, targets, rule: asked, memory, digits, words }) {
    const finer = digits === null ? null : digits + 1;
    const net = Network.make(given, given.vector.map((value) => rounded(value, digits)));
    const x = Float64Array.from(inputs, (value) => rounded(value, digits));
    const T = Float64Array.from(targets, (value) => rounded(value, digits));
    const pass = goForward(net, x, digits);
    goBackward(net, pass, T, finer);
    const rate = digits === null ? asked.learning_rate : Number(writeRate(asked.learning_rate, digits));
    const factor = asked.hidden_factor ?? 1;
    const hiddenRate = digits === null ? rate * factor : Number(writeRate(rate * factor, digits));
    const rule = { ...asked, learning_rate: rate };
    const lines = words.rules[nameOfRule(rule)];
    const step = { net, inputs: x, targets: T, pass, rule, digits, finer, words, lines, numbers: numbersOf(net), rate, hiddenRate };
    move(step, memory);
    step.newVector = net.vector.map((value, at) => value + step.values["Δ"][at]);
    step.memory = memoryAfter(step, memory);
    return step;
  }

  function goForward(net, x, digits) {
    const pass = Network.newPass(net);
    const last = net.weights.length - 1;
    pass.outputs[0].set(x);
    for (let layer = 0; layer <= last; layer++) {
      const sums = netInputs(net, layer, pass.outputs[layer]).map((value) => rounded(value, digits));
      pass.net[layer].set(sums);
      const activate = Network.ACTIVATIONS[net.activation].apply;
      const out = layer === last ? Network.applyOutputUnits(net, sums) : sums.map(activate);
      pass.outputs[layer + 1].set(out.map((value) => rounded(value, digits)));
    }
    return pass;
  }

  function netInputs(net, layer, below) {
    const n = net.biases[layer].length;
    return net.biases[layer].map((bias, j) => below.reduce((sum, out, i) => sum + out * net.weights[layer][i * n + j], 0) + bias);
  }

  function goBackward(net, pass, targets, finer) {
    const last = net.weights.length - 1;
    const round = (errors) => errors.forEach((value, j) => (errors[j] = rounded(value, finer)));
    round(Network.outputErrors(net, pass.outputs[last + 1], targets, pass.errors[last]));
    for (let layer = last - 1; layer >= 0; layer--) {
      round(Network.hiddenErrors(net, layer, pass.outputs[layer + 1], pass.errors[layer + 1], pass.errors[layer]));
    }
  }

  // The numbers of the units of each layer, the inputs first, as the book counts them.
  function numbersOf(net) {
    let next = 1;
    return net.sizes.map((size) => Array.from({ length: size }, () => next++));
  }

  // The direction of descent: Err_j O_i - α w_ij of each weight, Err_j of each bias.
  function directionOf(step) {
    const { net, pass, rule } = step;
    const d = Network.make(net);
    for (let layer = 0; layer < net.weights.length; layer++) {
      const errors = pass.errors[layer];
      d.biases[layer].set(errors);
      pass.outputs[layer].forEach((out, i) => {
        errors.forEach((error, j) => {
          const at = i * errors.length + j;
          d.weights[layer][at] = error * out - (rule.alpha ? rule.alpha * net.weights[layer][at] : 0);
        });
      });
    }
    return d.vector;
  }

  // What the rule's lines calculate: texts of numbers that are the same for all, and the numbers of each weight and bias.
  function move(step, memory) {
    const { finer } = step;
    const { same, own } = lettersOf(step.rule, roundedMemory(memory, finer));
    const functions = LINES[nameOfRule(step.rule)];
    const direction = directionOf(step);
    const rates = Network.ratesOf(step.net, step.rule, step.hiddenRate);
    const values = { ...own, d: step.lines.length > 1 ? direction.map((d) => rounded(d, finer)) : direction };
    const texts = Object.fromEntries(Object.entries(same).map(([letter, number]) => [letter, writeSetting(number)]));
    step.lines.forEach(([letter], number) => {
      const isLast = number === step.lines.length - 1;
      if (letter === "c") {
        same.c = rounded(functions.c(same), finer);
        texts.c = write(same.c, finer);
        return;
      }
      values[letter] = new Float64Array(direction.length);
      const it = { ...same };
      for (let at = 0; at < direction.length; at++) {
        for (const key in values) if (key !== letter) it[key] = values[key][at];
        if ("l" in same) it.l = rates[at];
        const result = functions[letter](it);
        values[letter][at] = isLast ? result : rounded(result, finer);
      }
    });
    step.values = values;
    step.texts = { ...texts, l: writeRate(step.rate, step.digits), "α": writeSetting(step.rule.alpha) };
  }

  function roundedMemory(memory, finer) {
    const pairs = Object.entries(memory.vectors);
    const vectors = Object.fromEntries(pairs.map(([name, vector]) => [name, vector.map((value) => rounded(value, finer))]));
    return { vectors, nUpdates: memory.nUpdates };
  }

  // -------------------------------------------------------------------------------------------------------------------
  // What is written of it.

  const number = (step, value) => write(value, step.digits);
  const errorText = (step, value) => write(value, step.finer);

  // The items, or of many of them the first and the last with null between.
  function shorten(items, longest) {
    if (items.length <= longest) return items;
    const half = Math.floor(longest / 2);
    return [...items.slice(0, half), null, ...items.slice(-half)];
  }

  const separator = (step) => (step.numbers.at(-1).at(-1) > 9 ? "," : "");
  const weightName = (step, layer, i, j) => `w${step.numbers[layer][i]}${separator(step)}${step.numbers[layer + 1][j]}`;
  const biasName = (step, layer, j) => `θ${step.numbers[layer + 1][j]}`;

  const signed = (step, value) => [value < 0 ? "-" : "", number(step, Math.abs(value))];

  // The sign of w_ij, and w_ij O_i without it: without factors 1, and with 0 for what is 0.
  function term(step, weight, out) {
    const [sign, size] = signed(step, weight);
    if (out === 0 || weight === 0) return ["", "0"];
    return out === 1 ? [sign, size] : [sign, `(${size})(${number(step, out)})`];
  }

  // Terms of sign and size as a sum; the first one's sign goes before it, into its bracket if it has one.
  function sum(terms) {
    let text = "";
    for (const each of terms) {
      if (each === null) {
        text += " + ...";
        continue;
      }
      const [sign, size] = each;
      if (text) text += ` ${sign || "+"} ${size}`;
      else text = size.startsWith("(") ? `(${sign}${size.slice(1)}` : sign + size;
    }
    return text;
  }

  function netFormula(step, layer, j) {
    const { net, pass } = step;
    const n = net.biases[layer].length;
    const pairs = Array.from(pass.outputs[layer], (out, i) => [net.weights[layer][i * n + j], out]);
    const telling = pairs.length > MAX_TERMS ? pairs.filter(([weight, out]) => weight !== 0 && out !== 0) : pairs; // of many
    const parts = shorten(telling, MAX_TERMS).map((pair) => pair && term(step, ...pair));
    return sum([...parts, signed(step, net.biases[layer][j])]);
  }

  const groupOf = (net, j) => Network.groupsOf(net).find(([start, end]) => start <= j && j < end) ?? [j, j + 1];

  // The formula of a unit, which is another where it decides alone.
  function formulaOf(step, layer, j) {
    const { net, words } = step;
    if (layer < net.weights.length - 1) return words.activations[net.activation].formula;
    const kind = words.outputUnits[Network.LOSSES[net.loss].unit];
    const [start, end] = groupOf(net, j);
    return kind.alone !== null && end - start === 1 ? words.outputUnits[kind.alone].formula : kind.formula;
  }

  function outputFormula(step, layer, j) {
    const sums = step.pass.net[layer];
    const terms = Array.from(sums.subarray(...groupOf(step.net, j)), (value) => `e^${number(step, value)}`);
    const total = `(${shorten(terms, MAX_TERMS).map((each) => each ?? "...").join(" + ")})`;
    return fill(formulaOf(step, layer, j), { net: number(step, sums[j]), minus_net: number(step, -sums[j]), total });
  }

  const outputLetters = (step, layer, j) =>
    `O_j = ${inLetters(formulaOf(step, layer, j), { net: "I_j", minus_net: "-I_j", total: "Σ_k e^I_k" })}`;

  const slopeFormula = (step) => step.words.activations[step.net.activation].slope;

  function errorLetters(step, layer) {
    const loss = step.words.losses[step.net.loss];
    if (layer === step.net.weights.length - 1) {
      return `Err_j = ${inLetters(loss.formula, { o: "O_j", t: "T_j", p: loss.letter })}`;
    }
    return `Err_j = ${`${inLetters(slopeFormula(step), { o: "O_j" })} Σ_k Err_k w_jk`.trimStart()}`;
  }

  function errorFormula(step, layer, j) {
    const { net, pass, words } = step;
    const o = number(step, pass.outputs[layer + 1][j]);
    if (layer === net.weights.length - 1) {
      return fill(words.losses[net.loss].formula, { o, t: number(step, step.targets[j]), p: writeSetting(net.parameter) });
    }
    const slope = fill(slopeFormula(step), { o });
    const n = net.biases[layer + 1].length;
    const pairs = Array.from(pass.errors[layer + 1], (error, k) => [error, net.weights[layer + 1][j * n + k]]);
    const parts = shorten(pairs, MAX_TERMS).map((pair) =>
      pair === null ? "..." : `(${errorText(step, pair[0])})(${number(step, pair[1])})`);
    const products = parts.join(" + ");
    return slope && parts.length > 1 ? `${slope}[${products}]` : slope + products;
  }

  // A weight's or a bias's place among all: i is null of a bias.
  const placeOf = (step, layer, i, j) => {
    const { net } = step;
    const view = i === null ? net.biases[layer] : net.weights[layer];
    return view.byteOffset / 8 - net.vector.byteOffset / 8 + (i === null ? j : i * net.biases[layer].length + j);
  };

  // The direction of descent, as a factor.
  function directionFormula(step, layer, i, j) {
    const error = `(${errorText(step, step.pass.errors[layer][j])})`;
    if (i === null) return error;
    const product = `${error}(${number(step, step.pass.outputs[layer][i])})`;
    if (step.texts["α"] === "0") return product;
    const weight = number(step, step.net.vector[placeOf(step, layer, i, j)]);
    return `[${product} - (${step.texts["α"]})(${weight})]`;
  }

  function textsOf(step, layer, i, j) {
    const at = placeOf(step, layer, i, j);
    const own = Object.entries(step.values).filter(([letter]) => letter !== "d" && letter !== "Δ");
    const texts = Object.fromEntries(own.map(([letter, values]) => [letter, errorText(step, values[at])]));
    const hasNumber = step.lines.length > 1;
    texts.d = hasNumber ? `(${errorText(step, step.values.d[at])})` : directionFormula(step, layer, i, j);
    if (step.hiddenRate !== step.rate && layer < step.net.weights.length - 1) texts.l = writeRate(step.hiddenRate, step.digits);
    return { ...step.texts, ...texts };
  }

  const equation = (formula, value) => (formula === value ? value : `${formula} = ${value}`);

  // The move of a weight or bias: its name, its formulas and its numbers; "memory" is what the rule calculates before.
  function moveOf(step, layer, i, j) {
    const at = placeOf(step, layer, i, j);
    const old = step.net.vector[at];
    const moved = step.values["Δ"][at];
    const formula = `${number(step, old)} + ${fill(step.lines.at(-1)[1], textsOf(step, layer, i, j))}`;
    const name = i === null ? biasName(step, layer, j) : weightName(step, layer, i, j);
    const result = number(step, old + moved);
    return {
      name, formula, result, old: number(step, old), move: errorText(step, moved),
      letters: moveLetters(step, i), memory: memoryOf(step, layer, i, j), at,
    };
  }

  function memoryOf(step, layer, i, j) {
    if (step.lines.length === 1) return [];
    const at = placeOf(step, layer, i, j);
    const factor = directionFormula(step, layer, i, j);
    const isBracketed = factor.startsWith("[") || i === null;
    const texts = textsOf(step, layer, i, j);
    const lines = step.lines.slice(0, -1).filter(([letter]) => letter in step.values);
    const rows = [["d", isBracketed ? factor.slice(1, -1) : factor]];
    for (const [letter, formula] of lines) rows.push([letter, fill(formula, texts)]);
    return rows.map(([letter, formula]) => {
      const result = errorText(step, step.values[letter][at]);
      return { letter, formula, result, text: equation(formula, result) };
    });
  }

  // The formulas of the moves in letters.
  function moveLetters(step, i) {
    const [, formula] = step.lines.at(-1);
    if (step.lines.length > 1) return `Δ = ${inLetters(formula, { d: "(d)" })}`;
    const d = i === null ? "Err_j" : step.texts["α"] === "0" ? "Err_j O_i" : "(Err_j O_i - α w_ij)";
    const move = i === null ? "Δθ_j" : "Δw_ij";
    return `${move} = ${inLetters(formula, { d, "Δ'": move.replace("_", "'_") })}`;
  }

  // The formulas, in letters, of what a rule calculates before the move.
  function memoryLetters(step) {
    if (step.lines.length === 1) return [];
    const letters = [`d_ij = ${step.texts["α"] === "0" ? "Err_j O_i" : "Err_j O_i - α w_ij"}`, "d_j = Err_j"];
    for (const [letter, formula] of step.lines.slice(0, -1)) {
      const text = `${letter} = ${inLetters(formula, { d: "(d)" })}`;
      letters.push(letter in step.values ? text : `${text} = ${fill(formula, step.texts)} = ${step.texts[letter]}`);
    }
    return letters;
  }

  // What a unit calculates, and its error: formulas in letters and in numbers, and results.
  function outputOf(step, layer, j) {
    return {
      number: step.numbers[layer + 1][j],
      netLetters: "I_j = Σ_i w_ij O_i + θ_j",
      netFormula: netFormula(step, layer, j),
      net: number(step, step.pass.net[layer][j]),
      letters: outputLetters(step, layer, j),
      formula: outputFormula(step, layer, j),
      result: number(step, step.pass.outputs[layer + 1][j]),
    };
  }

  function errorOf(step, layer, j) {
    return {
      number: step.numbers[layer + 1][j],
      letters: errorLetters(step, layer),
      formula: errorFormula(step, layer, j),
      result: errorText(step, step.pass.errors[layer][j]),
    };
  }

  // The cells of the book's tables with all rows, as the package has them.
  function tables(step) {
    const { net } = step;
    const last = net.weights.length - 1;
    const units = net.biases.flatMap((biases, layer) => Array.from(biases, (_, j) => [layer, j]));
    const outputs = units.map((unit) => outputOf(step, ...unit)).map((each) =>
      [String(each.number), `${each.netFormula} = ${each.net}`, equation(each.formula, each.result)]);
    const errors = units.slice().reverse().map((unit) => errorOf(step, ...unit)).map((each) =>
      [String(each.number), equation(each.formula, each.result)]);
    const places = [];
    for (let layer = last; layer >= 0; layer--) {
      for (let i = 0; i < net.sizes[layer]; i++) for (let j = 0; j < net.sizes[layer + 1]; j++) places.push([layer, i, j]);
    }
    for (const [layer, j] of units.slice().reverse()) places.push([layer, null, j]);
    const moves = places.map((place) => moveOf(step, ...place));
    return {
      initial: initial(step),
      outputs,
      errors,
      memory: step.lines.length > 1 ? moves.map((each) => [each.name, ...each.memory.map((one) => one.text)]) : null,
      updates: moves.map((each) => [each.name, each.move, `${each.formula} = ${each.result}`]),
    };
  }

  function initial(step) {
    const { net, numbers } = step;
    const cells = Array.from(step.inputs, (value, i) => [`x${numbers[0][i]}`, number(step, value)]);
    net.weights.forEach((weights, layer) => weights.forEach((value, at) => {
      const n = net.sizes[layer + 1];
      cells.push([weightName(step, layer, Math.floor(at / n), at % n), number(step, value)]);
    }));
    net.biases.forEach((biases, layer) => biases.forEach((value, j) => cells.push([biasName(step, layer, j), number(step, value)])));
    return cells;
  }

  return {
    calculate, tables, outputOf, errorOf, moveOf, memoryLetters, weightName, biasName, placeOf, numbersOf, nameOfRule, shorten,
    equation,
  };
})();
