// What poet serves: requests, events as they come, and troubles in one sentence.

import { t } from "./language.js";

/** What went wrong, in one sentence; `field` is the name of the input that it is about. */
export class Trouble extends Error {
  constructor({ message, hint = "", field = "" }) {
    super(message);
    this.hint = hint;
    this.field = field;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Trouble({ message: t("trouble.silent"), hint: t("trouble.silent.hint") });
  }
  if (answer.ok) return answer;
  const found = await answer.json().catch(() => ({}));
  throw new Trouble(found.error ?? { message: t("trouble.status", { status: answer.status }) });
}

function posted(body, accept, signal) {
  const headers = { "Content-Type": "application/json", Accept: accept };
  return { method: "POST", headers, body: JSON.stringify(body), signal };
}

export const get = async (path) => (await ask(path)).json();

export const post = async (path, body, signal) =>
  (await ask(path, posted(body, "application/json", signal))).json();

export const postForFile = async (path, body) => (await ask(path, posted(body, "*/*"))).blob();

/** The server-sent events of an answer, as they come: [name, data]. */
export async function* events(path, body, signal) {
  const answer = await ask(path, posted(body, "text/event-stream", signal));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    waiting += value;
    const blocks = waiting.split(/\r?\n\r?\n/);
    waiting = blocks.pop();
    for (const block of blocks) {
      const event = parsed(block);
      if (event) yield event;
    }
  }
}

function parsed(block) {
  let name = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).trim());
  }
  return data.length ? [name, JSON.parse(data.join("\n"))] : null;
}
