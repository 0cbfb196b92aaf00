// @ts-check
// Files that are dropped on an element, folders with all that is in them.

/**
 * Take what is dropped on an element; it has `data-dropping` while files are over it.
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
    mark(-depth);
    if (event.defaultPrevented) return; // something within it took them
    event.preventDefault();
    const files = await filesOf(/** @type {DataTransfer} */ (event.dataTransfer));
    if (files.length) onFiles(files);
  });
}

/** @param {DragEvent} event */
export function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** @param {DataTransfer} transfer of a drop, before the first wait @returns {Promise<File[]>} */
export async function filesOf(transfer) {
  // Entries must be taken before the first wait: the transfer is empty afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry);
  if (!entries.length) return [...transfer.files];
  const found = await Promise.all(entries.map((entry) => filesIn(/** @type {FileSystemEntry} */ (entry)).catch(() => [])));
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
