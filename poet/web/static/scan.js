// The page that scans a poem, and marks in it what the form asks for.

import { find, node } from "./dom.js";
import { clearTrouble, chooseForm, filled, listForms, sendByKey, showTrouble } from "./forms.js";
import { openPage, t, verdictOf } from "./language.js";
import { setPoem, switches } from "./poem.js";
import { post } from "./server.js";

const ask = find("ask");
let poem = null;
let faults = [];

const marks = switches("scan", ["tones", "rhyme", "stress"], draw);

function draw() {
  if (poem) setPoem(find("poem"), poem, { ...marks.setting, faults });
}

async function scan() {
  clearTrouble(ask);
  try {
    poem = await post("/api/scan", { text: "", ...filled(ask) });
  } catch (trouble) {
    showTrouble(ask, trouble);
    return;
  }
  faults = poem.faults.map((fault, number) => ({ ...fault, id: `fault-${number}` }));
  find("finished").textContent = verdictOf(poem) || t("scan.free");
  draw();
  marks.offer(poem);
  list();
}

/** All sentences about the poem; those about a place lead to it. */
function list() {
  const said = new Set(faults.map((fault) => fault.message));
  const others = poem.remarks.filter((remark) => !said.has(remark));
  find("faults").hidden = !faults.length && !others.length;
  find("fault-list").replaceChildren(
    ...faults.map(item),
    ...others.map((remark) => node("li", { lang: "en" }, remark)),
  );
}

function item(fault) {
  const line = node("li", { id: fault.id, lang: "en" });
  const mark = find("poem").querySelector(`.fault[aria-describedby~="${fault.id}"]`);
  if (!mark) line.append(fault.message);
  else {
    const go = node("button", { type: "button", className: "plain" }, fault.message);
    go.addEventListener("click", () => {
      find("poem").querySelector(`.fault[aria-describedby~="${fault.id}"]`).focus();
    });
    line.append(go);
  }
  return line;
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  scan();
});
sendByKey(ask);

await openPage();
try {
  await listForms(find("form"), { free: false });
  const query = new URLSearchParams(location.search);
  if (query.has("form")) chooseForm(find("form"), query.get("form"));
  if (query.has("text")) {
    find("text").value = query.get("text");
    scan();
  }
} catch (trouble) {
  showTrouble(ask, trouble);
}
