"use strict";
// The tab that goes through one update of one instance: forward, backward, and every weight's move.

const StepTab = (() => {
  const { h, formula, math, printed } = Drawing;
  const PHASES = [
    ["start", "Start"],
    ["output", "Forward"],
    ["error", "Backward"],
    ["move", "Update"],
  ];
  const DIGITS = ["2", "3", "4", "5", "6", "exact"];
  const MAX_OPEN_FIELDS = 40; // of more the table of first values is folded
  const HINTS = {
    start: "One instance is presented. Press > to send it forward, unit by unit.",
    output: "Forward: a unit adds what comes in, times the weights, and its bias; its activation makes the output of that.",
    error: "Backward: the errors come back. A hidden unit has a share in the errors that it helped to make.",
    move: "Update: each weight moves by the learning rate times the error of the unit it leads to, times the output it carries.",
  };

  function build(panel, shared) {
    const { contents, data } = shared;
    const state = {
      number: Address.whole("i", 1, [1, data.n]) - 1, position: 0, nUpdates: 0, digits: readDigits(), isHiding: readHiding(),
    };
    const view = { elements: {}, state, shared, panel };
    begin(view);
    state.position = Address.whole("step", 0, [0, view.places.length]);
    panel.append(
      h("p", { class: "hint", id: "step-hint" }),
      h("div", { class: "columns step-columns" },
        h("section", { class: "stage", "aria-label": "The network and the present step" },
          makeSettings(view), makeControls(view),
          (view.elements.card = h("div", { class: "card", "aria-live": "polite" })),
          h("div", { class: "drawing" }, (view.elements.svg = Drawing.s("svg", { class: "network" })))),
        (view.elements.tables = h("section", { class: "tables", "aria-label": "The book's tables" }))));
    if (contents.rule.isOfAnother) panel.prepend(h("p", { class: "note" }, NOTE_OF_ANOTHER));
    document.addEventListener("keydown", (event) => panel.hidden || onKey(view, event)); // a button that is spent has no focus
    view.redraw = () => show(view);
    view.reread = () => {
      Object.assign(state, { digits: readDigits(), isHiding: readHiding() });
      view.elements.digits.value = state.digits ?? "exact";
      view.elements.hide.checked = state.isHiding;
      take(view, Address.whole("i", 1, [1, data.n]) - 1);
      state.position = Address.whole("step", 0, [0, view.places.length]);
    };
    return view;
  }

  const NOTE_OF_ANOTHER =
    "This network was trained by L-BFGS, which moves the weights by all instances at once. The steps here are those of " +
    "gradient descent from its weights.";

  const readDigits = () => digitsOf(Address.word("digits", "3", DIGITS));
  const digitsOf = (text) => (text === "exact" ? null : Number(text));
  const readHiding = () => Address.word("hide", "") === "1";

  // What can be changed begins as the network was exported.
  function begin(view) {
    const { shared, state } = view;
    view.net = Network.copy(shared.net);
    view.rule = { ...shared.rule };
    view.memory = structuredClone(shared.memory);
    state.nUpdates = 0;
    take(view, state.number);
  }

  function take(view, number) {
    const { data, net } = view.shared;
    view.state.number = number;
    view.inputs = Network.row(data.inputs, net.sizes[0], number).slice();
    view.targets = Network.row(data.targets, net.sizes.at(-1), number).slice();
    view.shown = Drawing.shownUnits(view.net, view.inputs);
    forgetAnswers(view);
    calculate(view);
  }

  // By position: "found" where the result is known by now, and where the reader has erred.
  function forgetAnswers({ state }) {
    Object.assign(state, { answers: new Map(), erred: new Set(), verdict: null });
  }

  function calculate(view) {
    const { net, inputs, targets, rule, memory, state, shared } = view;
    view.step = Book.calculate({ net, inputs, targets, rule, memory, digits: state.digits, words: shared.words });
    view.places = placesOf(view);
    state.position = Math.min(state.position, view.places.length);
  }

  // What is gone through, in its order: outputs forward, errors backward, moves of the last layer first.
  function placesOf({ net, shown }) {
    const layers = net.weights.map((_, layer) => layer);
    const units = layers.flatMap((layer) => kept(shown[layer + 1]).map((j) => ({ layer, j })));
    const outputs = units.map((unit) => ({ phase: "output", ...unit }));
    const errors = units.slice().reverse().map((unit) => ({ phase: "error", ...unit }));
    const moves = layers.slice().reverse().flatMap((layer) =>
      kept(shown[layer]).flatMap((i) => kept(shown[layer + 1]).map((j) => ({ phase: "move", layer, i, j }))));
    const biases = units.slice().reverse().map((unit) => ({ phase: "move", i: null, ...unit }));
    return [...outputs, ...errors, ...moves, ...biases];
  }

  const kept = (places) => places.filter((j) => j !== null);

  // -------------------------------------------------------------------------------------------------------------------
  // Controls.

  function makeControls(view) {
    const button = (id, text, label, move) =>
      (view.elements[id] = h("button", { type: "button", id: `step-${id}`, "aria-label": label, title: label, onclick: () => go(view, move()) }, text));
    const { state } = view;
    return h("div", { class: "controls", role: "group", "aria-label": "Steps" },
      h("div", { class: "buttons" },
        button("first", "|<", "To the start (Home)", () => 0),
        button("back", "<", "One step back (arrow left)", () => state.position - 1),
        button("next", ">", "One step forward (arrow right)", () => state.position + 1),
        button("last", ">|", "To the end (End)", () => view.places.length),
        h("span", { class: "count", id: "step-count" })),
      h("div", { class: "phases", role: "group", "aria-label": "Phases" }, PHASES.map(([phase, words]) =>
        h("button", { type: "button", class: "phase", "data-phase": phase, onclick: () => go(view, endOf(view, phase)) }, words))),
      h("button", { type: "button", class: "strong", id: "step-apply", onclick: () => apply(view), title: "Put the new weights in the place of the old, and take the next instance (n)" }, "Next instance"),
      h("button", { type: "button", id: "step-reset", title: "Back to the network as it was exported", onclick: () => reset(view) }, "Reset"));
  }

  // The position of the last step of a phase.
  function endOf(view, phase) {
    if (phase === "start") return 0;
    return view.places.findLastIndex((place) => place.phase === phase) + 1;
  }

  function makeSettings(view) {
    const { state, shared } = view;
    view.elements.digits = h("select", { id: "step-digits", onchange: (event) => setDigits(view, event.target.value) },
      DIGITS.map((each) => h("option", { value: each, selected: each === String(state.digits ?? "exact") }, each)));
    view.elements.number = h("input", {
      type: "number", id: "step-number", min: 1, max: shared.data.n, value: state.number + 1, inputmode: "numeric",
      onchange: (event) => choose(view, Number(event.target.value)),
    });
    view.elements.hide = h("input", { type: "checkbox", id: "step-hide", checked: state.isHiding, onchange: (event) => setHiding(view, event.target.checked) });
    return h("div", { class: "settings" },
      h("label", {}, "Instance ", view.elements.number, h("span", { class: "quiet" }, ` of ${shared.data.n}`)),
      h("label", {}, "Decimals ", view.elements.digits),
      h("label", { class: "check" }, view.elements.hide, " Hide results"),
      (view.elements.instance = h("p", { class: "instance", id: "step-instance" })));
  }

  function onKey(view, event) {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const { position } = view.state;
    const targets = { ArrowRight: position + 1, ArrowLeft: position - 1, Home: 0, End: view.places.length };
    if (event.key in targets && !event.target.matches("[role=tab]")) {
      event.preventDefault();
      go(view, targets[event.key]);
    }
    if (event.key === "n") apply(view);
  }

  function go(view, position) {
    view.state.position = Math.min(Math.max(position, 0), view.places.length);
    show(view);
  }

  function setDigits(view, value) {
    view.state.digits = digitsOf(value);
    calculate(view);
    show(view);
  }

  function setHiding(view, isHiding) {
    view.state.isHiding = isHiding;
    forgetAnswers(view);
    show(view);
  }

  function choose(view, number) {
    const { n } = view.shared.data;
    take(view, Math.min(Math.max(Math.round(number) || 1, 1), n) - 1);
    view.state.position = 0;
    show(view);
  }

  function reset(view) {
    begin(view);
    view.state.position = 0;
    show(view);
  }

  // The update is made, and the next instance presented. Nothing that is kept is rounded, whatever digits are shown.
  function apply(view) {
    const { net, inputs, targets, rule, memory, shared, state } = view;
    const exact = Book.calculate({ net, inputs, targets, rule, memory, digits: null, words: shared.words });
    net.vector.set(exact.newVector);
    view.memory = exact.memory;
    state.nUpdates += 1;
    state.position = 0;
    take(view, (state.number + 1) % shared.data.n);
    show(view);
    shared.announce(`Update ${state.nUpdates} is made. ${shared.describeInstance(state.number)}`);
  }

  // -------------------------------------------------------------------------------------------------------------------
  // What is shown.

  function show(view) {
    const { state, elements, places, panel } = view;
    const place = places[state.position - 1] ?? null;
    Address.write({
      i: state.number ? state.number + 1 : null, step: state.position || null, hide: state.isHiding ? "1" : null,
      digits: state.digits === 3 ? null : state.digits ?? "exact",
    });
    panel.querySelector("#step-hint").textContent = HINTS[place?.phase ?? "start"];
    elements.number.value = state.number + 1;
    elements.instance.textContent = sentence(view);
    panel.querySelector("#step-count").textContent = `step ${state.position} of ${places.length}`;
    for (const id of ["first", "back"]) elements[id].disabled = state.position === 0;
    for (const id of ["next", "last"]) elements[id].disabled = state.position === places.length;
    for (const button of panel.querySelectorAll(".phase")) {
      button.setAttribute("aria-pressed", String(button.dataset.phase === (place?.phase ?? "start")));
    }
    showDrawing(view, place);
    elements.card.replaceChildren(...cardOf(view, place));
    showTables(view);
  }

  function sentence({ state, shared, step }) {
    const made = state.nUpdates ? ` Updates made: ${state.nUpdates}.` : "";
    const left = step.net.sizes.some((size) => size > 9) ? leftOut(step.net) : "";
    return `${shared.describeInstance(state.number)}${made}${left}`;
  }

  const leftOut = ({ sizes }) =>
    ` Of large layers some units are drawn${sizes[0] > 9 ? ", of the inputs those with the largest |w x|" : ""}; the others are calculated along.`;

  // Whether the reader is still to find the results of a place.
  const isOpen = (view, index) => view.state.isHiding && index === view.state.position - 1 && view.state.answers.get(index) !== "found";

  function showDrawing(view, place) {
    const { step, state, places, shared, elements } = view;
    const texts = new Map(kept(view.shown[0]).map((i) => [step.numbers[0][i], Formulas.write(step.inputs[i], state.digits)]));
    const errors = new Map();
    const moved = new Set();
    places.slice(0, state.position).forEach((each, index) => {
      if (isOpen(view, index)) return;
      const number = step.numbers[each.layer + 1][each.j];
      if (each.phase === "output") texts.set(number, Book.outputOf(step, each.layer, each.j).result);
      if (each.phase === "error") errors.set(number, Book.errorOf(step, each.layer, each.j).result);
      if (each.phase === "move" && each.i !== null) moved.add(`${each.layer}:${each.i}:${each.j}`);
    });
    Drawing.drawNetwork(elements.svg, {
      net: step.net, numbers: step.numbers, shown: view.shown, texts, errors, names: shared.drawnNames, ...litBy(step, place),
      weights: (layer, i, j) => {
        const one = Book.moveOf(step, layer, i, j);
        return moved.has(`${layer}:${i}:${j}`) ? one.result : one.old;
      },
      label: `The network: ${step.net.sizes.join(", ")} units a layer. ${place ? titleOf(step, place) : "Nothing is calculated yet."}`,
    });
  }

  // The units and lines that a step lights.
  function litBy(step, place) {
    if (place === null) return { lit: new Set(step.numbers[0]), litLines: new Set() };
    const { net, numbers } = step;
    const { phase, layer, i, j } = place;
    const lit = new Set([numbers[layer + 1][j]]);
    if (phase === "move") {
      if (i !== null) lit.add(numbers[layer][i]);
      return { lit, litLines: new Set(i === null ? [] : [`${layer}:${i}:${j}`]) };
    }
    const all = (size, key) => new Set(Array.from({ length: size }, (_, other) => key(other)));
    if (phase === "output") return { lit, litLines: all(net.sizes[layer], (other) => `${layer}:${other}:${j}`) };
    const isLast = layer === net.weights.length - 1;
    return { lit, litLines: isLast ? new Set() : all(net.sizes[layer + 2], (k) => `${layer + 1}:${j}:${k}`) };
  }

  function titleOf(step, { phase, layer, i, j }) {
    const number = step.numbers[layer + 1][j];
    if (phase === "output") return `Unit ${number}: net input and output`;
    if (phase === "error") return `Unit ${number}: its error`;
    return i === null ? `The bias of unit ${number} moves` : `The weight from unit ${step.numbers[layer][i]} to unit ${number} moves`;
  }

  // The lines of a step: formula in letters, then in numbers, and the result with the digits that it is rounded to.
  function linesOf(step, { phase, layer, i, j }) {
    const { digits, finer } = step;
    if (phase === "output") {
      const one = Book.outputOf(step, layer, j);
      return [
        { letters: one.netLetters, name: `I${one.number}`, formula: one.netFormula, result: one.net, digits },
        { letters: one.letters, name: `O${one.number}`, formula: one.formula, result: one.result, digits },
      ];
    }
    if (phase === "error") {
      const one = Book.errorOf(step, layer, j);
      return [{ letters: one.letters, name: `Err${one.number}`, formula: one.formula, result: one.result, digits: finer }];
    }
    const one = Book.moveOf(step, layer, i, j);
    const before = one.memory.map((each) => ({ letters: memoryLetters(step, each.letter, i), name: each.letter, formula: each.formula, result: each.result, digits: finer }));
    const isWeight = i !== null;
    return [...before, {
      letters: `${one.letters},  ${isWeight ? "w_ij" : "θ_j"} := ${isWeight ? "w_ij + Δw_ij" : "θ_j + Δθ_j"}`,
      name: `new ${one.name}`, formula: one.formula, result: one.result, digits,
    }];
  }

  function memoryLetters(step, letter, i) {
    const all = Book.memoryLetters(step);
    return letter === "d" ? all[i === null ? 1 : 0] : all.find((each) => each.startsWith(`${letter} =`)) ?? "";
  }

  function cardOf(view, place) {
    const { step, state } = view;
    if (place === null) {
      return [h("h3", {}, "The instance is presented"), h("p", {}, "The inputs are the outputs of the first layer. The weights and biases are in the table, where they can be changed.")];
    }
    const open = isOpen(view, state.position - 1);
    const lines = linesOf(step, place);
    const results = lines.map((line, k) => (open ? answerField(line, k) : h("b", { class: "result" }, printed(line.result))));
    return [
      h("h3", {}, titleOf(step, place)),
      ...lines.map((line, k) => h("div", { class: "line" },
        h("div", { class: "letters" }, math(line.letters)),
        h("div", { class: "numbers" }, math(line.name), " = ", line.formula === line.result && !open ? null : [math(open && line.formula === line.result ? "?" : line.formula), " = "], results[k]))),
      open ? answerButtons(view, lines) : null,
      verdictOf(view),
    ].filter(Boolean);
  }

  const answerField = (line, k) =>
    h("input", { class: "answer", "data-line": k, inputmode: "decimal", size: 8, autocomplete: "off", "aria-label": `What is ${line.name}?` });

  function answerButtons(view, lines) {
    const check = () => checkAnswers(view, lines);
    view.elements.card.onkeydown = (event) => {
      if (event.key !== "Enter" || !event.target.matches(".answer")) return;
      event.preventDefault(); // or it would press the button that gets the focus
      check();
    };
    return h("div", { class: "buttons" },
      h("button", { type: "button", class: "strong", id: "step-check", onclick: check }, "Check"),
      h("button", { type: "button", id: "step-show", onclick: () => settle(view, "shown") }, "Show the result"));
  }

  // An answer may be off by one in the last digit, as it is where the reader rounds later.
  function isRight(text, { result, digits }) {
    const value = numberIn(text);
    return value !== null && Math.abs(value - Number(result)) <= 1.01 * Formulas.unitOf(Number(result), digits);
  }

  // The number that was typed, with either comma and either minus sign; null where it is none.
  function numberIn(text) {
    const value = Number(text.replace(",", ".").replace("−", "-"));
    return text.trim() === "" || !Number.isFinite(value) ? null : value;
  }

  function checkAnswers(view, lines) {
    const fields = [...view.elements.card.querySelectorAll(".answer")];
    const wrong = fields.filter((field, k) => !isRight(field.value, lines[k]));
    fields.forEach((field) => field.setAttribute("aria-invalid", String(wrong.includes(field))));
    if (!wrong.length) {
      settle(view, "right");
      return;
    }
    view.state.erred.add(view.state.position);
    view.elements.card.querySelector(".verdict")?.remove();
    view.elements.card.append(h("p", { class: "verdict wrong" }, wordsOfWrong(wrong.length, fields.length)));
    wrong[0].focus();
  }

  const wordsOfWrong = (nWrong, n) =>
    nWrong === n ? "Not yet. Put the numbers into the formula once more." : `${n - nWrong} of ${n} right; look at the marked ${nWrong === 1 ? "one" : "ones"} again.`;

  function settle(view, how) {
    const { state } = view;
    state.score ??= { right: 0, asked: 0 };
    state.score.asked += 1;
    if (how === "right" && !state.erred.has(state.position)) state.score.right += 1;
    state.answers.set(state.position - 1, "found");
    state.verdict = { at: state.position - 1, how };
    show(view);
    view.elements.next.focus();
  }

  function verdictOf({ state }) {
    if (!state.isHiding || state.verdict?.at !== state.position - 1) return null;
    const words = state.verdict.how === "right" ? "✓ Right." : "That is the result.";
    return h("p", { class: `verdict ${state.verdict.how}` }, `${words} At the first try: ${state.score.right} of ${state.score.asked}.`);
  }

  // -------------------------------------------------------------------------------------------------------------------
  // The book's tables.

  function showTables(view) {
    const { step, state, places } = view;
    const seen = places.slice(0, state.position).map((place, index) => ({ place, isLast: index === state.position - 1, isOpen: isOpen(view, index) }));
    const of = (phase) => seen.filter(({ place }) => place.phase === phase);
    const initial = showInitial(view);
    while (initial.nextSibling) initial.nextSibling.remove();
    view.elements.tables.append(
      table("Net input and output", lettersOf(step, "output"), ["unit j", "net input I_j", "output O_j"], of("output").map((row) => outputRow(step, row))),
      table("Errors", lettersOf(step, "error"), ["unit j", "error Err_j"], of("error").map((row) => errorRow(step, row))),
      ...memoryTable(step, of("move")),
      table("New weights and biases", lettersOf(step, "move"), ["", "move Δ", "new value"], of("move").map((row) => moveRow(step, row))));
  }

  function lettersOf(step, phase) {
    const last = step.net.weights.length - 1;
    if (phase === "move") return [...new Set([Book.moveOf(step, last, 0, 0).letters, Book.moveOf(step, last, null, 0).letters])];
    const layers = [...new Set([0, last])];
    const of = phase === "output" ? (layer) => Book.outputOf(step, layer, 0).letters : (layer) => Book.errorOf(step, layer, 0).letters;
    const letters = layers.map(of);
    const isSame = new Set(letters).size === 1;
    const words = letters.map((text, k) => (isSame ? text : `${layers[k] === last ? "output" : "hidden"} ${text}`));
    if (phase === "error") words.reverse();
    return [...(phase === "output" ? ["I_j = Σ_i w_ij O_i + θ_j"] : []), ...new Set(words)];
  }

  function table(title, letters, head, rows) {
    return h("div", { class: rows.length ? "table" : "table empty" },
      h("table", {},
        h("caption", {}, h("b", {}, title), h("span", { class: "letters" }, letters.map((text) => math(text)))),
        h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, formula(text))))),
        h("tbody", {}, rows.length ? rows : h("tr", {}, h("td", { colspan: head.length, class: "quiet" }, "…")))));
  }

  const row = ({ isLast }, ...cells) => h("tr", { class: isLast ? "now" : null }, cells);
  const cell = (...parts) => h("td", {}, parts);
  const hidden = () => h("span", { class: "open", title: "to be found" }, "?");
  const equals = (text, result, open) => {
    if (open) return cell(math(text === result ? "" : `${text} = `), hidden());
    return text === result ? cell(h("b", {}, printed(result))) : cell(math(`${text} = `), h("b", {}, printed(result)));
  };

  function outputRow(step, seen) {
    const one = Book.outputOf(step, seen.place.layer, seen.place.j);
    return row(seen, h("th", { scope: "row" }, String(one.number)), equals(one.netFormula, one.net, seen.isOpen), equals(one.formula, one.result, seen.isOpen));
  }

  function errorRow(step, seen) {
    const one = Book.errorOf(step, seen.place.layer, seen.place.j);
    return row(seen, h("th", { scope: "row" }, String(one.number)), equals(one.formula, one.result, seen.isOpen));
  }

  function moveRow(step, seen) {
    const { layer, i, j } = seen.place;
    const one = Book.moveOf(step, layer, i, j);
    return row(seen, h("th", { scope: "row" }, math(one.name)), seen.isOpen ? cell(hidden()) : cell(printed(one.move)), equals(one.formula, one.result, seen.isOpen));
  }

  function memoryTable(step, seen) {
    if (step.lines.length === 1) return [];
    const letters = step.lines.slice(0, -1).map(([letter]) => letter).filter((letter) => letter in step.values);
    const rows = seen.map((each) => {
      const { layer, i, j } = each.place;
      const one = Book.moveOf(step, layer, i, j);
      return row(each, h("th", { scope: "row" }, math(one.name)), one.memory.map((part) => equals(part.formula, part.result, each.isOpen)));
    });
    return [table("Directions and memory", Book.memoryLetters(step), ["", "direction d", ...letters], rows)];
  }

  // The values at the start, which can be changed. Fields stay where they are, and with them the place of the reader.
  function showInitial(view) {
    const { elements } = view;
    const groups = initialValues(view);
    const values = groups.flatMap(([, each]) => each);
    const names = values.map(({ name }) => name).join(" ");
    if (elements.initial?.dataset.names !== names) makeInitial(view, groups, names);
    for (const value of values) writeField(view, value);
    return elements.initial;
  }

  function makeInitial(view, groups, names) {
    const { elements } = view;
    const fields = groups.map(([title, values]) => [title, values.map((value) => makeField(view, value))]);
    const isOpen = elements.initial?.open ?? fields.flatMap(([, each]) => each).length <= MAX_OPEN_FIELDS;
    elements.initial = h("details", { class: "table initial", open: isOpen, "data-names": names },
      h("summary", {}, h("b", {}, "Initial input, weight and bias values"), h("span", { class: "quiet" }, " (change any of them)")),
      fields.map(([title, each]) => h("div", { class: "fields", role: "group", "aria-label": title }, h("span", { class: "kind" }, title), each)),
      wordsOfRate(view.shared));
    elements.tables.replaceChildren(elements.initial);
  }

  // Where the rate for an instance alone is another than that of the training.
  function wordsOfRate({ contents: { training, rule } }) {
    const [rate, hidden, own] = [training.learningRate, training.hiddenLearningRate, rule.numbers.learning_rate];
    if (rate === null || !training.nEpochs || Math.abs(rate - own) <= 1e-9 * rate) return null;
    const text = (value) => printed(Formulas.general(value, 3));
    const ofHidden = hidden === rate ? "" : ` (${text(hidden)} in hidden layers)`;
    return h("p", { class: "quiet", id: "step-rate" }, math("l"),
      ` = ${text(own)} is the rate for one instance at a time; in its batches the network learned with learning_rate_ = ${text(rate)}${ofHidden}.`);
  }

  const initialValues = (view) => [["rate, target", settingsOfInstance(view)], ["inputs", inputValues(view)], ...weightValues(view), ["biases", biasValues(view)]];

  // What a field holds: the letter, the words, the list that the number stands in, and its place there.
  const value = (name, words, of, at, write = Formulas.write) => ({ name, words, of, at, write });

  // The learning rate and the targets.
  function settingsOfInstance(view) {
    const { step, shown, rule } = view;
    const targets = kept(shown.at(-1)).map((j) => {
      const number = step.numbers.at(-1)[j];
      return value(`T${number}`, `target of unit ${number}`, () => view.targets, j);
    });
    return rule.kind === "rprop" ? targets : [value("l", "learning rate", () => view.rule, "learning_rate", Formulas.writeRate), ...targets];
  }

  const inputValues = (view) =>
    kept(view.shown[0]).map((i) => {
      const number = view.step.numbers[0][i];
      return value(`x${number}`, `input ${number}`, () => view.inputs, i);
    });

  // Of each layer a row.
  function weightValues(view) {
    const { step, shown, net } = view;
    return net.weights.map((_, layer) => ["weights", kept(shown[layer]).flatMap((i) => kept(shown[layer + 1]).map((j) => {
      const words = `weight from unit ${step.numbers[layer][i]} to unit ${step.numbers[layer + 1][j]}`;
      return value(Book.weightName(step, layer, i, j), words, () => view.net.vector, Book.placeOf(step, layer, i, j));
    }))]);
  }

  function biasValues(view) {
    const { step, shown, net } = view;
    return net.biases.flatMap((_, layer) => kept(shown[layer + 1]).map((j) =>
      value(Book.biasName(step, layer, j), `bias of unit ${step.numbers[layer + 1][j]}`, () => view.net.vector, Book.placeOf(step, layer, null, j))));
  }

  function makeField(view, { name, words, of, at }) {
    const change = ({ target }) => {
      const number = numberIn(target.value);
      if (number !== null) {
        of()[at] = number;
        calculate(view);
      }
      show(view);
    };
    return h("label", { class: "field", title: words }, math(name), h("input", { size: 6, inputmode: "decimal", autocomplete: "off", "data-field": name, "aria-label": `${name}, ${words}`, onchange: change }));
  }

  function writeField(view, { name, of, at, write }) {
    const field = view.elements.initial.querySelector(`[data-field="${name}"]`);
    const text = write(of()[at], view.state.digits);
    if (field.value !== text) field.value = text;
  }

  return { build };
})();
