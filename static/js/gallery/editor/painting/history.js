// @ts-check
// Undo and redo within a bound of memory: parts of the mask that changed, and changes of image, mask and frame as a whole.

const MOST_BYTES = 96 * 1024 * 1024;
const MOST_CHANGES = 400;

/**
 * @typedef {{kind: string, [more: string]: any}} Change
 * @param {Change} change
 * @returns {number} bytes that it keeps
 */
export function weightOf(change) {
  const packed = [change.before, change.after, change.before?.mask, change.after?.mask];
  return packed.reduce((sum, part) => sum + (part?.bytes?.length ?? 0), 256);
}

export class History {
  /**
   * @param {{apply: (change: Change, side: "before"|"after") => void, changed: () => void}} listeners
   * @param {number} [most] bytes
   */
  constructor(listeners, most = MOST_BYTES) {
    this.listeners = listeners;
    this.most = most;
    /** @type {Change[]} */
    this.past = [];
    /** @type {Change[]} */
    this.future = [];
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  /** Note a change that was made; null is none. @param {Change|null} change */
  add(change) {
    if (!change) return;
    this.future = [];
    this.past.push(change);
    let bytes = this.past.reduce((sum, one) => sum + weightOf(one), 0);
    // The newest change stays, whatever it weighs: what was done last can always be undone.
    while (this.past.length > 1 && (bytes > this.most || this.past.length > MOST_CHANGES)) {
      bytes -= weightOf(/** @type {Change} */ (this.past.shift()));
    }
    this.listeners.changed();
  }

  undo() {
    this.move(this.past, this.future, "before");
  }

  redo() {
    this.move(this.future, this.past, "after");
  }

  /** @param {Change[]} from @param {Change[]} to @param {"before"|"after"} side */
  move(from, to, side) {
    const change = from.pop();
    if (!change) return;
    to.push(change);
    this.listeners.apply(change, side);
    this.listeners.changed();
  }
}
