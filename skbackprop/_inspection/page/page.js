"use strict";
// The page: reads its contents, makes the tabs, and keeps theme and address.

const Page = (() => {
  const { h } = Drawing;
  const TABS = [
    ["step", "Step", StepTab],
    ["train", "Train", TrainTab],
    ["play", "Play", PlayTab],
  ];
  const FAR_WORSE = 0.2; // by error rate
  const THEMES = { auto: "Theme: auto", light: "Theme: light", dark: "Theme: dark" };

  const decode = (text) => new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

  // What the tabs share: the network and its instances as numbers, and sentences about them.
  function share(contents) {
    const { instances, network } = contents;
    const net = Network.make(network, decode(network.vector));
    const data = { n: instances.rows.length, inputs: decode(instances.inputs), targets: decode(instances.targets) };
    const vectors = Object.fromEntries(Object.entries(contents.rule.memory).map(([name, text]) => [name, decode(text)]));
    const shared = {
      contents, net, data, decode, words: contents.words,
      rule: { kind: contents.rule.kind, ...contents.rule.numbers },
      memory: { vectors, nUpdates: contents.rule.nUpdates },
      drawnNames: { inputs: contents.names.areInputsGiven ? contents.names.inputs : [], outputs: contents.names.areOutputsGiven ? contents.names.outputs : [] },
    };
    shared.valueOf = (value, j = 0) => contents.scale.mean[j] + contents.scale.scale[j] * value;
    shared.describeInstance = (number) => describeInstance(shared, number);
    shared.describeDecision = (of, number) => describeDecision(shared, of, number);
    shared.valueRange = (part) => valueRange(shared, part);
    shared.valueSpread = (part) => valueSpread(shared, part);
    shared.labelsOf = (part) => instances.decisions?.map((decision) => decision[part]) ?? null;
    return shared;
  }

  const named = (label, decision) => (label.name === "class" ? `class ${label.classes[decision]}` : `${label.name}: ${label.classes[decision]}`);

  function describeInstance({ contents, data, net }, number) {
    const { instances, labels } = contents;
    const which = `Instance ${number + 1}${instances.rows.length < instances.total ? ` (row ${instances.rows[number] + 1} of ${instances.total})` : ""}`;
    if (labels) return `${which} is of ${instances.decisions[number].map((decision, k) => named(labels[k], decision)).join(", ")}.`;
    const targets = Network.row(data.targets, net.sizes.at(-1), number);
    const text = (value) => Drawing.printed(Formulas.general(value, 5));
    const wanted = Array.from(targets, (value, j) => text(contents.scale.mean[j] + contents.scale.scale[j] * value)).join(", ");
    const isScaled = contents.scale.mean.some((mean) => mean !== 0) || contents.scale.scale.some((scale) => scale !== 1);
    const scaled = isScaled ? `; on the network's own scale T is ${Array.from(targets, text).join(", ")}` : "";
    return `${which} has the target ${wanted}${scaled}.`;
  }

  function describeDecision({ contents, data, net: given }, net, number) {
    const out = Network.forward(net, Network.row(data.inputs, given.sizes[0], number)).outputs.at(-1);
    if (contents.labels) {
      const decisions = Network.decide(net, out).map((decision, k) => (contents.labels[k].classes.length > 1 ? decision : 0));
      const words = decisions.map((decision, k) => named(contents.labels[k], decision)).join(", ");
      const isRight = decisions.every((decision, k) => decision === contents.instances.decisions[number][k]);
      return `The network says ${words}: ${isRight ? "right" : "wrong"}.`;
    }
    const values = Array.from(out, (value, j) => Drawing.printed(Formulas.general(contents.scale.mean[j] + contents.scale.scale[j] * value, 5)));
    return `The network says ${values.join(", ")}.`;
  }

  // What to say where the network is far worse at these instances than it was when it learned, or null.
  function warningOf({ contents, data, net }) {
    if (contents.training.stopReason === "partial_fit") return null; // whose last epoch is of the last chunk alone
    const learned = contents.training.curves.error?.values.findLast((value) => value !== null);
    if (learned === undefined) return null;
    const total = Network.totalError(net, data);
    const pass = Network.newPass(net);
    let sum = 0;
    for (let number = 0; number < data.n; number++) {
      const out = Network.forward(net, Network.row(data.inputs, net.sizes[0], number), pass).outputs.at(-1);
      sum += Network.errorOf(net, out, Network.row(data.targets, net.sizes.at(-1), number));
    }
    if (!(total > 0) || sum / total < learned + FAR_WORSE) return null;
    const percent = (share) => `${Math.round(100 * Math.max(0, 1 - share))} %`;
    const words = contents.labels
      ? `The network is right for ${percent(sum / total)} of these instances; at the end of its training it was for ${percent(learned)}.`
      : `The network explains ${percent(sum / total)} of what these targets differ by; at the end of its training it did ${percent(learned)}.`;
    return `${words} Are the inputs scaled as those were that it learned from?`;
  }

  // The range of a picture of one input: of a target, with room around it; of classes from 0 to 1.
  function valueRange({ net, data, valueOf }, part) {
    if (net.groups !== null) return [-0.05, 1.05];
    const nOutputs = net.sizes.at(-1);
    const values = Array.from({ length: data.n }, (_, number) => valueOf(data.targets[number * nOutputs + part], part));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const room = 0.15 * (most - least) || 1;
    return [least - room, most + room];
  }

  // The middle of a target, and half its range.
  function valueSpread({ net, data }, part) {
    const nOutputs = net.sizes.at(-1);
    const values = Array.from({ length: data.n }, (_, number) => data.targets[number * nOutputs + part]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return [(least + most) / 2, (most - least) / 2 || 1];
  }

  // -------------------------------------------------------------------------------------------------------------------

  function build() {
    const contents = JSON.parse(document.getElementById("contents").textContent);
    const shared = share(contents);
    const live = h("div", { class: "unseen", "aria-live": "polite", id: "live" });
    shared.announce = (text) => (live.textContent = text);
    const page = { contents, shared, views: {}, shown: null };
    setTheme(Address.word("theme", "auto", Object.keys(THEMES)));
    page.tabs = TABS.map(([name, words]) => makeTab(page, name, words));
    page.panels = TABS.map(([name]) => h("div", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, tabindex: -1, hidden: true }));
    const isOnly = Address.word("only", "") === "1"; // for a frame in another page: one tab, and nothing around it
    document.body.classList.toggle("only", isOnly);
    document.getElementById("page").append(
      isOnly ? "" : h("header", {}, h("h1", {}, contents.title), h("div", { class: "tabs", role: "tablist", "aria-label": "Views" }, page.tabs), makeTheme(page)),
      makeWarning(shared), ...page.panels, live);
    open(page, Address.word("tab", "step", TABS.map(([name]) => name)));
    watch(page);
    return page;
  }

  function makeWarning(shared) {
    const words = warningOf(shared);
    return words === null ? "" : h("p", { class: "note warning", id: "warning", role: "note" }, words);
  }

  const makeTab = (page, name, words) =>
    h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: () => open(page, name), onkeydown: (event) => onTabKey(page, event) }, words);

  function onTabKey(page, event) {
    const names = TABS.map(([name]) => name);
    const at = names.indexOf(page.shown);
    const next = { ArrowRight: (at + 1) % 3, ArrowLeft: (at + 2) % 3, Home: 0, End: 2 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    open(page, names[next]);
    page.tabs[next].focus();
  }

  // Shows a tab; one that was not shown before is made now, and the one that was comes to rest.
  function open(page, name) {
    if (page.shown !== null && page.shown !== name) page.views[page.shown].rest?.();
    page.shown = name;
    TABS.forEach(([each, , Tab], k) => {
      const isShown = each === name;
      page.tabs[k].setAttribute("aria-selected", String(isShown));
      page.tabs[k].tabIndex = isShown ? 0 : -1;
      page.panels[k].hidden = !isShown;
      if (isShown) page.views[name] ??= Tab.build(page.panels[k], page.shared);
    });
    Address.write({ tab: name === "step" ? null : name });
    page.views[name].redraw();
  }

  function makeTheme(page) {
    const button = h("button", { type: "button", id: "theme", class: "theme" }, THEMES[document.documentElement.dataset.theme]);
    button.addEventListener("click", () => {
      const names = Object.keys(THEMES);
      const next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length];
      setTheme(next);
      button.textContent = THEMES[next];
      Address.write({ theme: next === "auto" ? null : next });
      page.views[page.shown].redraw();
    });
    return button;
  }

  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  function setTheme(name) {
    const root = document.documentElement;
    root.dataset.theme = name;
    root.dataset.shown = name === "auto" ? (systemIsDark.matches ? "dark" : "light") : name;
  }

  // Draws anew where the width or the theme changes, or the address is edited.
  function watch(page) {
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      page.views[page.shown].redraw();
    });
    systemIsDark.addEventListener("change", () => {
      setTheme(document.documentElement.dataset.theme);
      page.views[page.shown].redraw();
    });
    // From a page around this one, whose theme may be another.
    window.addEventListener("message", ({ data }) => {
      if (!data || !Object.hasOwn(THEMES, data.theme)) return;
      setTheme(data.theme);
      page.views[page.shown].redraw();
    });
    // To a page around this one, which can make its frame as high as what is in it.
    if (window.parent !== window) {
      const tell = () => window.parent.postMessage({ height: document.documentElement.offsetHeight }, "*");
      new ResizeObserver(tell).observe(document.documentElement);
    }
    window.addEventListener("hashchange", () => {
      const name = Address.word("tab", "step", TABS.map(([each]) => each));
      page.views[name]?.reread(); // before anything is drawn, which writes to the address
      open(page, name);
    });
  }

  return build();
})();
