// The list of forms, and what is asked of one; what a form's fields hold, and troubles beside them.

import { find, node } from "./dom.js";
import { isChinese, t } from "./language.js";
import { get } from "./server.js";

const GROUPS = ["regulated", "old", "ci", "english", "other"];
const HAN = /\p{Script=Han}/u;
let forms = [];

/** Fill the select with all forms, in groups, after what it holds already. */
export async function listForms(select, { free = true } = {}) {
  forms = (await get("/api/forms")).forms;
  if (free) select.append(node("option", { value: "free", "data-t": "form.free" }, t("form.free")));
  for (const group of GROUPS) {
    const members = forms.filter((form) => (form.group ?? "other") === group);
    if (!members.length) continue;
    const key = `group.${group}`;
    const options = members.map((form) => node("option", { value: form.name }, label(form)));
    select.append(node("optgroup", { label: t(key), "data-group": key }, ...options));
  }
  select.addEventListener("change", () => explain(select));
  document.addEventListener("spoken", () => {
    for (const group of select.querySelectorAll("optgroup")) {
      group.label = t(group.getAttribute("data-group"));
    }
    for (const option of select.querySelectorAll("optgroup option")) {
      option.textContent = label(forms.find((form) => form.name === option.value));
    }
    explain(select);
  });
  explain(select);
}

function label(form) {
  return isChinese() || !form.english ? form.name : `${form.name} · ${form.english}`;
}

/** What a form is; in Chinese the name says most of it. */
function description(form) {
  if (!isChinese() || form.language !== "zh") return form.description;
  return t("form.described", { kind: t(`group.${form.group}`), lines: form.lines });
}

/** Say below the select what the form asks for. */
export function explain(select) {
  const form = forms.find(({ name }) => name === select.value);
  find("form-note").textContent = form ? description(form) : "";
}

/** Choose a form by any of its names; one that the list lacks, such as 7x4, is added to it. */
export function chooseForm(select, name) {
  const known = forms.find((form) => form.name === name || form.aliases?.includes(name));
  const value = known?.name ?? name;
  if (![...select.options].some((option) => option.value === value)) {
    select.append(node("option", { value }, value));
  }
  select.value = value;
  explain(select);
}

/** How many lines a form has; 0 for one that the list lacks. */
export const lineCount = (name) => forms.find((form) => form.name === name)?.lines ?? 0;

/** The form that suits the words; without any, the language of the page decides. */
export function suitableForm(texts) {
  const all = texts.join("");
  const han = all.trim() ? HAN.test(all) : isChinese();
  return han ? "七絕" : "ballad";
}

/** What the fields of a form hold; those left empty are left out. */
export function filled(form) {
  const fields = {};
  for (const input of form.elements) {
    const value = input.value.trim();
    if (!input.name || !value) continue;
    fields[input.name] = input.type === "number" ? Number(value) : input.value;
  }
  return fields;
}

/** Show what went wrong beside the field that it is about, else below the form. */
export function showTrouble(form, trouble) {
  clearTrouble(form);
  const hint = trouble.hint.includes("--") ? "" : trouble.hint; // options are of the command line
  const text = [trouble.message, hint].filter(Boolean).join(": ");
  const input = trouble.field ? form.querySelector(`[name="${CSS.escape(trouble.field)}"]`) : null;
  if (!input) {
    const place = form.querySelector(".trouble") ?? find("trouble");
    place.textContent = text;
    place.hidden = false;
    return;
  }
  const id = `${input.id}-error`;
  input.closest("details")?.setAttribute("open", "");
  input.closest(".field").append(node("span", { id, className: "error", role: "alert" }, text));
  input.setAttribute("aria-invalid", "true");
  const described = input.getAttribute("aria-describedby");
  input.setAttribute("aria-describedby", [described, id].filter(Boolean).join(" "));
  input.focus();
}

export function clearTrouble(form) {
  find("trouble").hidden = true;
  for (const error of form.querySelectorAll("span.error")) {
    const input = form.querySelector("[aria-invalid][aria-describedby~='" + error.id + "']");
    const others = input.getAttribute("aria-describedby").split(" ");
    input.setAttribute("aria-describedby", others.filter((id) => id !== error.id).join(" "));
    input.removeAttribute("aria-invalid");
    error.remove();
  }
}

/** Ctrl+Enter, or Command+Enter, sends the form from any of its fields. */
export function sendByKey(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
