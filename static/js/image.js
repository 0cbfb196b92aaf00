// @ts-check
// The image page: the picture's own shape, arrow keys to its neighbours, a dialog before deleting.

import { askBeforeDeleting } from "./confirm.js";
import { one } from "./dom.js";
import { localTimes } from "./times.js";

const ENLARGED_AT_MOST = 4;

const stage = one("[data-stage]");
const width = Number(stage.dataset.width);
stage.style.setProperty("--ratio", String(width / Number(stage.dataset.height)));
stage.style.setProperty("--most-width", `${width * ENLARGED_AT_MOST}px`);
localTimes();
askBeforeDeleting();

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const selector = { ArrowLeft: "[data-previous]", ArrowRight: "[data-next]" }[event.key];
  const link = selector && document.querySelector(selector);
  if (link instanceof HTMLAnchorElement) location.replace(link.href);
});
