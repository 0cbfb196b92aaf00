// @ts-check
// Unfinished work in this browser: mask, frame and settings of each image, so that a reload loses nothing.

const DATABASE = "sdsite.editor";
const STORE = "drafts";
const MOST_DRAFTS = 30;

/** @typedef {{key: string, user: number, when: number, [more: string]: any}} Draft */

export class Drafts {
  /** @param {number} user whose drafts they are; those of others who used this browser are deleted */
  constructor(user) {
    this.user = user;
    /** @type {Promise<IDBDatabase>|null} */
    this.database = null;
    /** @type {Promise<void>|null} */
    this.saving = null;
    /** @type {Draft|null} the next to be saved, once the present one is */
    this.next = null;
  }

  /** @returns {Promise<IDBDatabase>} */
  open() {
    this.database ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return this.database;
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T>} request
   * @returns {Promise<T>}
   */
  async ask(mode, request) {
    const transaction = (await this.open()).transaction(STORE, mode);
    const asked = request(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }

  /** @param {string} reference @returns {string} */
  key(reference) {
    return `${this.user}/${reference}`;
  }

  /**
   * Return the draft of an image, and delete what is old or another user's.
   * @param {string} reference
   * @returns {Promise<Draft|null>} null: there is none, or this browser stores nothing
   */
  async read(reference) {
    try {
      const all = /** @type {Draft[]} */ (await this.ask("readonly", (store) => store.getAll()));
      const own = all.filter(({ user }) => user === this.user).sort((a, b) => b.when - a.when);
      const kept = new Set(own.slice(0, MOST_DRAFTS).map(({ key }) => key));
      for (const { key } of all) if (!kept.has(key)) await this.ask("readwrite", (store) => store.delete(key));
      return own.find(({ key }) => key === this.key(reference)) ?? null;
    } catch {
      return null;
    }
  }

  /**
   * Save a draft; of several in short time the last one counts.
   * @param {string} reference
   * @param {Record<string, any>} content
   * @returns {Promise<void>} rejects where this browser stores nothing
   */
  save(reference, content) {
    this.next = { ...content, key: this.key(reference), user: this.user, when: Date.now() };
    this.saving ??= this.saveAll().finally(() => (this.saving = null));
    return this.saving;
  }

  async saveAll() {
    while (this.next) {
      const draft = this.next;
      this.next = null;
      await this.ask("readwrite", (store) => store.put(draft));
    }
  }
}
