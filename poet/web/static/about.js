import { find } from "./dom.js";
import { openPage } from "./language.js";
import { setPoem } from "./poem.js";

// character, pinyin, tone, meaning of the word that begins there, length of that word
const LINE = [
  ["涼", "liáng", "平", "cool"],
  ["夜", "yè", "仄", "night"],
  ["淒", "qī", "平", "chill and dreary", 2],
  ["淒", "qī", "平"],
  ["雨", "yǔ", "仄", "rain"],
  ["滿", "mǎn", "仄", "fills"],
  ["庭", "tíng", "平", "courtyard"],
];

await openPage();
const units = LINE.map(([text, pinyin, tone, gloss, span]) => ({ text, pinyin, tone, gloss, span }));
const layers = [{ text: LINE.map(([text]) => text).join(""), units }];
const shown = new Set(["pinyin", "tones", "gloss"]);
setPoem(find("line"), { language: "zh-Hant", layers }, { layout: "lines", shown });
