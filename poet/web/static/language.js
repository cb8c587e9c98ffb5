// The language of the page: one table of words each, in languages/.

import { keep, kept } from "./dom.js";

const TAGS = ["en", "zh-Hant", "zh-Hans"];
let words = {};

/** The words under a key, with {names} filled in. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether the words under a key exist. */
export const has = (key) => key in words;

export const tag = () => document.documentElement.lang;
export const isChinese = () => tag().startsWith("zh");

/** What is said about a poem; in English too, below it, for those who read the page in English. */
export const verdictOf = ({ verdict = "", verdict_english: english }) =>
  english && !isChinese() ? `${verdict}\n${english}` : verdict;

function preferred() {
  const own = kept("language", "");
  if (TAGS.includes(own)) return own;
  const first = (navigator.language || "en").toLowerCase();
  if (!first.startsWith("zh")) return "en";
  return /hant|tw|hk|mo/.test(first) ? "zh-Hant" : "zh-Hans";
}

/** Put the whole page into a language, and tell those who wrote parts of it themselves. */
async function speak(language) {
  const answer = await fetch(`/static/languages/${language}.json`);
  words = await answer.json();
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
  document.dispatchEvent(new Event("spoken"));
}

/** Set up both switches at the head of the page; done when its words are there. */
export async function openPage() {
  const language = document.getElementById("language");
  const theme = document.getElementById("theme");
  language.value = preferred();
  language.addEventListener("change", () => {
    keep("language", language.value);
    speak(language.value);
  });
  theme.value = kept("theme", "");
  theme.addEventListener("change", () => {
    keep("theme", theme.value);
    document.documentElement.dataset.theme = theme.value;
  });
  await speak(language.value);
}
