// @ts-check
// Sending of many image files, to the library or to the uploads, a few at a time.

import { API, ApiError, errorMessage, request } from "../../lib/api.js";
import { gettext as _, interpolate, language } from "../../lib/i18n.js";

const AT_ONCE = 2; // requests; each is decoded by the site
/** Wait between two tries while the site takes no more requests of this person. */
const PAUSE_MS = 3000;
const MOST_PAUSES = 100;
/** Codes after which no further file would be taken either. */
const ENDING = new Set(["unreachable", "unauthorized", "disk_full", "uploads_full"]);
/** An upload that was used again this long after it was made is an earlier one. */
const SAME_MS = 1000;

/**
 * @typedef {{name: string, message: string}} Remark about one file
 * @typedef {object} Progress
 * @property {number} total files
 * @property {number} done files that were answered or refused here
 * @property {number} stored
 * @property {Remark[]} known files that were there already
 * @property {Remark[]} refused
 * @property {boolean} ended all were answered, or it was stopped
 */

/** @typedef {{kinds: RegExp, kindSentence: string, send: (file: File) => Promise<boolean>}} Target where files go; `send` tells whether it is new */

/** @param {(id: string) => unknown} [onImage] gets the image of each file, new or not @returns {Target} */
export const toLibrary = (onImage) => ({
  kinds: /^image\/(png|jpeg|webp)$/,
  kindSentence: _("This is no PNG, JPEG or WebP image."),
  send: async (file) => {
    const modified = Math.max(0, Math.round(file.lastModified));
    const { imported, image } = await request("POST", `${API}/images/import?modified=${modified}`, formOf(file));
    onImage?.(image.id);
    return imported;
  },
});

/** @returns {Target} */
export const toUploads = () => {
  /** @type {Set<string>} */
  const seen = new Set();
  return {
    kinds: /^image\//,
    kindSentence: _("This is no image."),
    send: async (file) => {
      const upload = await request("POST", `${API}/uploads`, formOf(file));
      const isUsedAgain = new Date(upload.last_used_at).getTime() - new Date(upload.created_at).getTime() > SAME_MS;
      const isNew = !isUsedAgain && !seen.has(upload.id);
      seen.add(upload.id);
      return isNew;
    },
  };
};

/** @param {File} file */
function formOf(file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return form;
}

/** @param {number} bytes */
const megabytes = (bytes) => Math.ceil(bytes / 1e6).toLocaleString(language);

/** Files that are sent; more may be added while it runs. A stopped one is simply repeated: known files are passed over. */
export class Sending {
  /** @param {Target} target @param {{mostBytes: number, onProgress: (progress: Progress) => void}} options */
  constructor(target, { mostBytes, onProgress }) {
    this.target = target;
    this.mostBytes = mostBytes;
    this.onProgress = onProgress;
    /** @type {File[]} */
    this.waiting = [];
    this.isStopped = false;
    /** @type {Progress} */
    this.progress = { total: 0, done: 0, stored: 0, known: [], refused: [], ended: false };
    this.running = 0;
  }

  /** @param {File[]} files */
  add(files) {
    this.progress.total += files.length;
    for (const file of files) {
      const problem = this.problemOf(file);
      if (problem) this.refuse(file, problem);
      else this.waiting.push(file);
    }
    this.onProgress(this.progress);
    if (!this.running && !this.waiting.length) this.end();
    for (let free = Math.min(AT_ONCE - this.running, this.waiting.length); free > 0; free -= 1) void this.work();
  }

  /** @param {File} file @returns {string} why it need not be sent; "": it may */
  problemOf(file) {
    if (!this.target.kinds.test(file.type)) return this.target.kindSentence;
    if (file.size <= this.mostBytes) return "";
    return interpolate(_("It has %(size)s MB; an image may have %(most)s MB."), { size: megabytes(file.size), most: megabytes(this.mostBytes) });
  }

  /** @param {File} file @param {string} message */
  refuse(file, message) {
    this.progress.refused.push({ name: file.name, message });
    this.progress.done += 1;
  }

  /** End after the files that are under way. */
  stop() {
    this.isStopped = true;
    this.progress.total -= this.waiting.length;
    this.waiting = [];
  }

  async work() {
    this.running += 1;
    for (let file = this.waiting.shift(); file; file = this.waiting.shift()) {
      await this.sendOne(file);
      this.onProgress(this.progress);
    }
    this.running -= 1;
    if (!this.running) this.end();
  }

  end() {
    this.progress.ended = true;
    this.onProgress(this.progress);
  }

  /** @param {File} file */
  async sendOne(file) {
    for (let pause = 0; ; pause += 1) {
      try {
        if (await this.target.send(file)) this.progress.stored += 1;
        else this.progress.known.push({ name: file.name, message: _("It was there already.") });
        this.progress.done += 1;
        return;
      } catch (error) {
        const isBusy = error instanceof ApiError && error.status === 429;
        if (isBusy && pause < MOST_PAUSES && !this.isStopped) {
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
          continue;
        }
        this.refuse(file, errorMessage(error));
        if (error instanceof ApiError && ENDING.has(error.code)) this.stop();
        return;
      }
    }
  }
}
