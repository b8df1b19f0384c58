"use strict";
// The tab in which networks are trained: small sets of points or one's own, and every parameter that matters.

const PlayTab = (() => {
  const { h, s, count, printed } = Drawing;
  const RATES = { classes: { sgd: 0.5, adam: 0.05, rprop: 0.1 }, numbers: { sgd: 0.01, adam: 0.01, rprop: 0.1 } };
  const LOSS_NAMES = {
    classes: { squared_error: "squared error", log_loss: "log loss" },
    numbers: { squared_error: "squared error", absolute_error: "absolute error", huber: "Huber", quantile: "quantile" },
  };
  const HELP = {
    noise: "How far the points are moved by chance",
    seed: "Another one draws other points",
    start: "Another one draws other first weights and biases, and orders of the instances",
    hidden: "Units of each hidden layer: 4, or 4, 3, or nothing",
    range: "Weights and biases begin uniform in [-r, r]",
    rate: "The learning rate l",
    momentum: "The share of the last move that is made again",
    nesterov: "Look ahead along the last move before the errors are formed",
    batch: "After how many instances the weights move",
    shuffle: "Present the instances in another order in each epoch",
    alpha: "Strength of the L2 penalty on the weights",
    maxIter: "End after so many epochs",
    errorTol: "End when the error rate of an epoch is below this; 0 switches it off",
    updateTol: "End when no weight moved by as much as this in an epoch; 0 switches it off",
  };

  // Of each setting its value at the start; the types of these values are those that the address is read as.
  const DEFAULTS = {
    data: "xor", n: 100, noise: 0, seed: 0, hidden: "4", activation: "logistic", loss: "squared_error", parameter: 0.5, start: 0,
    solver: "sgd", rate: 0.5, momentum: 0.9, nesterov: false, batch: "1", alpha: 0, range: 1, shuffle: true,
    maxIter: 2000, errorTol: 0.01, updateTol: 0, speed: "1", points: "",
  };
  const LIMITS = {
    n: [4, 400], noise: [0, 1], rate: [1e-9, 1000], momentum: [0, 0.999], maxIter: [1, 100000], alpha: [0, 100], range: [0, 10],
    seed: [0, 1e9], start: [0, 1e9], errorTol: [0, 1], updateTol: [0, 1000], parameter: [0.001, 10],
  };
  const WHOLE = ["n", "maxIter", "seed", "start"];
  const WAVE_RANGE = [-1.3, 1.3];

  function build(panel, shared) {
    const view = { panel, shared, elements: {}, settings: read(), fields: {}, isRunning: false, selected: null, pen: 0 };
    panel.append(
      h("p", { class: "hint" }, "Choose points and a network, and press Train; click a point to see what each unit puts out for it. The page computes as the package does; what you see can be taken along as Python. The network here is a new one, not the exported one of the other tabs."),
      h("div", { class: "columns play-columns" }, makeSettings(view), makeStage(view), makeCourse(view)));
    fillFields(view);
    begin(view);
    view.redraw = () => show(view);
    view.rest = () => pause(view);
    view.reread = () => {
      view.settings = read();
      fillFields(view);
      begin(view);
    };
    return view;
  }

  // The rate depends on what was chosen before it.
  const defaultOf = (name, settings) => (name === "rate" ? RATES[isOfNumbers(settings) ? "numbers" : "classes"][settings.solver] : DEFAULTS[name]);

  const limitsOf = (name, settings) => (name === "parameter" && settings.loss === "quantile" ? [0.001, 0.999] : LIMITS[name]);

  // A number as it may be set: what is too small or too large is the least or the largest.
  function allowed(name, value, settings) {
    const [least, most] = limitsOf(name, settings);
    const within = Math.min(Math.max(value, least), most);
    return WHOLE.includes(name) ? Math.round(within) : within;
  }

  function read() {
    const settings = {};
    for (const [name, value] of Object.entries(DEFAULTS)) {
      const key = `p.${name}`;
      if (typeof value === "number") settings[name] = allowed(name, Address.number(key, defaultOf(name, settings)), settings);
      else if (typeof value === "boolean") settings[name] = Address.word(key, value ? "1" : "0") === "1";
      else settings[name] = Address.word(key, value, WORDS[name] && Object.keys(WORDS[name]));
    }
    settings.hidden = readHidden(settings.hidden).join(", ");
    return settings;
  }

  const WORDS = {
    data: Object.fromEntries(Object.entries(Points.SETS).map(([name, set]) => [name, set.words])),
    activation: { logistic: "logistic", tanh: "tanh", relu: "relu", identity: "identity" },
    loss: { ...LOSS_NAMES.classes, ...LOSS_NAMES.numbers },
    solver: { sgd: "sgd", adam: "adam", rprop: "rprop" },
    batch: { 1: "1 (case)", 4: "4", 16: "16", 32: "32", epoch: "all (epoch)" },
    speed: { 1: "slow", 10: "medium", 200: "fast" },
  };

  // Units of the hidden layers: whole numbers, at most four layers of at most twelve.
  const MAX_LAYERS = 4;
  const MAX_SIZE = 12;
  const partsOf = (text) => text.split(/[\s,]+/).filter((part) => part !== "");
  const isSize = (part) => Number.isInteger(Number(part)) && Number(part) > 0;
  const readHidden = (text) => partsOf(text).filter(isSize).slice(0, MAX_LAYERS).map((part) => Math.min(Number(part), MAX_SIZE));

  // What of a text was not taken as it stands.
  function wordsOfHidden(text) {
    const parts = partsOf(text);
    const [sizes, others] = [parts.filter(isSize), parts.filter((part) => !isSize(part) && Number(part) !== 0)];
    const words = [];
    if (others.length) words.push(`${others.map((part) => `“${part}”`).join(", ")} ${others.length === 1 ? "is no whole number" : "are no whole numbers"} of units and left out.`);
    if (sizes.length > MAX_LAYERS) words.push(`There are ${MAX_LAYERS} hidden layers at most here.`);
    if (sizes.some((size) => Number(size) > MAX_SIZE)) words.push(`A layer has ${MAX_SIZE} units at most here.`);
    if (words.length && !sizes.length) words.push("There is no hidden layer.");
    return words.join(" ");
  }

  function write(view) {
    const values = {};
    for (const [name, value] of Object.entries(view.settings)) {
      const text = typeof value === "boolean" ? (value ? "1" : "0") : value;
      values[`p.${name}`] = value === defaultOf(name, view.settings) ? null : text;
      if (name === "hidden" && value === "") values["p.hidden"] = "0";
    }
    Address.write(values);
  }

  // -------------------------------------------------------------------------------------------------------------------
  // Settings.

  function makeSettings(view) {
    const group = (title, ...fields) => h("fieldset", {}, h("legend", {}, title), fields);
    const section = h("section", { class: "parameters", "aria-label": "Settings" },
      group("Points", choice(view, "data", "Set"), number(view, "n", "Number"), number(view, "noise", "Noise", 0.05), number(view, "seed", "Seed", 1), makePen(view)),
      group("Network", text(view, "hidden", "Hidden units"), (view.elements.hiddenNote = h("p", { class: "quiet", id: "play-hidden-note", role: "status" })), choice(view, "activation", "Activation"), choice(view, "loss", "Loss"), number(view, "parameter", "", 0.1), number(view, "range", "Start within ±", 0.1), number(view, "start", "Seed of the start", 1)),
      group("Training", choice(view, "solver", "Solver"), number(view, "rate", "Rate l", "any"), number(view, "momentum", "Momentum", "any"), check(view, "nesterov", "Nesterov's momentum"), choice(view, "batch", "Batch"), check(view, "shuffle", "Shuffle"), number(view, "alpha", "Penalty α", "any")),
      group("End", number(view, "maxIter", "max_iter", 1), number(view, "errorTol", "error_tol", "any"), number(view, "updateTol", "update_tol", "any")));
    return section;
  }

  function field(view, name, label, input) {
    view.fields[name] = input;
    input.id = `play-${name}`;
    if (HELP[name]) input.title = HELP[name];
    return h("label", { class: "setting", "data-setting": name }, h("span", {}, label), input);
  }

  const choice = (view, name, label) =>
    field(view, name, label, h("select", { onchange: (event) => change(view, name, event.target.value) },
      Object.entries(WORDS[name]).map(([value, words]) => h("option", { value }, words))));

  const number = (view, name, label, step = 1) =>
    field(view, name, label, h("input", {
      type: "number", step, min: LIMITS[name][0], max: LIMITS[name][1], inputmode: "decimal",
      onchange: ({ target }) => change(view, name, Number.isFinite(target.valueAsNumber) ? target.valueAsNumber : defaultOf(name, view.settings)),
    }));

  const text = (view, name, label) =>
    field(view, name, label, h("input", { type: "text", autocomplete: "off", onchange: ({ target }) => changeHidden(view, name, target.value) }));

  function changeHidden(view, name, typed) {
    change(view, name, readHidden(typed).join(", "));
    view.elements.hiddenNote.textContent = wordsOfHidden(typed);
  }

  const check = (view, name, label) => field(view, name, label, h("input", { type: "checkbox", onchange: (event) => change(view, name, event.target.checked) }));

  // For points of one's own: which class the next click puts, and places by the keyboard.
  function makePen(view) {
    const { elements } = view;
    const radios = [0, 1, 2].map((label) => h("label", { class: "check" },
      h("input", { type: "radio", name: "pen", value: label, checked: label === view.pen, onchange: () => (view.pen = label) }), ` class ${label}`));
    const [x, y] = ["x1", "x2"].map((name) => h("input", { type: "number", step: "any", "aria-label": `${name} of a point`, placeholder: name }));
    elements.pen = h("div", { class: "pen" },
      h("p", { class: "quiet" }, "Click into the plane to put a point, on a point to take it away; or type its place. Arrow keys choose a point in the plane, and Delete takes it away."),
      h("div", { class: "buttons", role: "radiogroup", "aria-label": "Class of the next point" }, radios),
      h("div", { class: "buttons" }, x, y,
        h("button", { type: "button", id: "play-add", onclick: () => x.value !== "" && y.value !== "" && put(view, [Number(x.value), Number(y.value)]) }, "Put"),
        h("button", { type: "button", id: "play-clear", onclick: () => change(view, "points", "") }, "Clear")));
    return elements.pen;
  }

  function fillFields(view) {
    const { settings, fields } = view;
    const isNumbers = isOfNumbers(settings);
    const names = isNumbers ? LOSS_NAMES.numbers : LOSS_NAMES.classes;
    if (!(settings.loss in names)) settings.loss = "squared_error";
    for (const option of fields.loss.options) option.hidden = option.disabled = !(option.value in names);
    for (const [name, input] of Object.entries(fields)) {
      if (input.type === "checkbox") input.checked = settings[name];
      else input.value = settings[name];
    }
    const hide = (name, isHidden) => (view.fields[name].closest(".setting").hidden = isHidden);
    hide("parameter", !["huber", "quantile"].includes(settings.loss));
    fields.parameter.previousSibling.textContent = settings.loss === "quantile" ? "Quantile q" : "Huber's δ";
    for (const name of ["momentum", "nesterov"]) hide(name, settings.solver !== "sgd");
    hide("updateTol", settings.solver === "adam");
    hide("batch", settings.solver === "rprop");
    hide("shuffle", settings.solver === "rprop" || settings.batch === "epoch");
    hide("noise", settings.data === "own");
    hide("n", settings.data === "own" || (settings.data === "xor" && settings.noise === 0)); // the four corners
    view.elements.pen.hidden = settings.data !== "own";
    const isDrawn = settings.data !== "own" && (settings.noise > 0 || Boolean(Points.SETS[settings.data].isRandom));
    hide("seed", !isDrawn);
    view.elements.points.hidden = !isDrawn;
    view.elements.hiddenNote.textContent = "";
  }

  const isOfNumbers = (settings) => Boolean(Points.SETS[settings.data].isNumbers);

  function change(view, name, value) {
    const { settings } = view;
    const before = settings.data;
    const wasOfNumbers = isOfNumbers(settings);
    settings[name] = name in LIMITS ? allowed(name, value, settings) : value;
    if (name === "loss") settings.parameter = allowed("parameter", settings.parameter, settings);
    if (name === "solver" || isOfNumbers(settings) !== wasOfNumbers) settings.rate = defaultOf("rate", settings);
    if (name === "data" && value !== "own" && value !== "xor" && before === "xor" && settings.noise === 0) settings.noise = 0.1;
    view.selected = null;
    fillFields(view);
    begin(view);
    show(view);
  }

  // -------------------------------------------------------------------------------------------------------------------
  // The training.

  function pointsOf(settings) {
    if (settings.data === "own") return Points.read(settings.points);
    return Points.make(settings.data, settings.n, settings.noise, settings.seed);
  }

  const lossOf = (settings, nClasses) => {
    if (isOfNumbers(settings)) return `identity_${{ squared_error: "squared", absolute_error: "absolute", huber: "huber", quantile: "quantile" }[settings.loss]}`;
    return settings.loss === "squared_error" ? "logistic_squared" : nClasses > 2 ? "softmax_log" : "logistic_log";
  };

  const ruleOf = ({ solver, rate, momentum, nesterov, alpha }) => ({
    sgd: { kind: "descent", learning_rate: rate, momentum, is_nesterov: nesterov, alpha },
    adam: { kind: "adam", learning_rate: rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, alpha },
    rprop: { kind: "rprop", learning_rate: rate, alpha, increase: 1.2, decrease: 0.5, smallest: 1e-6, largest: 50 },
  })[solver];

  // Adam's updates are about the rate, so the package does not ask this rule of it.
  const thresholdsOf = ({ solver, maxIter, errorTol, updateTol }) => ({ maxIter, error: errorTol, update: solver === "adam" ? 0 : updateTol });

  // A new start with the present settings.
  function begin(view) {
    pause(view);
    const { settings } = view;
    view.points = pointsOf(settings);
    view.classes = isOfNumbers(settings) ? null : [...new Set(view.points.labels)].sort();
    view.training = null;
    if (view.points.labels.length < 2 || view.classes?.length < 2) return;
    const nClasses = view.classes?.length ?? 0;
    const codes = view.points.labels.map((label) => (view.classes ? view.classes.indexOf(label) : label));
    const data = Points.encode({ inputs: view.points.inputs, labels: codes }, nClasses);
    const nOutputs = nClasses > 2 ? nClasses : 1;
    const net = Network.make({
      sizes: [view.points.inputs[0].length, ...readHidden(settings.hidden), nOutputs], activation: settings.activation,
      loss: lossOf(settings, nClasses), parameter: settings.parameter, groups: view.classes ? [nOutputs] : null,
    });
    Training.drawStart(net, net.weights.map(() => settings.range), Training.random(settings.start));
    view.start = net.vector.slice();
    view.training = Training.begin({
      net, data, rule: ruleOf(settings), seed: settings.start, isShuffled: settings.shuffle,
      batchSize: settings.batch === "epoch" ? "epoch" : Number(settings.batch),
      thresholds: thresholdsOf(settings),
    });
  }

  function toggle(view) {
    if (view.isRunning) {
      pause(view);
      show(view);
      return;
    }
    if (view.training?.stopReason) begin(view);
    if (!view.training) return;
    view.isRunning = true;
    const go = () => {
      if (!view.isRunning) return;
      const until = performance.now() + 20;
      let left = Number(view.settings.speed);
      while (left-- > 0 && view.training.stopReason === null && performance.now() < until) view.training.present();
      if (view.training.stopReason !== null) pause(view);
      show(view);
      if (view.isRunning) requestAnimationFrame(go);
    };
    requestAnimationFrame(go);
    show(view);
  }

  function pause(view) {
    view.isRunning = false;
  }

  function oneEpoch(view) {
    pause(view);
    if (view.training && view.training.stopReason === null) view.training.present();
    show(view);
  }

  function restart(view) {
    begin(view);
    show(view);
  }

  const newStart = (view) => change(view, "start", view.settings.start + 1);
  const newData = (view) => change(view, "seed", view.settings.seed + 1);

  // -------------------------------------------------------------------------------------------------------------------
  // The stage.

  function makeStage(view) {
    const { elements } = view;
    elements.canvas = h("canvas", { class: "plane", role: "img", tabindex: 0, id: "play-plane", onclick: (event) => onClick(view, event), onkeydown: (event) => onKey(view, event) });
    elements.svg = s("svg", { class: "network" });
    elements.lines = h("input", { type: "checkbox", id: "play-lines", checked: true, onchange: () => show(view) });
    return h("section", { class: "stage", "aria-label": "The points and the network" },
      makeButtons(view), (elements.state = h("p", { class: "state", id: "play-state", "aria-live": "off" })),
      h("div", { class: "frame" }, elements.canvas), (elements.key = h("p", { class: "key quiet", id: "play-key" })),
      h("label", { class: "check" }, elements.lines, " each hidden unit's line"),
      h("div", { class: "drawing" }, elements.svg));
  }

  function makeButtons(view) {
    const { elements } = view;
    const button = (id, words, act, kind = null) => (elements[id] = h("button", { type: "button", id: `play-${id}`, class: kind, onclick: () => act(view) }, words));
    return h("div", { class: "controls" }, h("div", { class: "buttons" },
      button("train", "Train", toggle, "strong"), button("epoch", "One epoch", oneEpoch), button("restart", "Back to the start", restart), button("again", "New start", newStart), button("points", "New data", newData)),
      choice(view, "speed", "Speed"));
  }

  function onClick(view, event) {
    const place = Pictures.inputsAt(view.elements.canvas, view.range, event);
    const number = nearestTo(view, place);
    if (view.settings.data !== "own") {
      view.selected = number === view.selected ? null : number;
      show(view);
      return;
    }
    if (number !== null) take(view, number);
    else put(view, place);
  }

  // What clicks do, by the keyboard: arrows choose a point, and Delete takes one's own away.
  function onKey(view, event) {
    const { points, selected, settings } = view;
    const n = points.labels.length;
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Delete" && settings.data === "own" && selected !== null) take(view, selected);
    if (!move || !n) return;
    event.preventDefault();
    view.selected = ((selected ?? (move > 0 ? -1 : 0)) + move + n) % n;
    show(view);
    view.shared.announce(describePoint(view));
  }

  function describePoint({ points, selected, settings }) {
    const place = points.inputs[selected].map((value, k) => `x${k + 1} ${printed(value)}`).join(", ");
    return `Point ${selected + 1} of ${points.labels.length}: ${place}, ${isOfNumbers(settings) ? "y" : "class"} ${printed(points.labels[selected])}.`;
  }

  // The point within a few dots of a place, or null; of other sets the nearest wherever it is.
  function nearestTo(view, [x, y]) {
    const { range, points, settings } = view;
    const scaled = points.inputs.map((row) => Math.hypot((row[0] - x) / (range.x[1] - range.x[0]), row.length > 1 ? (row[1] - y) / (range.y[1] - range.y[0]) : 0));
    const least = Math.min(...scaled);
    return settings.data === "own" && !(least < 0.025) ? null : scaled.indexOf(least);
  }

  function put(view, [x, y]) {
    const { inputs, labels } = view.points;
    change(view, "points", Points.write({ inputs: [...inputs, [Points.round(x), Points.round(y)]], labels: [...labels, view.pen] }));
  }

  function take(view, number) {
    const keep = (_, k) => k !== number;
    change(view, "points", Points.write({ inputs: view.points.inputs.filter(keep), labels: view.points.labels.filter(keep) }));
  }

  function makeCourse(view) {
    const { elements } = view;
    elements.curves = s("svg", { class: "curves", id: "play-curves" });
    elements.code = h("pre", { class: "code", id: "play-code", tabindex: 0, hidden: true, "aria-label": "The same as Python" });
    return h("section", { class: "course", "aria-label": "The curves of the training" },
      h("h3", {}, "The course"), h("div", { class: "drawing" }, elements.curves),
      h("div", { class: "buttons" },
        h("button", { type: "button", id: "play-copy", onclick: () => copy(view) }, "Copy as Python"),
        (elements.copied = h("span", { class: "quiet", role: "status" }))),
      elements.code);
  }

  // -------------------------------------------------------------------------------------------------------------------
  // What is shown.

  function show(view) {
    const { elements, training, shared } = view;
    write(view);
    elements.train.textContent = view.isRunning ? "Pause" : training?.stopReason ? "Train again" : "Train";
    for (const id of ["train", "epoch", "restart"]) elements[id].disabled = training === null;
    const sentence = stateOf(view);
    if (elements.state.textContent !== sentence) elements.state.textContent = sentence;
    if (training?.stopReason && view.announced !== training) {
      view.announced = training;
      shared.announce(sentence);
    }
    showPlane(view);
    showNetwork(view);
    showCurves(view);
    if (!elements.code.hidden) elements.code.textContent = toPython(view);
  }

  function stateOf(view) {
    const { training, shared } = view;
    if (training === null) return "Put points of two classes into the plane.";
    const { nEpochs, curves, stopReason } = training;
    if (nEpochs === 0) return "At the start: no epoch yet.";
    const reason = stopReason === null ? "" : `; ${shared.words.ends[stopReason] ?? "the training diverged: try a smaller rate"}`;
    return `${count(nEpochs, "epoch")}: loss ${printed(Formulas.general(curves.loss.at(-1), 4))}, error rate ${Formulas.general(curves.error.at(-1), 3)}${reason}.`;
  }

  function showPlane(view) {
    const { elements, training, points, settings, classes } = view;
    const isNumbers = isOfNumbers(settings);
    const codes = isNumbers ? null : points.labels.map((label) => (classes.length > 1 ? classes.indexOf(label) : label));
    const nInputs = isNumbers ? 1 : 2;
    const data = training?.data ?? { n: points.labels.length, inputs: Float64Array.from(points.inputs.flat()), targets: Float64Array.from(points.labels) };
    view.range = rangeOf(settings, data, nInputs);
    const net = training?.net ?? emptyNet();
    const model = {
      net, data, part: 0, labels: codes, range: view.range, selected: view.selected, lines: elements.lines.checked && training,
      names: isNumbers ? ["x1", "y"] : ["x1", "x2"], valueSpread: [0, 1], values: (value) => value,
    };
    const found = isNumbers ? [] : classes.map((label, k) => [classes.length > 1 ? k : label, `class ${label}`]);
    elements.key.replaceChildren(...Drawing.classKey(found));
    elements.canvas.setAttribute("aria-label", `${count(data.n, "point")}. ${stateOf(view)}`);
    if (isNumbers) Pictures.curve(elements.canvas, model);
    else Pictures.plane(elements.canvas, model);
  }

  // One that says the same everywhere, for a plane without a network.
  const emptyNet = () => Network.make({ sizes: [2, 1], activation: "logistic", loss: "logistic_squared", groups: [1] });

  const areWithin = (values, [least, most]) => values.every((value) => value >= least && value <= most);

  // That of the set, unless points lie outside.
  function rangeOf(settings, data, nInputs) {
    const { range } = Points.SETS[settings.data];
    if (range && areWithin(data.inputs, range)) return { x: range, y: range };
    const own = Pictures.rangeOf(data, nInputs);
    if (nInputs > 1) return own;
    return { x: own.x, y: areWithin(data.targets, WAVE_RANGE) ? WAVE_RANGE : Pictures.rangeOf({ n: data.n, inputs: data.targets }, 1).x };
  }

  function showNetwork(view) {
    const { elements, training, selected } = view;
    if (training === null) {
      elements.svg.replaceChildren();
      elements.svg.setAttribute("height", 0);
      return;
    }
    const { net, data } = training;
    const numbers = Book.numbersOf(net);
    const texts = new Map();
    if (selected !== null) {
      const pass = Network.forward(net, Network.row(data.inputs, net.sizes[0], selected));
      pass.outputs.forEach((outputs, layer) => outputs.forEach((value, j) => texts.set(numbers[layer][j], Formulas.fixed(value, 2))));
    }
    const images = net.sizes[0] === 2 && selected === null ? Pictures.unitImages(net, numbers, view.range) : null;
    Drawing.drawNetwork(elements.svg, {
      net, numbers, images, texts, names: null, most: 12, weights: (layer, i, j) => Formulas.write(net.weights[layer][i * net.sizes[layer + 1] + j], 2),
      label: `The network, ${net.sizes.join(", ")} units a layer.`,
    });
  }

  function showCurves(view) {
    const { elements, training, settings } = view;
    const curves = training?.curves ?? { loss: [], error: [], update: [] };
    const epochs = curves.loss.map((_, k) => k + 1);
    const lines = Object.fromEntries(Object.entries(curves).map(([name, values]) => [name, { epochs, values }]));
    Curves.draw(elements.curves, {
      panels: Curves.panelsOf(lines, thresholdsOf(settings)),
      last: Math.max(10, epochs.length), cursor: null, onPick: null, label: `Loss, error rate and largest update. ${stateOf(view)}`,
    });
  }

  // -------------------------------------------------------------------------------------------------------------------
  // The same in Python.

  const array = (rows) => `np.array(${JSON.stringify(rows).replaceAll(",", ", ")})`;

  function arraysOf(view) {
    const net = Network.make(view.training.net, view.start);
    const rows = (layer) => Array.from({ length: net.sizes[layer] }, (_, i) => Array.from(Network.row(net.weights[layer], net.sizes[layer + 1], i)));
    return {
      coefs: net.weights.map((_, layer) => array(rows(layer))),
      intercepts: net.biases.map((biases) => array(Array.from(biases))),
    };
  }

  function parametersOf(view) {
    const { settings: it } = view;
    const text = JSON.stringify;
    const truth = (value) => (value ? "True" : "False");
    const layers = readHidden(it.hidden);
    const all = [
      `hidden_layer_sizes=(${layers.join(", ")}${layers.length === 1 ? "," : ""})`,
      `activation=${text(it.activation)}`, `loss=${text(it.loss)}`, `solver=${text(it.solver)}`, `learning_rate_init=${it.rate}`,
    ];
    if (it.solver === "sgd") all.push(`momentum=${it.momentum}`, `nesterovs_momentum=${truth(it.nesterov)}`);
    if (it.solver !== "rprop") all.push(`batch_size=${it.batch === "epoch" ? text("epoch") : it.batch}`, `shuffle=${truth(it.shuffle)}`);
    if (it.loss === "huber") all.push(`huber_delta=${it.parameter}`);
    if (it.loss === "quantile") all.push(`quantile=${it.parameter}`);
    if (isOfNumbers(it)) all.push("normalize_y=False");
    all.push(`alpha=${it.alpha}`, `max_iter=${it.maxIter}`, `error_tol=${it.errorTol}`, `update_tol=${it.updateTol}`, `random_state=${it.start}`);
    return all;
  }

  function toPython(view) {
    if (view.training === null) return "# Put points of two classes into the plane first.";
    const name = isOfNumbers(view.settings) ? "BackpropRegressor" : "BackpropClassifier";
    const { coefs, intercepts } = arraysOf(view);
    const isShuffled = view.settings.shuffle && view.settings.batch !== "epoch" && view.settings.solver !== "rprop";
    return [
      "# The points and the start are those of the page.",
      isShuffled ? "# The order of the instances is drawn anew." : "# So is every number of the training.",
      "import numpy as np",
      `from skbackprop import ${name}`,
      "",
      `X = ${array(view.points.inputs)}`,
      `y = ${array(view.points.labels)}`,
      `coefs = [\n    ${coefs.join(",\n    ")},\n]`,
      `intercepts = [\n    ${intercepts.join(",\n    ")},\n]`,
      `network = ${name}(\n    ${parametersOf(view).join(",\n    ")},\n)`,
      "network.fit(X, y, coefs_init=coefs, intercepts_init=intercepts)",
      "print(network.n_iter_, network.stop_reason_, network.loss_curve_[-1], network.error_curve_[-1])",
      "",
    ].join("\n");
  }

  async function copy(view) {
    const { elements } = view;
    elements.code.hidden = false;
    elements.code.textContent = toPython(view);
    try {
      await navigator.clipboard.writeText(elements.code.textContent);
      elements.copied.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(elements.code); // where a page may not write to the clipboard
      elements.copied.textContent = "Marked: copy it with Ctrl+C.";
    }
  }

  return { build };
})();
