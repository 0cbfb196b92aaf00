// @ts-check
// Import of many image files into the library: by a drop, a paste or a file field, a few at a time.

import { errorMessage, request } from "../lib/api.js";
import { ROOT } from "../lib/root.js";

const AT_ONCE = 2; // requests; each is decoded by the site
const KINDS = ["image/png", "image/jpeg", "image/webp"];

/**
 * @typedef {object} Progress
 * @property {number} total files
 * @property {number} done files that were answered
 * @property {number} imported
 * @property {number} known files that were there already
 * @property {{name: string, message: string}[]} refused
 * @property {boolean} ended all were answered, or it was stopped
 */

/**
 * Import files; those that are there already are passed over, so that a stopped import is simply repeated.
 * @param {File[]} files
 * @param {{collection?: string, onProgress?: (progress: Progress) => void, signal?: AbortSignal}} [options]
 *   `signal` stops it after the files that are under way
 * @returns {Promise<Progress>}
 */
export async function importFiles(files, { collection = "", onProgress = () => {}, signal } = {}) {
  const waiting = files.filter((file) => KINDS.includes(file.type));
  /** @type {Progress} */
  const progress = { total: waiting.length, done: 0, imported: 0, known: 0, refused: [], ended: false };
  const worker = async () => {
    for (let file = waiting.shift(); file && !signal?.aborted; file = waiting.shift()) {
      await importOne(file, collection, progress);
      progress.done += 1;
      onProgress({ ...progress });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  progress.ended = true;
  onProgress({ ...progress });
  return progress;
}

/** @param {File} file @param {string} collection @param {Progress} progress */
async function importOne(file, collection, progress) {
  const query = new URLSearchParams({ modified: String(Math.max(0, Math.round(file.lastModified))) });
  if (collection) query.set("collection", collection);
  const form = new FormData();
  form.append("file", file, file.name);
  try {
    const answer = await request("POST", `${ROOT}/api/v1/images/import?${query}`, form);
    if (answer.imported) progress.imported += 1;
    else progress.known += 1;
  } catch (error) {
    progress.refused.push({ name: file.name, message: errorMessage(error) });
  }
}

/**
 * Import what is dropped on an element, folders with all that is in them; it has `data-dropping` while files are over it.
 * @param {HTMLElement} element
 * @param {(files: File[]) => void} onFiles
 */
export function acceptDrops(element, onFiles) {
  let depth = 0; // of elements within it that the pointer has entered
  const mark = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    element.toggleAttribute("data-dropping", depth > 0);
  };
  element.addEventListener("dragenter", (event) => hasFiles(event) && mark(1));
  element.addEventListener("dragleave", (event) => hasFiles(event) && mark(-1));
  element.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  element.addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    const files = await filesOf(/** @type {DataTransfer} */ (event.dataTransfer));
    if (files.length) onFiles(files);
  });
}

/** @param {DragEvent} event */
function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
async function filesOf(transfer) {
  // Entries must be taken before the first wait: the transfer is empty afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null);
  if (!entries.length) return [...transfer.files];
  const found = await Promise.all(entries.map((entry) => filesIn(/** @type {FileSystemEntry} */ (entry))));
  return found.flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesIn(entry) {
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry);
    return [await new Promise((resolve, reject) => one.file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found; // it answers at most a hundred at a time
    for (const inner of some) found.push(...(await filesIn(inner)));
  }
}
