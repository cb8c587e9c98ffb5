// A poem set on the page: columns or lines, with marks that can be switched on and off.

import { find, keep, kept, node } from "./dom.js";
import { t } from "./language.js";

const HAN = /\p{Script=Han}/u;
const CHINESE_LINE = /[^，。！？；：、\n]*[，。！？；：、]+[」』”’）》]*|[^，。！？；：、\n]+/g;
const BLANK = "\u00a0"; // keeps the place of a mark that a unit has not
const STRESSES = { "/": "´", x: "˘", "\\": "`" };

export const isHan = (poem) => poem.language.startsWith("zh");

/** A text that is still being written, as lines without marks. */
export function linesOf(text, indents = []) {
  const lines = HAN.test(text)
    ? text.split("\n").flatMap((part) => part.match(CHINESE_LINE) ?? [""])
    : text.replace(/(?<=\p{L})'/gu, "’").split("\n");
  let number = 0;
  return lines.map((line) => ({ text: line, indent: line ? (indents[number++] ?? 0) : 0 }));
}

/**
 * Set a poem, {title, author, language, layers}, in its place.
 * `shown` are the names of the layers, `faults` those of /api/scan; one by poet is `signed`.
 */
export function setPoem(place, poem, { layout, shown, faults = [], signed = false }) {
  const han = isHan(poem);
  const vertical = han && layout === "vertical";
  const kind = `poem ${han ? "han" : "letters"} ${vertical ? "vertical" : "lines"}`;
  const marked = han ? ["tones", "pinyin", "gloss"] : ["stress"];
  const article = node("article", { className: kind, lang: poem.language });
  if (marked.some((name) => shown.has(name))) article.classList.add("marked");
  for (const name of marked) article.classList.toggle(`with-${name}`, shown.has(name));
  article.classList.toggle("signed", signed);
  if (poem.title) article.append(node("h2", { className: "title" }, poem.title));
  const author = vertical ? poem.author?.replace(/^poet, after /, "擬") : poem.author;
  if (author) article.append(node("p", { className: "author" }, author));
  let stanza = null;
  poem.layers.forEach((line, number) => {
    if (!line.text) {
      stanza = null;
      return;
    }
    if (!stanza) article.append((stanza = node("div", { className: "stanza" })));
    const at = (unit) => faults.filter((fault) => fault.places.some(covers(number, unit)));
    stanza.append(lineNode(line, shown, han, at));
  });
  place.replaceChildren(article);
  if (vertical) inBands(article);
  if (article.scrollWidth > article.clientWidth) article.tabIndex = 0; // for the arrow keys
  return article;
}

/** Columns that find no room beside each other go on below, as newspapers of the East have it. */
function inBands(article) {
  const most = article.querySelectorAll(".line").length;
  const overflows = () =>
    article.scrollWidth > article.clientWidth || article.scrollHeight > article.clientHeight;
  for (let bands = 2; bands <= most && overflows(); bands++) article.style.columnCount = bands;
}

const covers = (line, unit) => (place) =>
  place.line === line && place.character <= unit && unit < place.character + place.length;

function lineNode(line, shown, han, faultsAt) {
  const made = node("p", { className: /[，、；：]$/.test(line.text) ? "line unfinished" : "line" });
  if (line.indent) made.style.setProperty("--indent", `${line.indent * 0.6}em`);
  const { units } = line;
  if (!units) {
    made.append(line.text);
    return made;
  }
  for (let at = 0; at < units.length; ) {
    const span = (shown.has("gloss") && units[at].span) || 1;
    const parts = units
      .slice(at, at + span)
      .map((unit, i) => unitNode(unit, shown, han, faultsAt(at + i)));
    if (han) made.append(...(shown.has("gloss") ? [wordNode(units[at], parts)] : parts));
    else hold(made, units[at], parts[0]);
    at += span;
  }
  if (shown.has("rhyme") && line.rhyme) {
    (han ? made : made.lastElementChild).append(node("span", { className: "group" }, line.rhyme));
  }
  return made;
}

/** Add to a line of letters a word, or what follows one and must not be parted from it. */
function hold(line, unit, part) {
  const before = line.lastElementChild?.textContent ?? " ";
  if (/\p{L}/u.test(unit.text) && /[\p{L}\s]/u.test(before)) {
    line.append(node("wbr"), node("span", { className: "held" }));
  }
  (line.lastElementChild ?? line).append(part);
}

/** A character or word under its marks; bare text where it has none. */
function unitNode(unit, shown, han, faults) {
  const glyph = faults.length ? faultNode(unit.text, faults) : unit.text;
  const rhymes = shown.has("rhyme") && unit.rhyme;
  const kind = `unit${rhymes ? " rhyme" : ""}${HAN.test(unit.text) ? " sound" : ""}`;
  const over = [];
  const under = [];
  if (han) {
    if (shown.has("pinyin")) over.push(node("rt", { className: "pinyin" }, unit.pinyin || BLANK));
    if (shown.has("tones")) under.push(toneNode(unit.tone));
  } else if (shown.has("stress") && /\p{L}/u.test(unit.text)) {
    const signs = [...(unit.stress ?? "")].map((mark) => STRESSES[mark] ?? mark);
    const marks = signs.map((sign) => node("span", {}, sign));
    over.push(node("rt", { className: "stress", "aria-hidden": "true" }, ...marks));
  }
  if (over.length || under.length) {
    const base = node("span", { className: "glyph" }, glyph);
    return node("ruby", { className: kind }, ...over, base, ...under);
  }
  return rhymes ? node("span", { className: kind }, glyph) : glyph;
}

function toneNode(tone) {
  if (!tone) return node("rt", { className: "tone" });
  const name = { 平: "level", 仄: "oblique" }[tone] ?? "either";
  const spoken = node("span", { className: "hidden" }, tone);
  return node("rt", { className: `tone ${name}` }, spoken);
}

function wordNode(unit, parts) {
  const characters = node("span", { className: "characters" }, ...parts);
  const gloss = node("span", { className: "gloss", lang: "en" }, unit.gloss || BLANK);
  return node("span", { className: "word" }, characters, gloss);
}

function faultNode(text, faults) {
  const notes = faults.map((fault) => fault.message).join(" ");
  return node(
    "button",
    {
      type: "button",
      className: "fault",
      "data-note": notes,
      "aria-describedby": faults.map((fault) => fault.id).join(" "),
    },
    text,
  );
}

/** The switches of layout and layers; `draw` is called with both at each change. */
export function switches(page, usual, draw) {
  const shown = new Set(kept(`layers.${page}`, usual));
  let layout = kept("layout", "vertical");
  for (const box of find("layers").querySelectorAll("input")) {
    box.checked = shown.has(box.name);
    box.addEventListener("change", () => {
      shown[box.checked ? "add" : "delete"](box.name);
      keep(`layers.${page}`, [...shown]);
      draw();
    });
  }
  for (const choice of find("layout").querySelectorAll("input")) {
    choice.checked = choice.value === layout;
    choice.addEventListener("change", () => {
      layout = choice.value;
      keep("layout", layout);
      draw();
    });
  }
  return {
    get setting() {
      return { layout, shown };
    },
    /** Offer what is of use to this poem. */
    offer(poem) {
      const han = isHan(poem);
      find("tools").hidden = false;
      find("layout").hidden = !han;
      for (const part of find("tools").querySelectorAll("[data-for]")) {
        part.hidden = part.dataset.for !== (han ? "han" : "letters");
      }
    },
  };
}

/** A poem that is copied by hand comes without its marks. */
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection.rangeCount || !event.clipboardData) return;
  const range = selection.getRangeAt(0);
  const around = range.commonAncestorContainer;
  if (!(around.closest ? around : around.parentElement)?.closest(".place")) return;
  const part = range.cloneContents();
  for (const mark of part.querySelectorAll("rt, .gloss, .group")) mark.remove();
  const blocks = [...part.querySelectorAll(".title, .author, .line")];
  const text = blocks.length ? blocks.map((b) => b.textContent).join("\n") : part.textContent;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

/** What is wrong at a place, beside it, while it is pointed at or has the focus. */
const tip = node("div", { className: "tip", hidden: true, "aria-hidden": "true" });
document.body.append(tip);

function point(event) {
  const fault = event.target.closest?.(".fault");
  tip.hidden = !fault;
  if (!fault) return;
  tip.textContent = fault.dataset.note;
  const at = fault.getBoundingClientRect();
  const below = fault.closest(".vertical")?.getBoundingClientRect() ?? at;
  const most = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(at.left, most))}px`;
  tip.style.top = `${below.bottom + 8}px`;
}

for (const name of ["pointerover", "focusin"]) document.addEventListener(name, point);
document.addEventListener("focusout", () => (tip.hidden = true));
document.addEventListener("scroll", () => (tip.hidden = true), true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") tip.hidden = true;
});

/** The poem in words alone, for a screen reader. */
export const spoken = (poem) =>
  t("finished", { poem: poem.layers.map((line) => line.text).filter(Boolean).join(" ") });
