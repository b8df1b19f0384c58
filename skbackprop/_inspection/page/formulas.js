"use strict";
// Numbers and formulas as text, as the package's tables write them: how a number is rounded, and how it takes a letter's place.

const Formulas = (() => {
  // A number with so many decimals; halves go to the even digit, as in Python, where toFixed takes the larger.
  function fixed(number, decimals) {
    const text = number.toFixed(decimals);
    const scaled = Math.abs(number) * 10 ** decimals;
    if (Math.abs(scaled - Math.floor(scaled) - 0.5) > 1e-6) return text;
    const exact = number.toFixed(100);
    const end = exact.indexOf(".") + 1 + decimals;
    const isHalf = /^50*$/.test(exact.slice(end));
    const kept = exact.slice(0, end).replace(/\.$/, "");
    return isHalf && /[02468]$/.test(kept) ? kept : text;
  }

  const stripped = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);

  // Python writes two digits of an exponent at least.
  const exponential = (text) => text.replace(/e([+-])(\d)$/, "e$10$2");

  // So many significant digits, without trailing zeros.
  function general(number, digits) {
    if (number === 0) return "0";
    const [mantissa, power] = number.toExponential(digits - 1).split("e");
    if (power < -4 || power >= digits) return exponential(`${stripped(mantissa)}e${power}`);
    return stripped(fixed(number, digits - 1 - power));
  }

  // How many decimals a number is to have: the given ones, and more where two significant digits need them.
  function decimalsOf(number, digits) {
    if (number === 0 || !Number.isFinite(number)) return digits;
    return Math.max(digits, 1 - Math.floor(Math.log10(Math.abs(number))));
  }

  // Whether a number is written with a power of ten.
  const hasPower = (number, digits) => decimalsOf(number, digits) > digits + 3 || Math.abs(number) >= 1e7;
  const mantissaDecimals = (number, digits) => (Math.abs(number) < 1 ? 1 : digits);

  // One in the last of the digits that `write` gives a number, those that are 0 included.
  function unitOf(number, digits) {
    const power = number === 0 ? 0 : Math.floor(Math.log10(Math.abs(number)));
    if (digits === null) return 10 ** (power - 5);
    return 10 ** (hasPower(number, digits) ? power - mantissaDecimals(number, digits) : -decimalsOf(number, digits));
  }

  // A calculated number as the tables show it; digits null shows six significant ones.
  function write(number, digits) {
    if (number === 0) return "0";
    if (!Number.isFinite(number)) return String(number);
    if (digits === null) return general(number, 6);
    if (hasPower(number, digits)) return exponential(number.toExponential(mantissaDecimals(number, digits)));
    return stripped(fixed(number, decimalsOf(number, digits)));
  }

  // A number that the user chose, which is not rounded.
  const writeSetting = (number) => general(number, 12);

  const writeRate = (number, digits) => general(number, digits === null ? 6 : Math.max(3, digits));

  const rounded = (number, digits) => (digits === null ? number : Number(write(number, digits)));

  const NUMBER = /^-?[\d.]+(e[+-]\d+)?$/;

  // After these a minus sign stands by itself, if no power follows.
  const OPENINGS = ["(", "[", "^", ", ", "> ", "< ", "≥ "];

  // Whether a sign, or a power of ten, would be taken for a part of something else.
  function needsBrackets(text, before, after) {
    if (!NUMBER.test(text)) return false;
    const hasPower = text.includes("e");
    if (after.startsWith("^")) return hasPower || text.startsWith("-");
    const isOpen = before === "" || OPENINGS.some((each) => before.endsWith(each));
    return (hasPower && before.endsWith("/")) || (text.startsWith("-") && !isOpen);
  }

  // A formula with texts in the place of its letters, numbers with brackets around them where they need some.
  function fill(formula, texts) {
    return formula.replace(/\{([^{}]*)\}/g, (match, letter, at) => {
      const text = texts[letter];
      const isBracketed = needsBrackets(text, formula.slice(0, at), formula.slice(at + match.length));
      return isBracketed ? `(${text})` : text;
    });
  }

  // A formula in letters, without the brackets that only numbers need.
  function inLetters(formula, texts = {}) {
    const own = Object.fromEntries([...formula.matchAll(/\{([^{}]*)\}/g)].map((match) => [match[1], match[1]]));
    let text = fill(formula, { ...own, ...texts });
    text = text.replace(/(?<![\p{L}\p{N}_])\(([^\s()[\]]+)\)/gu, " $1 "); // not those of tanh(I_j)
    text = text.replace(/ +(?=[/^)\],]|$)|(?<=[([])\s+|^ +|(?<= ) +/g, "");
    return text.replaceAll(")(", ") (").replaceAll(")[", ") [");
  }

  return { fixed, write, unitOf, writeSetting, writeRate, rounded, fill, inLetters, general };
})();
