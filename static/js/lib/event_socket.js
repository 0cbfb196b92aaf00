// @ts-check
// Client of the websocket /ws/events/: text frames are JSON, binary frames are previews.

import { gettext as _ } from "./i18n.js";
import { ROOT } from "./root.js";
import { showToast } from "./toast.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
const ME = "/api/v1/me";

/**
 * @typedef {{event: string, job: string|null, sequence: number, data: any}} Message
 * @typedef {"connecting"|"open"|"reconnecting"|"signed-out"|"step-due"} State
 * @typedef {{onMessage: (message: Message) => void, onPreview?: (message: Message, jpeg: Blob) => void,
 *            onState?: (state: State) => void}} Listener
 */

/**
 * Take a binary frame apart: 4-byte big-endian header length, UTF-8 JSON header, JPEG.
 * @param {ArrayBuffer} frame
 * @returns {{message: Message, body: Blob}|null} null for a truncated frame
 */
export function readFrame(frame) {
  if (frame.byteLength < 4) return null;
  const length = new DataView(frame).getUint32(0);
  if (frame.byteLength < 4 + length) return null;
  const header = new TextDecoder().decode(new Uint8Array(frame, 4, length));
  return { message: JSON.parse(header), body: new Blob([new Uint8Array(frame, 4 + length)], { type: "image/jpeg" }) };
}

/** @returns {Promise<boolean>} whether the session has ended; false while the site does not answer */
async function isSignedOut() {
  try {
    return (await fetch(ME, { headers: { Accept: "application/json" } })).status === 401;
  } catch {
    return false;
  }
}

/** What a person has to do before the site goes on, by the code that the API answers with. @returns {Record<string, string>} */
const steps = () => ({
  second_factor_required: _("Your role asks for a second factor. Reload the page to set one up."),
  terms_not_accepted: _("The terms of use have changed. Reload the page to read and accept them."),
});

/** Say which step is due. @returns {Promise<() => void>} removes what was said */
async function sayStep() {
  const answer = await fetch(ME, { headers: { Accept: "application/json" } }).then((response) => response.json(), () => null);
  const sentence = steps()[answer?.error?.code];
  return sentence ? showToast(sentence, { seconds: 0, action: _("Reload"), onAction: () => location.reload() }) : () => {};
}

/** A websocket that reconnects by itself, with exponential backoff and jitter. */
class Events {
  /**
   * @param {Required<Listener>} listeners
   * @param {() => boolean} wantsPreviews asked at each connection
   */
  constructor(listeners, wantsPreviews) {
    this.listeners = listeners;
    this.wantsPreviews = wantsPreviews;
    this.failures = 0;
    /** Whether anything was received on the present connection. */
    this.hasBegun = false;
    /** @type {WebSocket|null} */
    this.socket = null;
    /** @type {number|undefined} */
    this.timer = undefined;
    /** performance.now() of the last message; 0 before the first. */
    this.receivedAt = 0;
    this.unsay = () => {};
    const soon = () => this.connectSoon();
    window.addEventListener("online", soon);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    // The snapshot then includes jobs that ended while this page was disconnected.
    const asked = new URLSearchParams(this.wantsPreviews() ? {} : { previews: "0" });
    if (this.receivedAt) asked.set("away", String(Math.ceil((performance.now() - this.receivedAt) / 1000)));
    const socket = new WebSocket(`${scheme}://${location.host}${ROOT}/ws/events/?${asked}`);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => socket === this.socket && this.receive(data));
    socket.addEventListener("close", ({ code }) => socket === this.socket && this.closed(code));
    this.socket = socket;
    this.hasBegun = false;
    this.listeners.onState(this.failures ? "reconnecting" : "connecting");
  }

  /** Reconnect at once when the network is back or the tab is shown again, perhaps after signing in elsewhere. */
  connectSoon() {
    if (!this.socket) this.connectNow();
  }

  /** @param {string|ArrayBuffer} data */
  receive(data) {
    this.receivedAt = performance.now();
    this.hasBegun = true;
    if (typeof data === "string") {
      const message = JSON.parse(data);
      // Only the snapshot proves that the connection was accepted: an open socket may still be refused.
      if (message.event === "snapshot") {
        this.failures = 0;
        this.unsay();
        this.listeners.onState("open");
        this.acknowledge(0);
      }
      this.listeners.onMessage(message);
      return;
    }
    const frame = readFrame(data);
    if (frame) this.listeners.onPreview(frame.message, frame.body);
    this.acknowledge(1);
  }

  /**
   * Acknowledge previews, so that a slow connection gets the newest ones instead of a backlog.
   * @param {number} arrived
   */
  acknowledge(arrived) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ ack: arrived }));
  }

  /**
   * A refused handshake has no close code that a page may read, so a connection that never began asks who it is.
   * @param {number} code
   */
  async closed(code) {
    const socket = this.socket;
    if (code === UNAUTHORIZED || (!this.hasBegun && (await isSignedOut()))) {
      if (this.socket !== socket) return;
      this.socket = null;
      this.timer = undefined;
      this.listeners.onState("signed-out");
      return;
    }
    if (this.socket !== socket) return;
    this.socket = null;
    if (code === FORBIDDEN) {
      this.timer = undefined;
      this.listeners.onState("step-due");
      this.unsay();
      this.unsay = await sayStep();
      return;
    }
    this.failures += 1;
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.timer = window.setTimeout(() => this.connectNow(), longest * (0.5 + Math.random() / 2));
    this.listeners.onState("reconnecting");
  }

  /** Connect anew, for another snapshot. */
  restart() {
    const former = this.socket;
    this.socket = null;
    former?.close();
    this.connectNow();
  }

  connectNow() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.connect();
  }
}

/** @type {Listener[]} */
const listeners = [];
/** @type {Events|null} */
let shared = null;

/**
 * Hear the events of the page's one connection, which other parts of the page open; it is not opened anew for this one.
 * @param {Listener} listener one that needs no snapshot
 */
export function overhear(listener) {
  listeners.push(listener);
}

/**
 * Hear the events of the page's one connection. It begins when the page is parsed, so that every part gets the snapshot.
 * @param {Listener} listener one without `onPreview` takes no previews
 */
export function listen(listener) {
  // The site refuses the connection while a step is due, and this page, which is of that step, has nothing to say about it.
  if ("stepDue" in document.body.dataset) return;
  listeners.push(listener);
  if (shared) {
    // A newcomer needs a snapshot, and perhaps previews.
    if (shared.socket) shared.restart();
    return;
  }
  shared = new Events(
    {
      onMessage: (message) => listeners.forEach(({ onMessage }) => onMessage(message)),
      onPreview: (message, jpeg) => listeners.forEach(({ onPreview }) => onPreview?.(message, jpeg)),
      onState: (state) => listeners.forEach(({ onState }) => onState?.(state)),
    },
    () => listeners.some(({ onPreview }) => onPreview),
  );
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const begin = () => shared?.connectSoon();
  if (navigation?.domContentLoadedEventStart) begin();
  else document.addEventListener("DOMContentLoaded", begin, { once: true });
}
