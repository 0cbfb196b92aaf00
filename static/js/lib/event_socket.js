// @ts-check
// The browser's end of /ws/events/: text frames are JSON, binary frames are previews.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
const UNAUTHORIZED = 4401;

/**
 * @typedef {{event: string, job: string|null, sequence: number, data: any}} Message
 * @typedef {"connecting"|"open"|"reconnecting"|"signed-out"} State
 */

/**
 * Take a binary frame apart: 4-byte big-endian header length, UTF-8 JSON header, JPEG.
 * @param {ArrayBuffer} frame
 * @returns {{message: Message, body: Blob}|null} null for a frame that is not whole
 */
export function readFrame(frame) {
  if (frame.byteLength < 4) return null;
  const length = new DataView(frame).getUint32(0);
  if (frame.byteLength < 4 + length) return null;
  const header = new TextDecoder().decode(new Uint8Array(frame, 4, length));
  return { message: JSON.parse(header), body: new Blob([new Uint8Array(frame, 4 + length)], { type: "image/jpeg" }) };
}

/** A connection that mends itself: it waits a little longer after each failure, and never in step with others. */
export class Events {
  /**
   * @param {{onMessage: (message: Message) => void, onPreview: (message: Message, jpeg: Blob) => void,
   *          onState: (state: State) => void}} listeners
   */
  constructor(listeners) {
    this.listeners = listeners;
    this.failures = 0;
    /** @type {WebSocket|null} */
    this.socket = null;
    /** @type {number|undefined} */
    this.timer = undefined;
    /** When something was heard last, performance.now(); 0 before the first time. */
    this.heardAt = 0;
    const soon = () => this.connectSoon();
    window.addEventListener("online", soon);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    // What ended while nobody listened comes with the snapshot.
    const away = this.heardAt ? `?away=${Math.ceil((performance.now() - this.heardAt) / 1000)}` : "";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/events/${away}`);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.receive(data));
    socket.addEventListener("close", ({ code }) => this.closed(code));
    this.socket = socket;
    this.listeners.onState(this.failures ? "reconnecting" : "connecting");
  }

  /** Do not sit out the wait when the network or the person comes back, perhaps from signing in elsewhere. */
  connectSoon() {
    if (!this.socket) this.connectNow();
  }

  /** @param {string|ArrayBuffer} data */
  receive(data) {
    this.heardAt = performance.now();
    if (typeof data === "string") {
      const message = JSON.parse(data);
      // Only the snapshot proves that somebody listens at the other end: an open socket may still be refused.
      if (message.event === "snapshot") {
        this.failures = 0;
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
   * Say how many previews arrived, so that a slow line gets the newest ones instead of a backlog.
   * @param {number} arrived
   */
  acknowledge(arrived) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ ack: arrived }));
  }

  /** @param {number} code */
  closed(code) {
    this.socket = null;
    if (code === UNAUTHORIZED) {
      this.timer = undefined;
      this.listeners.onState("signed-out");
      return;
    }
    this.failures += 1;
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    this.timer = window.setTimeout(() => this.connectNow(), longest * (0.5 + Math.random() / 2));
    this.listeners.onState("reconnecting");
  }

  connectNow() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.connect();
  }
}
