// @ts-check
// State of the user's jobs: snapshots and rows are authoritative, events update them, stale sequence numbers are dropped.

import { ApiError, jobsApi } from "../../lib/api.js";

const SILENCE = 10_000;
const UNFINISHED = ["queued", "running"];

/**
 * @typedef {Record<string, any>} Job as the API shows it
 * @typedef {{job: Job, sequence: number, previews: Map<number, number>, frames: Map<number, Blob>, receivedAt: number,
 *            since: number|null, forecastAt: number}} Entry
 *   `previews`: sequence numbers of the last previews, `frames`: those themselves while it runs, both by image
 *   `since`: performance.now() of the start; null while it is queued
 *   `forecastAt`: performance.now() when its forecast came
 */

/** @param {Job} job */
export const isFinished = (job) => !UNFINISHED.includes(job.status);

export class JobStore {
  /**
   * @param {{onJob: (entry: Entry, isNew: boolean) => void, onPreview: (id: string, index: number, jpeg: Blob) => void,
   *          onGone: (id: string) => void, onQueue: () => void}} listeners
   * @param {{rereads?: boolean}} [options] `rereads`: read the row of a job of which nothing was heard for SILENCE
   */
  constructor(listeners, { rereads = true } = {}) {
    this.listeners = listeners;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    /** Previews that arrived before their job: a snapshot's frames, or a submit whose answer is on its way. */
    this.early = new Map();
    /** @type {Set<string>} rows that are being read */
    this.reading = new Set();
    if (rereads) window.setInterval(() => this.rereadSilent(), 1000);
  }

  /**
   * Store a whole job, unless the stored one is newer.
   * @param {Job} job
   * @param {{trusted?: boolean}} [options] trusted: from a snapshot, which replaces what is stored
   */
  take(job, { trusted = false } = {}) {
    const known = this.entries.get(job.id);
    if (known) {
      if (isFinished(known.job)) return;
      if (!trusted && !isFinished(job) && job.sequence < known.sequence) return;
      keepFurtherProgress(known.job, job);
    }
    const entry = known ?? { job, sequence: 0, previews: new Map(), frames: new Map(), receivedAt: 0, since: null, forecastAt: 0 };
    entry.job = job;
    entry.sequence = trusted ? job.sequence : Math.max(job.sequence, entry.sequence);
    entry.receivedAt = entry.forecastAt = performance.now();
    if (job.status === "queued") entry.since = null;
    else if (entry.since === null) entry.since = startedAt(job);
    if (isFinished(job)) entry.frames.clear();
    this.entries.set(job.id, entry);
    this.listeners.onJob(entry, !known);
    this.showEarly(job.id);
  }

  /** @param {{event: string, job: string|null, sequence: number, data: any}} message */
  receive(message) {
    if (message.event === "snapshot") return this.takeSnapshot(message.data.jobs);
    if (message.event === "queue.changed") return this.listeners.onQueue();
    const entry = message.job ? this.entries.get(message.job) : undefined;
    if (message.data?.status && message.data?.id) return this.take({ ...message.data, sequence: message.sequence });
    if (!entry) return message.job ? void this.read(message.job) : undefined;
    if (message.sequence < entry.sequence || isFinished(entry.job)) return undefined;
    entry.sequence = message.sequence;
    entry.receivedAt = performance.now();
    if (message.data?.eta_seconds !== undefined) entry.forecastAt = entry.receivedAt;
    entry.job = withMessage(entry.job, message);
    return this.listeners.onJob(entry, false);
  }

  /**
   * @param {{job: string|null, sequence: number, data: {index: number, step: number}}} message
   * @param {Blob} jpeg
   */
  receivePreview(message, jpeg) {
    const id = String(message.job);
    const { index } = message.data;
    const entry = this.entries.get(id);
    if (!entry) {
      this.early.set(`${id}/${index}`, { message, jpeg });
      return;
    }
    if (isFinished(entry.job) || message.sequence < (entry.previews.get(index) ?? 0)) return;
    entry.previews.set(index, message.sequence);
    entry.frames.set(index, jpeg);
    entry.receivedAt = performance.now();
    this.listeners.onPreview(id, index, jpeg);
  }

  /** @param {string} id */
  showEarly(id) {
    for (const [key, { message, jpeg }] of this.early) {
      if (!key.startsWith(`${id}/`)) continue;
      this.early.delete(key);
      this.receivePreview(message, jpeg);
    }
  }

  /** @param {Job[]} jobs every unfinished job there is */
  takeSnapshot(jobs) {
    const present = new Set(jobs.map((job) => job.id));
    for (const job of jobs) this.take(job, { trusted: true });
    for (const [id, { job }] of this.entries) if (!isFinished(job) && !present.has(id)) void this.read(id);
  }

  /**
   * Read the row again.
   * @param {string} id
   */
  async read(id) {
    if (this.reading.has(id)) return;
    this.reading.add(id);
    try {
      this.take(await jobsApi.read(id));
    } catch (error) {
      // After any other failure rereadSilent() tries again.
      if (error instanceof ApiError && error.status === 404) this.forget(id);
    } finally {
      this.reading.delete(id);
    }
  }

  /** Leave out images that were moved to the trash. @param {string} id of the job @param {any[]} gone */
  forgetImages(id, gone) {
    const entry = this.entries.get(id);
    if (entry) entry.job.images = entry.job.images.filter((/** @type {any} */ image) => !gone.includes(image));
  }

  /** @param {string} id of the job @param {any[]} back images that were restored */
  restoreImages(id, back) {
    const entry = this.entries.get(id);
    if (entry) entry.job.images = [...entry.job.images, ...back].sort((a, b) => a.index - b.index);
  }

  /** @param {string} id */
  forget(id) {
    this.entries.delete(id);
    this.listeners.onGone(id);
  }

  rereadSilent() {
    const now = performance.now();
    for (const [id, entry] of this.entries) {
      if (isFinished(entry.job) || now - entry.receivedAt < SILENCE) continue;
      entry.receivedAt = now;
      void this.read(id);
    }
  }

  /**
   * Store the queue's positions of the user's waiting jobs.
   * @param {{jobs: Array<{id: string, position: number|null, eta_seconds: number|null}>}} queue
   */
  takePositions({ jobs }) {
    for (const { id, position, eta_seconds } of jobs) {
      const entry = this.entries.get(id);
      if (!entry || entry.job.status !== "queued") continue;
      entry.job = { ...entry.job, position, eta_seconds };
      entry.forecastAt = performance.now();
      this.listeners.onJob(entry, false);
    }
  }

  unfinished() {
    return [...this.entries.values()].filter(({ job }) => !isFinished(job));
  }
}

/**
 * Keep the progress shown where it is further: rows are written less often than events are sent.
 * @param {Job} shown
 * @param {Job} job changed in place
 */
function keepFurtherProgress(shown, job) {
  if (job.status !== "running" || shown.status !== "running" || job.attempt !== shown.attempt) return;
  if (shown.progress.step > job.progress.step) job.progress = shown.progress;
}

/**
 * @param {Job} job
 * @param {{event: string, data: any}} message
 */
function withMessage(job, { event, data }) {
  if (event === "job.progress") {
    const fraction = data.total ? Math.min(1, data.step / data.total) : 0;
    return { ...job, progress: { step: data.step, total: data.total, fraction }, eta_seconds: data.eta_seconds ?? null };
  }
  if (event === "queue.moved") return { ...job, position: data.position, eta_seconds: data.eta_seconds ?? null };
  if (event === "job.image") {
    const others = job.images.filter((/** @type {any} */ image) => image.index !== data.index);
    return { ...job, images: [...others, data.image].sort((a, b) => a.index - b.index) };
  }
  return job;
}

/**
 * Return the start on this browser's clock, never in the future: the server's clock may differ.
 * @param {Job} job
 */
function startedAt(job) {
  const past = job.started_at ? Date.now() - new Date(job.started_at).getTime() : 0;
  return performance.now() - Math.max(0, past);
}
