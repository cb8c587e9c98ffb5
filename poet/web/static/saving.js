// Copy a poem, or save it as a picture, Markdown or JSON.

import { find } from "./dom.js";
import { isHan } from "./poem.js";
import { t } from "./language.js";
import { postForFile } from "./server.js";

/** Make the buttons work; `current` gives the poem, and `layout` how it is set. */
export function saves(current, layout) {
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => save(button.dataset.save, current(), layout()));
  }
}

async function save(format, poem, layout) {
  const said = find("saved");
  try {
    if (format === "copy") {
      await navigator.clipboard.writeText(asText(poem));
      said.textContent = t("copied");
      return;
    }
    const { layers, ...record } = poem;
    const body = { poem: record, format };
    const picture = format === "svg" || format === "png";
    if (picture) body.layout = isHan(poem) ? layout : "auto";
    const blob = await postForFile(picture ? "/api/card" : "/api/export", body);
    const name = `${(poem.title || "poem").replace(/[\\/:*?"<>|\s]+/g, "-")}.${format}`;
    hand(blob, name);
    said.textContent = t("saved", { name });
  } catch (trouble) {
    said.textContent = [trouble.message, trouble.hint].filter(Boolean).join(": ");
  }
}

function asText(poem) {
  const verse = poem.layers.map((line) => " ".repeat(line.indent ?? 0) + line.text);
  return [...[poem.title, poem.author].filter(Boolean), "", ...verse].join("\n").trim() + "\n";
}

function hand(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
