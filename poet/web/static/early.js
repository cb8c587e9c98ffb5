// Runs before the page is drawn, so that it does not flash in the wrong colours.
"use strict";
(() => {
  try {
    const theme = JSON.parse(localStorage.getItem("theme"));
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {
    // storage is switched off: the colours are the system's
  }
})();
