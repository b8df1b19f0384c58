"use strict";
// Pages in frames follow the theme of the page around them, which its button may have changed. A frame is as high as what
// is in it, so that nobody has to scroll twice, and does not shrink while its width stays, so that what is below stands still.

(() => {
  const frames = () => document.querySelectorAll("iframe.page");
  const tell = (frame) => frame.contentWindow.postMessage({ theme: document.documentElement.dataset.theme }, "*");
  new MutationObserver(() => frames().forEach(tell)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const widths = new Map();
  addEventListener("message", ({ data, source }) => {
    const frame = [...frames()].find((each) => each.contentWindow === source);
    if (!frame || !Number.isFinite(data?.height)) return;
    const least = widths.get(frame) === frame.clientWidth ? frame.offsetHeight : 0;
    widths.set(frame, frame.clientWidth);
    frame.style.height = `${Math.max(least, Math.ceil(data.height) + 2)}px`; // with its border
  });
  addEventListener("DOMContentLoaded", () => frames().forEach((frame) => frame.addEventListener("load", () => tell(frame))));
})();
