// @ts-check
// Durations, times and generation settings as text; templatetags/parameter_labels.py does the same on the server.

import { resultSize } from "./result_size.js";

/**
 * @param {number|null|undefined} value seconds
 * @returns {string} "0.4 s", "12 s", "2 min 5 s"; empty for no number
 */
export function seconds(value) {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) return "";
  if (value < 9.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  if (whole < 90) return `${whole} s`;
  return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
}

/**
 * Format a forecast, rounded.
 * @param {number|null|undefined} value seconds
 */
export function about(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "";
  if (value < 1) return "about 1 s";
  if (value < 90) return `about ${Math.round(value)} s`;
  return `about ${Math.round(value / 60)} min`;
}

/**
 * @param {string} moment ISO 8601
 * @returns {string} "just now", "3 min ago", "2 h ago", then the date
 */
export function ago(moment) {
  const past = (Date.now() - new Date(moment).getTime()) / 1000;
  if (past < 45) return "just now";
  if (past < 3600) return `${Math.max(1, Math.round(past / 60))} min ago`;
  if (past < 86400) return `${Math.round(past / 3600)} h ago`;
  return new Date(moment).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/**
 * @param {number} count
 * @param {string} noun
 */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Tasks that start from an input image. @type {Record<string, string>} */
const TASKS = { image_to_image: "image to image", inpaint: "inpaint" };

/** Labels of the server, set once by the studio page. @type {Record<string, Record<string, string>>} */
const labels = { samplers: {}, schedules: {}, upscalers: {}, axes: {}, fields: {} };

/** @param {Record<string, any>} data the studio page's data */
export function setLabels({ samplers, schedules, upscalers, adapters, axes, labels: fields }) {
  const weights = adapters.filter((/** @type {any} */ row) => row.kind === "upscaler");
  labels.samplers = Object.fromEntries(samplers.map((/** @type {any} */ row) => [row.key, row.label]));
  labels.schedules = schedules;
  labels.upscalers = Object.fromEntries([...upscalers, ...weights].map((row) => [row.key ?? row.slug, row.label ?? row.title]));
  labels.axes = axes;
  labels.fields = fields;
}

/** A name at the start of an error, or a dotted one anywhere in it. */
const FIELD_NAMES = /^\w+(\.\w+)*|\b[a-z_]+(\.\w+)+/g;

/**
 * Put the labels of fields in place of the names that the API has for them.
 * @param {string} message "count must be 1 to 256; got 999"
 * @returns {string} "Images must be 1 to 256; got 999"
 */
export function labelFields(message) {
  return message.replace(FIELD_NAMES, (name) => {
    const field = name.replace(/\.\d+(?=\.|$)/g, "");
    return Object.hasOwn(labels.fields, field) ? labels.fields[field] : name;
  });
}

/** @param {string|undefined} key */
export const upscalerLabel = (key) => labels.upscalers[key ?? ""] ?? key ?? "";

/** @param {string} field of a grid's axis */
export const axisLabel = (field) => labels.axes[field] ?? field;

/** @param {Record<string, any>} parameters */
export function samplerLabel(parameters) {
  const name = labels.samplers[parameters.sampler] ?? parameters.sampler ?? "";
  const schedule = parameters.schedule && parameters.schedule !== "normal" ? parameters.schedule : "";
  return schedule ? `${name} ${labels.schedules[schedule] ?? schedule}` : name;
}

/**
 * @param {Record<string, any>} parameters
 * @returns {string} with the size of the file: "128 × 128 · 20 steps · guidance 4 · DPM++ 2M Karras"
 */
export function settingsSummary(parameters) {
  const { width, height } = resultSize(parameters);
  const words = [`${width} × ${height}`, plural(parameters.steps, "step")];
  words.push(`guidance ${parameters.guidance_scale}`, samplerLabel(parameters));
  if (parameters.task === "upscale") words.splice(0);
  if (parameters.task in TASKS) words.push(`${TASKS[parameters.task]}, denoising strength ${parameters.strength}`);
  if (parameters.hires) words.push(`hires fix ${parameters.hires.scale}×`);
  if (parameters.upscale_by > 1) words.push(`upscaled ${parameters.upscale_by}× with ${upscalerLabel(parameters.upscaler ?? "lanczos")}`);
  const axes = (parameters.grid?.axes ?? []).map((/** @type {any} */ axis) => axisLabel(axis.field));
  if (axes.length) words.push(`X/Y/Z plot of ${axes.join(" × ")}`);
  return words.filter(Boolean).join(" · ");
}
