// @ts-check
// Requests to the site's own API, with the session's cookie.

import { labelFields } from "./format.js";
import { ROOT } from "./root.js";

/** A request that was refused or never arrived; `message` is a sentence that says what to do. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status; 0: the site could not be reached
   * @param {string} code
   * @param {string} message
   * @param {Record<string, string>} [fields] sentences by parameter name
   */
  constructor(status, code, message, fields = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }

  get signedOut() {
    return this.status === 401;
  }
}

/**
 * @param {unknown} error
 * @returns {string} the text to show: of an API error a sentence for each field, with the fields' labels
 */
export function errorMessage(error) {
  const messages = error instanceof ApiError ? Object.values(error.fields) : [];
  if (messages.length) return messages.map((message) => labelFields(message).replace(/\.?$/, ".")).join(" ");
  return error instanceof Error ? labelFields(error.message) : String(error);
}

const SENTENCES = {
  0: "The site cannot be reached. Check the connection and try again; nothing you typed is lost.",
  401: "Your session has ended. Sign in again, then repeat what you did; nothing you typed is lost.",
  403: "You don't have access to this. Reload the page and try again.",
  404: "This does not exist: it was deleted, or you don't have access to it.",
  429: "Too many requests in a short time. Wait a moment and try again.",
};

function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  if (cookie) return decodeURIComponent(cookie.slice("csrftoken=".length));
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}

/** @param {Response} response */
async function toError(response) {
  let error = /** @type {any} */ ({});
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // Not JSON: a proxy's page, or an error page.
  }
  const known = /** @type {Record<number, string>} */ (SENTENCES)[response.status];
  const fallback = known ?? `The site answered with an error (${response.status}). Try again in a moment.`;
  const message = response.status === 401 ? SENTENCES[401] : (error.message ?? fallback);
  return new ApiError(response.status, error.code ?? `http_${response.status}`, message, error.fields ?? {});
}

/**
 * Send a request and return the answer's JSON (null for none).
 * @param {string} method
 * @param {string} url
 * @param {any} [body] sent as JSON; a FormData as the form that it is
 * @param {{keepalive?: boolean}} [options] `keepalive`: the request outlives the page; its body is at most 64 kB
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export async function request(method, url, body, { keepalive = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      keepalive,
      body: body === undefined || isForm ? body : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "unreachable", SENTENCES[0]);
  }
  // A redirect means that a page asks to sign in: the API itself answers 401.
  if (response.redirected && response.url.includes("/accounts/login")) {
    throw new ApiError(401, "unauthorized", SENTENCES[401]);
  }
  if (!response.ok) throw await toError(response);
  if (response.status === 204) return null;
  return response.json().catch(() => null);
}

export const API = `${ROOT}/api/v1`;
const JOBS = `${API}/jobs`;
const QUEUE = `${API}/queue`;

export const jobsApi = {
  /** @param {Record<string, any>} requested */
  submit: (requested) => request("POST", JOBS, requested),
  /** @param {string} id */
  read: (id) => request("GET", `${JOBS}/${id}`),
  /** @param {string} id */
  cancel: (id) => request("POST", `${JOBS}/${id}/cancel`),
  cancelAll: () => request("POST", `${JOBS}/cancel`),
  /**
   * @param {string} id
   * @param {number} index
   */
  cancelImage: (id, index) => request("POST", `${JOBS}/${id}/images/${index}/cancel`),
  /** @param {string} id */
  front: (id) => request("POST", `${JOBS}/${id}/front`),
  /** @param {string} id */
  retry: (id) => request("POST", `${JOBS}/${id}/retry`),
  /**
   * @param {number} limit
   * @param {string|null} cursor
   */
  list: (limit, cursor) =>
    request("GET", `${JOBS}?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`),
};

export const marksApi = {
  /** @param {string} action @param {string[]} ids */
  change: (action, ids) => request("POST", `${API}/images/bulk`, { action, ids }),
  /** @param {string} undo */
  undo: (undo) => request("POST", `${API}/images/bulk/undo`, { undo }),
};

export const queueApi = {
  read: () => request("GET", QUEUE),
  /** @param {string[]} jobs ids in the wanted order */
  order: (jobs) => request("POST", `${QUEUE}/order`, { jobs }),
};

export const noticesApi = {
  /** @param {number} limit */
  list: (limit) => request("GET", `${API}/notices?limit=${limit}`),
  count: () => request("GET", `${API}/notices/count`),
  /** @param {string} until moment of the newest that was seen */
  read: (until) => request("POST", `${API}/notices/read`, { until }),
  pushKey: () => request("GET", `${API}/notices/push/key`),
  /** @param {Record<string, string>} device */
  addDevice: (device) => request("POST", `${API}/notices/push/devices`, device),
};

/** @param {File} file */
function uploadForm(file) {
  const form = new FormData();
  form.append("file", file);
  return form;
}

export const studioApi = {
  state: () => request("GET", `${API}/studio/state`),
  /** @param {{form: Record<string, any>, folds: string[]}} state @param {{keepalive?: boolean}} options */
  keep: (state, options) => request("PUT", `${API}/studio/state`, state, options),
};

export const uploadsApi = {
  /** @param {File} file */
  create: (file) => request("POST", `${API}/uploads`, uploadForm(file)),
  /** @param {File} file */
  createMask: (file) => request("POST", `${API}/uploads?kind=mask`, uploadForm(file)),
};

export const settingsApi = {
  /** @param {File} file an image that may carry the settings it was generated with */
  read: (file) => request("POST", `${API}/settings-of`, uploadForm(file)),
};

export const promptApi = {
  /** @param {string} search */
  history: (search) => request("GET", `${API}/prompt/history?${new URLSearchParams({ search })}`),
  /** @param {string} text @param {string} checkpoint */
  tokens: (text, checkpoint) => request("GET", `${API}/prompt/tokens?${new URLSearchParams({ text, checkpoint })}`),
  /** @param {string} prompt */
  enhance: (prompt) => request("POST", `${API}/prompt/enhance`, { prompt }),
  /** @param {string} checkpoint */
  inspire: (checkpoint) => request("GET", `${API}/prompt/inspire?${new URLSearchParams({ checkpoint })}`),
};

/** Requests about saved styles or presets; `kind` is "styles" or "presets". @param {string} kind */
export const savedApi = (kind) => ({
  /** @param {{covers?: boolean}} [options] covers: also look for the newest image made with each */
  list: ({ covers = false } = {}) => request("GET", `${API}/${kind}${covers ? "?covers=true" : ""}`),
  /** @param {Record<string, any>} row */
  create: (row) => request("POST", `${API}/${kind}`, row),
  /** @param {string} id @param {Record<string, any>} fields */
  change: (id, fields) => request("PATCH", `${API}/${kind}/${id}`, fields),
  /** @param {string} id */
  remove: (id) => request("DELETE", `${API}/${kind}/${id}`),
});
