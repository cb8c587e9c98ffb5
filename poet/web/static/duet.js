// The page on which a reader and poet write a poem together, line by line.
// The whole state is in the address, so that nothing is lost when the page is loaded again.

import { find, node } from "./dom.js";
import { chooseForm, clearTrouble, filled, listForms, sendByKey, showTrouble } from "./forms.js";
import { isChinese, openPage, t } from "./language.js";
import { linesOf, setPoem, spoken, switches } from "./poem.js";
import { saves } from "./saving.js";
import { post } from "./server.js";

const SEEDS = 10_000;
const ask = find("ask");
let duet = null; // {form, lines, seed, title?, author?}
let done = null; // the finished poem, scanned
let working = false;

const marks = switches("duet", [], draw);

function draw() {
  if (!duet) return;
  const { title = "", author = "" } = duet;
  const layers = duet.lines.flatMap((line) => linesOf(line));
  const language = /\p{Script=Han}/u.test(duet.lines.join("") || duet.form) ? "zh-Hant" : "en";
  const poem = done ?? { title, author, language, layers };
  setPoem(find("poem"), poem, { ...marks.setting, signed: Boolean(done) });
}

/** Ask for the next lines, and say what they must do. */
async function propose(lines = duet.lines, seed = duet.seed) {
  if (working) return;
  busy(true);
  clearTrouble(ask);
  find("waiting").textContent = t("waiting");
  try {
    const answer = await post("/api/duet", { ...duet, lines, seed, count: 3 });
    duet = { ...duet, lines, seed };
    remember();
    await show(answer);
  } catch (trouble) {
    showTrouble(find("turn").hidden || trouble.field !== "lines" ? ask : find("own"), trouble);
  } finally {
    find("waiting").textContent = "";
    busy(false);
  }
}

async function show({ proposals, done: complete, remark }) {
  done = complete ? await scanned() : null;
  draw();
  find("moves").hidden = false;
  find("turn").hidden = complete;
  find("reroll").hidden = find("finish").hidden = complete;
  find("undo").disabled = !duet.lines.length;
  find("after").hidden = !complete;
  find("tools").hidden = !complete;
  find("remark").textContent = remark ?? "";
  find("line").value = "";
  find("proposals").lang = find("line").lang = done?.language ?? "";
  find("proposals").replaceChildren(...proposals.map((line) => proposal(line)));
  if (complete) {
    marks.offer(done);
    find("verdict").textContent = done.verdict ?? "";
    find("finished").textContent = spoken(done);
    find("poem").focus();
  } else {
    find("proposals").querySelector("button")?.focus();
  }
}

function proposal(line) {
  const [{ text }] = linesOf(line);
  const button = node("button", { type: "button", className: "plain proposal" }, text);
  button.addEventListener("click", () => propose([...duet.lines, line]));
  return node("li", {}, button);
}

async function scanned() {
  const text = duet.lines.join(/\p{Script=Han}/u.test(duet.lines.join("")) ? "" : "\n");
  const { form, title = "", author = "" } = duet;
  const poem = await post("/api/scan", { text, form, title });
  return { ...poem, title, author, text, form };
}

/** Take the first proposal again and again, until the poem is done. */
async function finish() {
  if (working) return;
  busy(true);
  try {
    let answer = { done: false };
    while (!answer.done) {
      answer = await post("/api/duet", { ...duet, count: 1 });
      if (answer.proposals.length) duet.lines = [...duet.lines, answer.proposals[0]];
      draw();
    }
    remember();
    await show(answer);
  } catch (trouble) {
    showTrouble(ask, trouble);
  } finally {
    busy(false);
  }
}

function busy(yes) {
  working = yes;
  find("turn").setAttribute("aria-busy", String(yes));
}

function remember() {
  const { lines, ...rest } = duet;
  const query = new URLSearchParams(rest);
  for (const line of lines) query.append("lines", line);
  history.replaceState(null, "", `/duet?${query}`);
}

function begin() {
  const fields = filled(ask);
  const first = fields.lines?.trim();
  duet = { ...fields, lines: [], seed: Math.floor(Math.random() * SEEDS) };
  propose(first ? [first] : []);
}

function recall() {
  const query = new URLSearchParams(location.search);
  chooseForm(find("form"), query.get("form") ?? (isChinese() ? "五絕" : "ballad"));
  for (const name of ["title", "author"]) find(name).value = query.get(name) ?? "";
  if (!query.has("seed")) return;
  const { seed, lines, ...rest } = Object.fromEntries(query);
  duet = { ...rest, seed: Number(seed), lines: query.getAll("lines") };
  propose();
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
find("own").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = find("line").value.trim();
  if (line) propose([...duet.lines, line]);
});
find("reroll").addEventListener("click", () => propose(duet.lines, (duet.seed + 1) % SEEDS));
find("undo").addEventListener("click", () => propose(duet.lines.slice(0, -1)));
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
  await listForms(find("form"));
  recall();
} catch (trouble) {
  showTrouble(ask, trouble);
}
