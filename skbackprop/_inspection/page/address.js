"use strict";
// What the page shows, in its address: the part behind # holds names and values, so a link leads to the same view.

const Address = (() => {
  const read = () => new URLSearchParams(location.hash.slice(1));

  // Puts these values into the address, and takes out those that are null or an empty text.
  function write(values) {
    const [before, all] = [String(read()), read()];
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === "") all.delete(name);
      else all.set(name, String(value));
    }
    if (String(all) === before) return; // browsers refuse more than some hundred changes within seconds
    try {
      history.replaceState(null, "", `#${all}`);
    } catch {
      // In a document without an address of its own, such as the text of a frame, there is nothing to write to.
    }
  }

  function number(name, fallback, [least, most] = [-Infinity, Infinity]) {
    const text = read().get(name);
    const value = Number(text);
    return text === null || text === "" || !Number.isFinite(value) ? fallback : Math.min(Math.max(value, least), most);
  }

  const whole = (name, fallback, limits) => Math.round(number(name, fallback, limits));

  const word = (name, fallback, words) => {
    const text = read().get(name);
    return text !== null && (!words || words.includes(text)) ? text : fallback;
  };

  return { read, write, number, whole, word };
})();
