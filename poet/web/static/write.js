// The page that writes a poem, and shows it while it is written.

import { find, node } from "./dom.js";
import {
  chooseForm,
  clearTrouble,
  filled,
  listForms,
  sendByKey,
  showTrouble,
  suitableForm,
} from "./forms.js";
import { has, isChinese, openPage, t, tag, verdictOf } from "./language.js";
import { linesOf, setPoem, spoken, switches } from "./poem.js";
import { saves } from "./saving.js";
import { events, get, Trouble } from "./server.js";

const ask = find("ask");
const place = find("poem");
let poem = null; // the finished one
let writing = null; // what stops the one that is being written

const marks = switches("write", [], draw);

function draw() {
  if (poem) setPoem(place, poem, { ...marks.setting, signed: true });
}

/** The request as the form has it, with what the page chooses for the reader. */
function request() {
  const fields = filled(ask);
  const words = [fields.prompt, fields.title, fields.about, fields.author].filter(Boolean);
  fields.form ??= suitableForm(words);
  if (isChinese() && !fields.prompt) fields.script ??= tag() === "zh-Hans" ? "hans" : "hant";
  return fields;
}

async function write() {
  writing?.abort();
  const own = (writing = new AbortController());
  clearTrouble(ask);
  begin();
  try {
    await follow(request(), own.signal);
  } catch (trouble) {
    const stopped = trouble.name === "AbortError";
    if (own === writing) find("waiting").textContent = stopped ? t("stopped") : "";
    if (!stopped) showTrouble(ask, trouble);
  } finally {
    if (own === writing) end();
  }
}

function begin() {
  poem = null;
  for (const id of ["examples", "after", "tools"]) find(id).hidden = true;
  find("stop").hidden = false;
  find("saved").textContent = find("finished").textContent = "";
  find("waiting").textContent = t("waiting");
  place.replaceChildren();
  place.setAttribute("aria-busy", "true");
  if (matchMedia("(max-width: 52rem)").matches) find("waiting").scrollIntoView();
}

function end() {
  writing = null;
  find("stop").hidden = true;
  place.removeAttribute("aria-busy");
}

/** Show what comes: first drafts, of which the best is chosen, then the poem. */
async function follow(asked, signal) {
  let text = "";
  let started = {};
  const show = (verse, kind) => {
    find("waiting").textContent = kind === "draft" ? t("draft") : "";
    const language = /\p{Script=Han}/u.test(verse) ? "zh-Hant" : "en";
    const layers = linesOf(verse, started.indents);
    const growing = { title: asked.title ?? "", author: "", language: started.language ?? language, layers };
    setPoem(place, growing, { ...marks.setting, shown: new Set() }).classList.add("growing", kind);
  };
  for await (const [name, data] of events("/api/write", asked, signal)) {
    if (name === "queued") {
      find("waiting").textContent = data.ahead ? t("queued", data) : t("waiting");
    } else if (name === "started") {
      started = { language: data.language, indents: data.indents };
      remember({ ...asked, model: data.model, seed: data.seed });
    } else if (name === "draft") {
      if (data.text) show(data.text, "draft");
    } else if (name === "text") {
      text += data.text;
      show(text, "written");
    } else if (name === "poem") {
      finish(data);
    } else if (name === "error") {
      throw new Trouble(data.error);
    }
  }
  if (!poem) throw new Trouble({ message: t("trouble.cut"), hint: t("trouble.silent.hint") });
}

/** Put the whole request into the address, so that it writes the same poem again. */
function remember(asked) {
  const query = new URLSearchParams(Object.entries(asked).map(([k, v]) => [k, String(v)]));
  history.replaceState(null, "", `/?${query}`);
  find("again").href = `/?${query}`;
}

function finish(record) {
  poem = record;
  find("waiting").textContent = "";
  draw();
  marks.offer(poem);
  find("after").hidden = false;
  find("finished").lang = poem.language;
  find("finished").textContent = spoken(poem);
  judge();
}

/** The verdict, and what the poem was chosen by. */
function judge() {
  if (!poem) return;
  find("verdict").textContent = verdictOf(poem);
  const made = t("made", poem);
  const copied = poem.lines_in_training_text;
  const novel = copied === undefined ? "" : t("novelty", { ...poem, lines: poem.lines.length });
  const parts = Object.entries(poem.ranking ?? {}).map(([name, value]) =>
    node(
      "tr",
      {},
      node("th", { scope: "row" }, has(`reason.${name}`) ? t(`reason.${name}`) : name),
      node("td", {}, value.toFixed(2).replace("-", "−")),
    ),
  );
  const table = node("table", {}, node("caption", {}, t("reasons")), node("tbody", {}, ...parts));
  const sentences = [novel, made].filter(Boolean).map((text) => node("p", {}, text));
  find("reasons").replaceChildren(...(parts.length ? [table] : []), ...sentences);
  find("why").hidden = false;
}

async function listModels() {
  const { models } = await get("/api/models");
  find("model").append(...models.map(({ name }) => node("option", { value: name }, name)));
}

/** Fill in the form from the address; one with a seed is a poem to be written again. */
function recall() {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of query) {
    const input = ask.elements[name];
    if (!input) continue;
    if (name === "form") chooseForm(input, value);
    else input.value = value;
    if (find("more").contains(input) && name !== "model" && name !== "seed") find("more").open = true;
  }
  if (query.has("seed")) write();
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
find("stop").addEventListener("click", () => writing?.abort());
find("another").addEventListener("click", () => {
  find("seed").value = "";
  write();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") writing?.abort();
});
document.addEventListener("spoken", judge);
sendByKey(ask);
saves(
  () => poem,
  () => marks.setting.layout,
);

await openPage();
try {
  await Promise.all([listForms(find("form")), listModels()]);
  recall();
} catch (trouble) {
  showTrouble(ask, trouble);
}
