"use strict";
// The tab that shows a network at each recorded epoch: its decisions, its hidden units, its curves, an instance's way.

const TrainTab = (() => {
  const { h, s, count, printed } = Drawing;
  const MAX_TILES = 30;
  const MAX_THUMBNAILS = 40;
  const MAX_LINES = 8; // of more hidden units the lines are not drawn until they are asked for
  const MAX_ROWS = 12;
  const MAX_BARS = 8;
  const NO_RECORDING =
    "Of this training no weights were recorded, so the network is shown as it ended. A Recorder, set as a callback before fit and " +
    "passed as recording=, brings its epochs here. Or train one on this page, from a new start:";
  const UNTRAINED = "This network is not trained yet. Train it on this page, from its own weights:";

  function build(panel, shared) {
    const { contents, net } = shared;
    const view = { panel, shared, elements: {}, timer: null, selected: Address.whole("i", 1, [1, shared.data.n]) - 1 };
    view.nParts = contents.labels?.length ?? net.sizes.at(-1);
    view.part = Address.whole("out", 1, [1, view.nParts]) - 1;
    view.hasPlane = net.sizes[0] === 2;
    view.hasCurve = net.sizes[0] === 1;
    view.net = Network.copy(net);
    takeRecording(view);
    const epoch = Address.number("epoch", view.frames.at(-1).epoch);
    view.frame = nearest(view.frames, epoch);
    const parts = [
      h("p", { class: "hint" }, "Drag the slider, or press play, to see how the network became what it is. Choose an instance to see its way through it."),
      makeNote(view, contents),
      makeControls(view),
      h("div", { class: "columns train-columns" }, makeInputs(view), makeWay(view), makeCurves(view)),
      makeGallery(view),
    ];
    panel.append(...parts.filter(Boolean));
    view.redraw = () => show(view);
    view.rest = () => {
      stop(view);
      if (view.running) toggleTraining(view);
    };
    view.reread = () => {
      view.frame = nearest(view.frames, Address.number("epoch", view.frames.at(-1).epoch));
      view.selected = Address.whole("i", 1, [1, shared.data.n]) - 1;
      view.part = Address.whole("out", 1, [1, view.nParts]) - 1;
      view.range = null;
    };
    return view;
  }

  // The frames and curves of the exported network.
  function takeRecording(view) {
    const { contents, net } = view.shared;
    const last = { epoch: contents.training.nEpochs, vector: net.vector.slice() };
    view.frames = [last];
    if (contents.snapshots) {
      const { epochs, vectors } = contents.snapshots;
      const recorded = epochs.map((epoch, k) => ({ epoch, vector: Float64Array.from(shared32(vectors[k])) }));
      const before = recorded.filter(({ epoch }) => epoch < last.epoch);
      view.frames = recorded.at(-1).epoch > last.epoch ? recorded : [...before, last]; // which has all its digits
    }
    view.curves = contents.training.curves;
    view.lastEpoch = Math.max(last.epoch, view.frames.at(-1).epoch);
    view.scoresName = contents.training.scoresName;
    view.end = `${contents.training.end}.`;
  }

  const shared32 = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

  const nearest = (frames, epoch) =>
    frames.reduce((best, frame, k) => (Math.abs(frame.epoch - epoch) < Math.abs(frames[best].epoch - epoch) ? k : best), 0);

  // -------------------------------------------------------------------------------------------------------------------
  // The parts of the tab.

  function makeNote(view, contents) {
    if (contents.snapshots) return null;
    const button = (view.elements.train = h("button", { type: "button", class: "strong", id: "train-here", onclick: () => toggleTraining(view) }, "Train here"));
    view.elements.note = h("p", {}, contents.training.nEpochs ? NO_RECORDING : UNTRAINED);
    return h("div", { class: "note" }, view.elements.note, h("div", { class: "buttons" }, button, h("span", { class: "quiet", id: "train-plan" }, wordsOfPlan(view.shared))));
  }

  // What it would train on, and with which rate.
  function wordsOfPlan({ contents: { start, instances }, data: { n } }) {
    const isPart = n < instances.total;
    const size = start.isWhole ? n : Math.min(start.batchSize, n);
    const all = `${isPart ? `${n} of the ${instances.total}` : `all ${n}`} instances`;
    const batches = size < n ? `, ${size === 1 ? "one" : size} at a time` : ", all at once";
    const always = start.schedule === null ? "" : `, in each epoch: the schedule ${start.schedule} is left out here`;
    return `On ${n === 1 ? "the instance" : all + batches}; ${wordsOfRate(start.rule)}${always}.`;
  }

  function wordsOfRate(rule) {
    const text = (rate) => printed(Formulas.general(rate, 3));
    if (rule.kind === "rprop") return `Rprop's first step is ${text(rule.learning_rate)}`;
    const hidden = (each) => rule.learning_rate * (each.hidden_factor ?? 1);
    const [first, later] = [Training.ruleAfter(rule, 0), { ...rule, head_start: 1 }].map(hidden);
    const own = first === rule.learning_rate ? "" : `, in hidden layers ${first === later ? "" : `${text(first)}, later `}${text(later)}`;
    return `the learning rate is ${text(rule.learning_rate)}${own}`;
  }

  function makeControls(view) {
    const { elements } = view;
    elements.play = h("button", { type: "button", class: "strong", id: "train-play", onclick: () => togglePlay(view) }, "Play");
    elements.slider = h("input", { type: "range", id: "train-slider", min: 0, step: 1, "aria-label": "Recorded epoch", oninput: (event) => goTo(view, Number(event.target.value)) });
    elements.epoch = h("output", { class: "epoch", id: "train-epoch", "aria-live": "off" });
    return h("div", { class: "controls film" }, elements.play, elements.slider, elements.epoch);
  }

  function makeInputs(view) {
    const { shared, elements } = view;
    const { n } = shared.data;
    elements.number = h("input", { type: "number", id: "train-number", min: 1, max: n, inputmode: "numeric", onchange: (event) => select(view, Number(event.target.value) - 1) });
    const controls = h("div", { class: "settings" },
      h("label", {}, "Instance ", elements.number, h("span", { class: "quiet" }, ` of ${n}`)),
      shared.net.groups === null ? null : h("button", { type: "button", id: "train-wrong", onclick: () => selectWrong(view) }, "Next wrong one"));
    const section = h("section", { class: "inputs", "aria-label": "The instances" }, h("h3", {}, view.hasPlane ? "What it decides" : view.hasCurve ? "What it says" : "The instances"));
    const hasCanvas = view.hasPlane || view.hasCurve;
    if (hasCanvas || shared.contents.labels) section.append(makePartChoice(view));
    if (hasCanvas) section.append(makeCanvas(view), makeLinesChoice(view));
    else if (shared.contents.imageShape) section.append(makeThumbnails(view));
    section.append(controls, (elements.instance = h("p", { class: "instance", id: "train-instance" })), (elements.inputs = h("div", { class: "values" })));
    return section;
  }

  function makeCanvas(view) {
    const canvas = (view.elements.canvas = h("canvas", {
      class: "plane", role: "img", tabindex: 0, id: "train-plane",
      onclick: (event) => selectAt(view, event),
      onkeydown: (event) => {
        const moves = { ArrowRight: 1, ArrowLeft: -1 };
        if (!(event.key in moves)) return;
        event.preventDefault();
        select(view, (view.selected + moves[event.key] + view.shared.data.n) % view.shared.data.n);
      },
    }));
    view.elements.key = h("p", { class: "key quiet", id: "train-key" });
    return h("div", { class: "frame" }, canvas, view.elements.key);
  }

  // Which of several targets or labels is shown.
  function makePartChoice(view) {
    const { labels, names } = view.shared.contents;
    if (view.nParts < 2) return "";
    const words = labels ? labels.map(({ name }) => name) : names.outputs;
    view.elements.part = h("select", { id: "train-part", onchange: ({ target }) => choosePart(view, Number(target.value)) },
      words.map((name, k) => h("option", { value: k }, name)));
    return h("p", { class: "settings" }, h("label", {}, "Shown is ", view.elements.part, h("span", { class: "quiet" }, ` of ${view.nParts}`)));
  }

  function choosePart(view, part) {
    view.part = part;
    view.range = null;
    show(view);
  }

  function showClassKey({ elements, shared, part }) {
    const label = shared.contents.labels?.[part];
    const classes = label?.classes.map((name, k) => [k, `${label.name} ${name}`]) ?? [];
    elements.key.replaceChildren(...Drawing.classKey(classes));
  }

  function makeLinesChoice(view) {
    if (view.net.weights.length < 2) return "";
    view.elements.lines = h("input", { type: "checkbox", id: "train-lines", checked: view.net.sizes[1] <= MAX_LINES, onchange: () => show(view) });
    return h("label", { class: "check" }, view.elements.lines, " each hidden unit's line (net input 0), with its number");
  }

  // Of images some to choose from.
  function makeThumbnails(view) {
    const { shared, elements } = view;
    const { n } = shared.data;
    const step = Math.max(1, Math.floor(n / MAX_THUMBNAILS));
    const numbers = Array.from({ length: Math.min(n, MAX_THUMBNAILS) }, (_, k) => k * step);
    elements.thumbnails = numbers.map((number) => {
      const label = `${shared.describeInstance(number)}`;
      return h("button", { type: "button", class: "thumbnail", "data-number": number, "aria-label": label, title: label, onclick: () => select(view, number) });
    });
    return h("div", { class: "thumbnails", role: "group", "aria-label": "Some of the instances" }, elements.thumbnails);
  }

  function makeWay(view) {
    view.elements.svg = s("svg", { class: "network" });
    return h("section", { class: "way", "aria-label": "The way of the instance through the network" },
      h("h3", {}, "The instance's way"), h("div", { class: "drawing" }, view.elements.svg), (view.elements.outputs = h("div", { class: "outputs" })));
  }

  function makeCurves(view) {
    view.elements.curves = s("svg", { class: "curves", id: "train-curves" });
    return h("section", { class: "course", "aria-label": "The curves of the training" },
      h("h3", {}, "The course"), (view.elements.end = h("p", { class: "state", id: "train-end" })), h("div", { class: "drawing" }, view.elements.curves),
      (view.elements.numbers = h("p", { class: "quiet numbers", id: "train-numbers" })));
  }

  function makeGallery(view) {
    if (view.net.weights.length < 2) return null;
    view.elements.tiles = h("div", { class: "tiles" });
    const words = view.hasPlane ? "What each hidden unit says over the plane" : "What each hidden unit looks at: its incoming weights";
    return h("section", { class: "gallery", "aria-label": words }, h("h3", {}, words), makeKey(view), view.elements.tiles, (view.elements.left = h("p", { class: "quiet", id: "train-left" })));
  }

  const makeKey = (view) =>
    h("p", { class: "key quiet" }, h("span", { class: "swatch negative" }), view.hasPlane ? " low  " : " negative  ", h("span", { class: "swatch positive" }), view.hasPlane ? " high" : " positive");

  // -------------------------------------------------------------------------------------------------------------------
  // What happens.

  function goTo(view, frame) {
    view.frame = Math.min(Math.max(frame, 0), view.frames.length - 1);
    show(view);
  }

  function togglePlay(view) {
    if (view.timer !== null) {
      stop(view);
      return;
    }
    if (view.frame === view.frames.length - 1) view.frame = 0;
    view.elements.play.textContent = "Pause";
    const pause = Math.min(400, Math.max(60, 6000 / view.frames.length));
    view.timer = setInterval(() => {
      goTo(view, view.frame + 1);
      if (view.frame === view.frames.length - 1) stop(view);
    }, pause);
    goTo(view, view.frame);
  }

  function stop(view) {
    clearInterval(view.timer);
    view.timer = null;
    view.elements.play.textContent = "Play";
  }

  function select(view, number) {
    view.selected = Math.min(Math.max(Math.round(number) || 0, 0), view.shared.data.n - 1);
    show(view);
    view.shared.announce(view.elements.instance.textContent);
  }

  // The instance that is nearest to a place that was clicked, on the screen.
  function selectAt(view, event) {
    const { data, net } = view.shared;
    const [x, y] = Pictures.inputsAt(event.target, view.range, event);
    const [wide, high] = [view.range.x[1] - view.range.x[0], view.range.y[1] - view.range.y[0]];
    let best = { distance: Infinity, number: 0 };
    for (let number = 0; number < data.n; number++) {
      const row = Network.row(data.inputs, net.sizes[0], number);
      const distance = ((row[0] - x) / wide) ** 2 + (view.hasPlane ? ((row[1] - y) / high) ** 2 : 0);
      if (distance < best.distance) best = { distance, number };
    }
    select(view, best.number);
  }

  function selectWrong(view) {
    const { data, net } = view.shared;
    const pass = Network.newPass(net);
    for (let step = 1; step <= data.n; step++) {
      const number = (view.selected + step) % data.n;
      const targets = Network.row(data.targets, net.sizes.at(-1), number);
      Network.forward(view.net, Network.row(data.inputs, net.sizes[0], number), pass);
      if (Network.errorOf(view.net, pass.outputs.at(-1), targets)) {
        select(view, number);
        return;
      }
    }
    view.shared.announce("At this epoch every instance on the page is right.");
  }

  // Trains in the page, a little at a time, and shows how far it has come.
  function toggleTraining(view) {
    if (view.running) {
      view.running = null;
      view.elements.train.textContent = "Train again";
      return;
    }
    stop(view);
    const training = beginTraining(view);
    view.running = training;
    view.elements.train.textContent = "Stop";
    view.elements.note.textContent = `Shown is a training on this page, from ${view.shared.contents.training.nEpochs ? "a new start" : "the network's own weights"}.`;
    const go = () => {
      if (view.running !== training) return;
      const until = performance.now() + 25;
      while (training.stopReason === null && performance.now() < until) training.present();
      takeTraining(view, training);
      if (training.stopReason === null) requestAnimationFrame(go);
      else endTraining(view);
    };
    go();
  }

  function endTraining(view) {
    toggleTraining(view);
    view.shared.announce(view.end);
  }

  function beginTraining(view) {
    const { contents, net, data, decode } = view.shared;
    const { training, start } = contents;
    const own = Network.copy(net);
    view.seed = (view.seed ?? 0) + 1;
    if (training.nEpochs) {
      Training.drawStart(own, start.bounds, Training.random(view.seed));
      Training.settle(own, { centre: start.centre && decode(start.centre), scale: start.scale });
    }
    return Training.begin({
      net: own, data, rule: start.rule, seed: view.seed,
      batchSize: start.isWhole ? "epoch" : start.batchSize, isShuffled: start.shuffle,
      thresholds: { maxIter: Math.min(training.maxIter, 2000), error: training.thresholds.error, update: training.thresholds.update },
    });
  }

  function takeTraining(view, training) {
    view.frames = training.snapshots.slice();
    const epochs = training.curves.loss.map((_, k) => k + 1);
    view.curves = Object.fromEntries(Object.entries(training.curves).map(([name, values]) => [name, { epochs, values }]));
    view.lastEpoch = training.nEpochs;
    view.scoresName = null;
    const reason = training.stopReason;
    view.end = reason === null ? `Training on this page: epoch ${training.nEpochs}.` : `On this page, ${count(training.nEpochs, "epoch")}: ${endWords(view, reason)}.`;
    goTo(view, view.frames.length - 1);
  }

  const endWords = (view, reason) => view.shared.words.ends[reason] ?? "the training diverged; a smaller learning rate may help";

  // -------------------------------------------------------------------------------------------------------------------
  // What is shown.

  function show(view) {
    const { elements, frames, shared } = view;
    const frame = frames[view.frame];
    view.net.vector.set(frame.vector);
    Address.write({
      epoch: view.frame === frames.length - 1 ? null : frame.epoch, i: view.selected ? view.selected + 1 : null,
      out: view.part ? view.part + 1 : null,
    });
    if (elements.part) elements.part.value = view.part;
    elements.slider.max = frames.length - 1;
    elements.slider.value = view.frame;
    elements.slider.disabled = elements.play.disabled = frames.length < 2;
    elements.slider.setAttribute("aria-valuetext", `epoch ${frame.epoch}`);
    elements.epoch.textContent = `epoch ${frame.epoch}`;
    elements.number.value = view.selected + 1;
    elements.instance.textContent = `${shared.describeInstance(view.selected)} ${shared.describeDecision(view.net, view.selected)}`;
    showInputs(view);
    showWay(view);
    showCurves(view);
    showTiles(view);
  }

  function showInputs(view) {
    const { shared, elements, selected } = view;
    const { data, net, contents } = shared;
    if (elements.canvas) showCanvas(view);
    const inputs = Network.row(data.inputs, net.sizes[0], selected);
    if (contents.imageShape) {
      for (const button of elements.thumbnails) fillThumbnail(view, button);
      elements.inputs.replaceChildren(h("div", { class: "big" }, Pictures.inputImage(inputs, contents.imageShape)));
      return;
    }
    const chosen = Drawing.tellingInputs(net, inputs, MAX_ROWS);
    const rows = chosen.map((i) => h("tr", {}, h("th", { scope: "row" }, contents.names.inputs[i]), h("td", {}, printed(Formulas.general(inputs[i], 5)))));
    const left = inputs.length - rows.length;
    elements.inputs.replaceChildren(h("table", { class: "plain" }, h("tbody", {}, rows)),
      left ? h("p", { class: "quiet" }, `These ${MAX_ROWS} inputs have the largest |w x|; ${left} more ${left === 1 ? "is" : "are"} not shown.`) : "");
  }

  function fillThumbnail(view, button) {
    const { data, net, contents } = view.shared;
    const number = Number(button.dataset.number);
    button.setAttribute("aria-pressed", String(number === view.selected));
    const theme = document.documentElement.dataset.shown;
    if (button.dataset.theme === theme) return;
    button.dataset.theme = theme;
    button.replaceChildren(Pictures.inputImage(Network.row(data.inputs, net.sizes[0], number), contents.imageShape));
  }

  function showCanvas(view) {
    const { shared, elements, selected, part } = view;
    const { data, contents } = shared;
    view.range ??= { ...Pictures.rangeOf(data, view.net.sizes[0]), ...(view.hasCurve ? { y: shared.valueRange(part) } : {}) };
    const model = {
      net: view.net, data, part, labels: shared.labelsOf(part), selected, range: view.range, lines: elements.lines?.checked,
      names: view.hasPlane ? contents.names.inputs : [contents.names.inputs[0], contents.labels ? "probability" : contents.names.outputs[part]],
      valueSpread: shared.valueSpread(part), values: shared.valueOf,
    };
    showClassKey(view);
    elements.canvas.setAttribute("aria-label", `The plane of the inputs at epoch ${view.frames[view.frame].epoch}. ${elements.instance.textContent}`);
    if (view.hasPlane) Pictures.plane(elements.canvas, model);
    else Pictures.curve(elements.canvas, model);
  }

  function showWay(view) {
    const { shared, elements, net, selected } = view;
    const numbers = Book.numbersOf(net);
    const pass = Network.forward(net, Network.row(shared.data.inputs, net.sizes[0], selected));
    const [texts, fills] = [new Map(), new Map()];
    const scale = Pictures.signScale();
    pass.outputs.forEach((outputs, layer) => {
      const size = Math.max(1, ...outputs.map(Math.abs));
      outputs.forEach((value, j) => {
        texts.set(numbers[layer][j], Formulas.fixed(value, Math.abs(value) < 100 ? 2 : 0));
        fills.set(numbers[layer][j], Pictures.css(scale((0.6 * value) / size)));
      });
    });
    Drawing.drawNetwork(elements.svg, {
      net, numbers, texts, fills, names: shared.drawnNames, weights: null, shown: Drawing.shownUnits(shared.net, pass.outputs[0]), // the same at all epochs
      label: `The outputs of the units for this instance. ${elements.instance.textContent}`,
    });
    elements.outputs.replaceChildren(...outputBars(view, pass.outputs.at(-1)));
  }

  // The probability of each class as a bar.
  function outputBars({ shared, selected, part, nParts }, out) {
    const { net, contents } = shared;
    if (net.groups === null) return [];
    const { name, classes } = contents.labels[part];
    const wanted = contents.instances.decisions[selected][part];
    const all = (classes.length > 1 ? Network.shares(net, out, part) : [1]).map((share, k) => ({ share, k }));
    const most = all.length > 10 ? all.slice().sort((a, b) => b.share - a.share).slice(0, 10) : all;
    const isAdjusted = net.groups[part] > 1 && Network.LOSSES[net.loss].unit === "logistic";
    const [start, end] = Network.groupsOf(net)[part];
    const isNearer = isAdjusted && Network.partTold(out.subarray(start, end).reduce((sum, value) => sum + value, 0)) < 1;
    const title = h("h4", {}, `Probability of each class${nParts > 1 ? ` of ${name}` : ""}${most.length < all.length ? `, the ${most.length} most likely of ${all.length}` : ""}${isAdjusted ? `: the outputs, divided by their sum${isNearer ? ", and closer to each other, as that is small" : ""}` : ""}`);
    const names = Drawing.shortNames(classes, 24);
    const style = `--name: ${Drawing.widest(names) + 3}ch`;
    return [title, ...most.map(({ share, k }) => h("div", { class: k === wanted ? "bar wanted" : "bar", style },
      h("span", { class: "bar-name" }, Drawing.shortName(names[k], classes[k]), k === wanted ? " ✓" : ""),
      h("span", { class: "bar-track" }, h("span", { class: "bar-fill", style: `width: ${(100 * share).toFixed(1)}%` })),
      h("span", { class: "bar-value" }, Formulas.fixed(share, 3))))];
  }

  function showCurves(view) {
    const { elements, shared, curves, frames } = view;
    const { thresholds } = shared.contents.training;
    elements.end.textContent = view.end;
    const epoch = frames[view.frame].epoch;
    if (!curves.loss) {
      elements.curves.replaceChildren();
      elements.curves.setAttribute("height", 0);
      elements.numbers.textContent = "There is no curve yet: the network has made no epoch.";
      return;
    }
    Curves.draw(elements.curves, {
      panels: Curves.panelsOf(curves, thresholds, view.scoresName), last: view.lastEpoch, cursor: epoch,
      label: `Loss, error rate and largest update over ${count(view.lastEpoch, "epoch")}. ${view.end}`,
      onPick: (picked) => goTo(view, nearest(frames, picked)),
    });
    elements.numbers.textContent = numbersAt(curves, epoch);
  }

  function numbersAt(curves, epoch) {
    if (epoch === 0) return "Epoch 0: the start, before the first update.";
    const at = (curve) => {
      const place = curve.epochs.findLastIndex((each) => each <= epoch);
      const value = place < 0 ? null : curve.values[place];
      return value === null ? "–" : printed(Formulas.general(value, 4));
    };
    return `Epoch ${epoch}: loss ${at(curves.loss)}, error rate ${at(curves.error)}, max |Δ| ${at(curves.update)}`;
  }

  // A tile for each hidden unit.
  function showTiles(view) {
    const { elements, net, shared } = view;
    if (!elements.tiles) return;
    const numbers = Book.numbersOf(net);
    const n = 40;
    const layers = view.hasPlane ? Pictures.field(net, view.range, n).slice(0, -1) : [Array.from(net.biases[0])];
    const tiles = layers.flatMap((units, layer) => units.slice(0, MAX_TILES).map((values, j) =>
      h("figure", { class: "tile" }, tilePicture(view, layer, j, values, n), h("figcaption", {}, `unit ${numbers[layer + 1][j]}`))));
    const left = layers.reduce((sum, units) => sum + Math.max(0, units.length - MAX_TILES), 0);
    elements.tiles.replaceChildren(...tiles);
    elements.left.textContent = wordsOfLeft(view, left);
    elements.tiles.classList.toggle("wide", !view.hasPlane && !shared.contents.imageShape);
  }

  // What the tiles leave out.
  function wordsOfLeft({ net, hasPlane, shared }, left) {
    const parts = [];
    const [nInputs, nLater] = [net.sizes[0], net.sizes.slice(2, -1).reduce((sum, size) => sum + size, 0)];
    if (left) parts.push(`${left} more ${left === 1 ? "unit has" : "units have"} no tile.`);
    if (!hasPlane && nLater) parts.push(`Only the first hidden layer looks at the inputs; the ${nLater === 1 ? "unit of a later layer has" : `${nLater} units of later layers have`} no tile.`);
    if (!hasPlane && !shared.contents.imageShape && nInputs > MAX_BARS) {
      parts.push(`Of the ${nInputs} inputs the ${MAX_BARS} with the largest weights are shown.`);
    }
    return parts.join(" ");
  }

  function tilePicture(view, layer, j, values, n) {
    const { net, shared } = view;
    if (view.hasPlane) return Pictures.unitImage(net, layer, values, n);
    const largest = net.weights[0].reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    if (shared.contents.imageShape) return Pictures.weightImage(net, 0, j, shared.contents.imageShape, largest);
    return bars(view, j, largest);
  }

  // The incoming weights of a unit as bars, those of the inputs that matter most and the bias.
  function bars(view, j, largest) {
    const { net, shared } = view;
    const n = net.sizes[1];
    const sizes = Array.from({ length: net.sizes[0] }, (_, i) => ({ i, size: net.weights[0].subarray(i * n, (i + 1) * n).reduce((sum, w) => sum + Math.abs(w), 0) }));
    const chosen = sizes.sort((a, b) => b.size - a.size).slice(0, MAX_BARS).map(({ i }) => i).sort((a, b) => a - b);
    const { inputs } = shared.contents.names;
    const short = Drawing.shortNames(inputs, 17);
    const rows = chosen.map((i) => [inputs[i], net.weights[0][i * n + j], short[i]]);
    rows.push(["bias", net.biases[0][j], "bias"]);
    const most = Math.max(largest, Math.abs(net.biases[0][j]));
    return s("svg", { viewBox: `0 0 266 ${rows.length * 17}`, class: "bars", role: "img", "aria-label": rows.map(([name, value]) => `${name} ${value.toFixed(2)}`).join(", ") },
      rows.map(([name, value, text], k) => [
        s("text", { x: 112, y: k * 17 + 12, class: "end" }, text, s("title", {}, name)),
        s("rect", { x: 171 + Math.min(0, (52 * value) / most), y: k * 17 + 2, width: Math.abs((52 * value) / most), height: 12, class: value < 0 ? "negative" : "positive" }),
        s("text", { x: 264, y: k * 17 + 12, class: "end value" }, printed(Formulas.fixed(value, 2))),
      ]),
      s("line", { x1: 171, x2: 171, y1: 0, y2: rows.length * 17, class: "zero" }));
  }

  return { build };
})();
