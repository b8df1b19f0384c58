"use strict";
// Pages in frames follow the theme of the page around them, which its button may have changed.

(() => {
  const frames = () => document.querySelectorAll("iframe.page");
  const tell = (frame) => frame.contentWindow.postMessage({ theme: document.documentElement.dataset.theme }, "*");
  new MutationObserver(() => frames().forEach(tell)).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  addEventListener("DOMContentLoaded", () => frames().forEach((frame) => frame.addEventListener("load", () => tell(frame))));
})();
