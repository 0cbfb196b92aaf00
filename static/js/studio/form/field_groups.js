// @ts-check
// Groups of settings: which apply to the checkpoint, which options they offer, and the summary of what is set.

import { element, setText } from "../../lib/dom.js";
import { plural, upscalerLabel } from "../../lib/format.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";

/**
 * @typedef {{value: (name: string) => string, on: (name: string) => boolean, can: (what: string) => boolean,
 *            has: (kind: string) => boolean, sampler: any, ownSize: boolean}} State of the form
 */

const ADAPTERS = ["lora", "vae", "controlnet", "ip_adapter", "refiner"];

/** @param {State} state */
const upscalesOnly = (state) => state.value("init_image") !== "" && state.value("task") === "upscale";

/** Conditions that [data-when] names; of several all must hold. @type {Record<string, (state: State) => boolean>} */
const CONDITIONS = {
  input_image: ({ value }) => value("init_image") !== "",
  text_to_image: ({ value }) => value("init_image") === "",
  mask: ({ value }) => value("mask_image") !== "",
  upscale_only: upscalesOnly,
  generated: (state) => !upscalesOnly(state),
  from_image: (state) => state.value("init_image") !== "" && !upscalesOnly(state) && state.can("image_to_image"),
  own_size: (state) => !CONDITIONS.input_size(state),
  input_size: (state) => upscalesOnly(state) || (state.value("init_image") !== "" && !state.ownSize),
  hires: ({ on }) => on("hires"),
  ip_adapter: ({ value }) => value("ip_adapter.model") !== "",
  refiner: ({ value }) => value("refiner.checkpoint") !== "",
  lossy: ({ value }) => value("output_format") !== "png",
  eta: ({ sampler }) => sampler?.takes_eta === true,
  spaced: ({ sampler }) => sampler?.spaced === true,
  adapters: ({ has }) => ADAPTERS.some(has),
  ...Object.fromEntries(ADAPTERS.map((kind) => [`has_${kind}`, (/** @type {State} */ { has }) => has(kind)])),
  ...Object.fromEntries(
    ["image_to_image", "inpaint", "clip_skip", "guidance_rescale", "true_cfg_scale"].map((what) => [
      what,
      (/** @type {State} */ { can }) => can(what),
    ]),
  ),
};

/** Show the fields that apply, and mark the others as off, so that they are not sent. @param {State} state */
export function showApplicable(state) {
  const holds = Object.fromEntries(Object.entries(CONDITIONS).map(([name, test]) => [name, test(state)]));
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-when]"))) {
    const fits = (place.dataset.when ?? "").split(" ").every((name) => holds[name]);
    place.hidden = !fits;
    place.toggleAttribute("data-off", !fits);
  }
}

/**
 * Return the options of a select as [value, label].
 * @param {string} source
 * @param {Record<string, any>} data the page's data
 * @param {Record<string, any>|undefined} checkpoint
 * @returns {Array<[string, string]>}
 */
export function optionsOf(source, data, checkpoint) {
  const family = checkpoint?.family;
  const row = (/** @type {any} */ one) => /** @type {[string, string]} */ ([one.key ?? one.slug, one.label ?? one.title]);
  if (source === "checkpoint") return data.checkpoints.map(row);
  if (source === "sampler") return data.samplers.filter((/** @type {any} */ one) => one.schedules[family]?.length).map(row);
  if (source === "schedule") return Object.entries(data.schedules);
  if (source === "timestep_spacing") return Object.entries(data.timestep_spacings);
  const kind = source === "hires_upscaler" ? "upscaler" : source;
  const weights = data.adapters.filter((/** @type {any} */ one) => one.kind === kind && ["", family].includes(one.family));
  const builtIn = data.upscalers.filter((/** @type {any} */ one) => source === "hires_upscaler" || !one.latent);
  return [...(kind === "upscaler" ? builtIn : []), ...weights].map(row);
}

/**
 * Fill every select that depends on the checkpoint; the chosen value stays, even where it no longer applies.
 * @param {Record<string, any>} data
 * @param {Record<string, any>|undefined} checkpoint
 */
export function fillSources(data, checkpoint) {
  for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll("select[data-source]"))) {
    const { source = "", blank = "" } = select.dataset;
    const options = optionsOf(source, data, checkpoint);
    if (blank) options.unshift(["", blank]);
    const before = select.value;
    const isThere = options.some(([value]) => value === before);
    if (before && !isThere) options.push([before, `${before} (not for this checkpoint)`]);
    select.replaceChildren(...options.map(([value, text]) => element("option", { value, text })));
    if (before) select.value = before;
  }
}

/** @param {Array<string|false|null|undefined>} words */
const joined = (...words) => words.filter(Boolean).join(" · ");

/** The summary of each group while it is closed. @type {Record<string, (requested: Record<string, any>) => string>} */
const SUMMARIES = {
  input_image: (requested) => {
    if (!requested.init_image) return "";
    if (requested.task === "upscale") return "upscale only";
    return joined(requested.mask_image && "mask", requested.outpaint && "outpaint", `denoising ${requested.strength ?? ""}`);
  },
  hires: ({ hires }) => (hires ? joined(`${hires.scale ?? ""}×`, `denoising ${hires.strength ?? ""}`) : ""),
  upscale: (requested) => (requested.upscale_by > 1 ? joined(`${requested.upscale_by}×`, upscalerLabel(requested.upscaler)) : ""),
  adapters: (requested) =>
    joined(
      requested.loras?.length && plural(requested.loras.length, "LoRA"),
      requested.vae && "VAE",
      requested.controls?.length && plural(requested.controls.length, "ControlNet"),
      requested.ip_adapter && "IP-Adapter",
      requested.refiner && "refiner",
    ),
  advanced: ({ steps, guidance_scale: guidance, speed_mode: mode }) => joined(steps !== undefined && interpolate(ngettext("%(count)s step", "%(count)s steps", steps), { count: steps }), guidance !== undefined && interpolate(_("guidance %(value)s"), { value: guidance }), mode === "draft" && _("draft"), mode === "small" && _("small")),
  variation: (requested) => (requested.variation_strength ? `strength ${requested.variation_strength}` : ""),
  grid: ({ grid }) => (grid ? plural(countCells(grid), "cell") : ""),
  styles: ({ styles }) => joined(...(styles ?? [])),
  more: (requested) =>
    joined(
      requested.clip_skip > 1 && `clip skip ${requested.clip_skip}`,
      requested.timestep_spacing && `${requested.timestep_spacing} spacing`,
      requested.eta && `eta ${requested.eta}`,
      requested.guidance_rescale && `rescale ${requested.guidance_rescale}`,
      requested.true_cfg_scale > 1 && `true guidance ${requested.true_cfg_scale}`,
      requested.batch_size && `batch size ${requested.batch_size}`,
      requested.reproducible === "strict" && "bit-exact",
      requested.quality !== undefined && `quality ${requested.quality}`,
    ),
};

/** @param {{axes: Array<{values: any[]}>}|null|undefined} grid */
export function countCells(grid) {
  return grid ? grid.axes.reduce((product, { values }) => product * values.length, 1) : 1;
}

/** @param {Record<string, any>} requested @returns {number} how many images are generated */
export function countImages(requested) {
  return countCells(requested.grid) * (requested.count ?? 1) + (requested.keep_original ? 1 : 0);
}

/** @param {Record<string, any>} requested */
export function showSummaries(requested) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-summary-of]"))) {
    setText(place, SUMMARIES[place.dataset.summaryOf ?? ""]?.(requested) ?? "");
  }
}
