// The page on which a reader and poet write a poem together, line by line.
// The whole state is in the address, so that nothing is lost when the page is loaded again.
// A proposal is the next line of a whole poem that keeps the form and begins with the lines so far.

import { find, node } from "./dom.js";
import {
  chooseForm,
  clearTrouble,
  filled,
  lineCount,
  listForms,
  sendByKey,
  showTrouble,
} from "./forms.js";
import { isChinese, openPage, t } from "./language.js";
import { linesOf, setPoem, spoken, switches } from "./poem.js";
import { saves } from "./saving.js";
import { events, post, Trouble } from "./server.js";

const SEEDS = 10_000;
const COUNT = 3; // proposals
const QUICK = { particles: 8, best_of: 1 }; // for one line no long search
const HAN = /\p{Script=Han}/u;
const ask = find("ask");
let duet = null; // {form, lines, seed, title?, author?}
let done = null; // the finished poem, scanned
let working = null; // what stops the work under way

const marks = switches("duet", [], draw);
const joined = (lines) => lines.join(HAN.test(lines.join("")) ? "" : "\n");
const letters = (text) => text.replace(/[^\p{L}\p{N}]/gu, "").length;

function draw() {
  if (!duet) return;
  const { title = "", author = "" } = duet;
  const layers = duet.lines.flatMap((line) => linesOf(line));
  const language = HAN.test(joined(duet.lines) || duet.form) ? "zh-Hant" : "en";
  const poem = done ?? { title, author, language, layers };
  setPoem(find("poem"), poem, { ...marks.setting, signed: Boolean(done) });
}

/** The poems that begin with the lines so far, as they are written. */
async function* poems(state, options, signal) {
  const { lines, ...fields } = state;
  const prompt = lines.length ? { prompt: joined([...lines, ""]) } : {};
  const asked = { ...fields, ...prompt, ...options };
  for await (const [name, data] of events("/api/write", asked, signal)) {
    if (name === "poem") yield data;
    else if (name === "error") throw new Trouble(data.error);
  }
}

/** The lines of a poem up to the first that goes beyond those of the duet; none if none does. */
function continued(poem, lines) {
  const given = letters(lines.join(""));
  let seen = 0;
  for (const [number, line] of poem.lines.entries()) {
    seen += letters(line);
    if (seen > given) return poem.lines.slice(0, number + 1);
  }
  return null;
}

/** Do work in place of what is under way; what goes wrong is said where it was asked for. */
async function work(doing, place) {
  working?.abort();
  const own = (working = new AbortController());
  find("turn").setAttribute("aria-busy", "true");
  clearTrouble(ask);
  find("own-trouble").hidden = true;
  find("waiting").textContent = t("waiting");
  try {
    await doing(own.signal);
  } catch (trouble) {
    if (trouble.name !== "AbortError") showTrouble(place, trouble);
  }
  if (own !== working) return;
  find("turn").setAttribute("aria-busy", "false");
  find("waiting").textContent = "";
}

/** Take these lines, and propose the next one: each as soon as its poem is written. */
function propose(state, place = ask) {
  return work(async (signal) => {
    if (isComplete(state)) {
      await show(state);
      return;
    }
    const found = new Set();
    for await (const poem of poems(state, { count: COUNT, ...QUICK }, signal)) {
      const lines = continued(poem, state.lines);
      if (!lines || found.has(lines.at(-1))) continue;
      if (!found.size) await show(state);
      found.add(lines.at(-1));
      find("proposals").append(proposal(lines));
      find("proposals").lang = find("line").lang = poem.language;
      if (found.size === 1) find("proposals").querySelector("button").focus();
    }
    if (!found.size) await show(state, true);
  }, place);
}

/** How many lines there are, without the blank ones between stanzas. */
const written = (lines) => lines.filter(Boolean).length;
const isComplete = ({ form, lines }) => written(lines) > 0 && written(lines) >= lineCount(form);

/** Show the poem so far, and what can be done with it. */
async function show(state, complete = isComplete(state)) {
  const scanned = complete ? await scan(state) : null;
  duet = state;
  done = scanned;
  remember();
  draw();
  find("moves").hidden = false;
  find("turn").hidden = complete;
  find("reroll").hidden = find("finish").hidden = complete;
  find("undo").disabled = !duet.lines.length;
  find("after").hidden = find("tools").hidden = !complete;
  const place = { line: written(duet.lines) + 1, lines: lineCount(duet.form) };
  find("remark").textContent = complete ? "" : t("duet.turn", place);
  find("verdict").textContent = done?.verdict ?? "";
  find("finished").textContent = done ? spoken(done) : "";
  find("line").value = "";
  find("proposals").replaceChildren();
  if (!complete) return;
  marks.offer(done);
  find("poem").focus();
}

function proposal(lines) {
  const [{ text }] = linesOf(lines.at(-1));
  const button = node("button", { type: "button", className: "plain proposal" }, text);
  button.addEventListener("click", () => propose({ ...duet, lines }));
  return node("li", {}, button);
}

async function scan({ form, lines, title = "", author = "" }) {
  const text = joined(lines);
  const poem = await post("/api/scan", { text, form, title });
  return { ...poem, title, author, text, form };
}

/** Let poet write the rest, with all the care it has. */
function finish() {
  return work(async (signal) => {
    for await (const poem of poems(duet, {}, signal)) await show({ ...duet, lines: poem.lines }, true);
  }, ask);
}

function remember() {
  const { lines, ...rest } = duet;
  const query = new URLSearchParams(rest);
  for (const line of lines) query.append("lines", line);
  history.replaceState(null, "", `/duet?${query}`);
}

function begin() {
  const { lines: first, ...fields } = filled(ask);
  const lines = first?.trim() ? [first.trim()] : [];
  propose({ ...fields, lines, seed: Math.floor(Math.random() * SEEDS) });
}

function recall() {
  const query = new URLSearchParams(location.search);
  chooseForm(find("form"), query.get("form") ?? (isChinese() ? "五絕" : "ballad"));
  for (const name of ["title", "author"]) find(name).value = query.get(name) ?? "";
  if (!query.has("seed")) return;
  const { seed, lines, ...rest } = Object.fromEntries(query);
  propose({ ...rest, seed: Number(seed), lines: query.getAll("lines") });
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
find("own").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = find("line").value.trim();
  if (line) propose({ ...duet, lines: [...duet.lines, line] }, find("own"));
});
find("reroll").addEventListener("click", () => propose({ ...duet, seed: (duet.seed + 1) % SEEDS }));
find("undo").addEventListener("click", () => {
  propose({ ...duet, lines: duet.lines.slice(0, duet.lines.findLastIndex(Boolean)) });
});
find("finish").addEventListener("click", finish);
find("proposals").addEventListener("keydown", (event) => {
  find("proposals").querySelectorAll("button")[Number(event.key) - 1]?.click();
});
sendByKey(ask);
saves(
  () => done,
  () => marks.setting.layout,
);

await openPage();
try {
  await listForms(find("form"), { free: false });
  recall();
} catch (trouble) {
  showTrouble(ask, trouble);
}
