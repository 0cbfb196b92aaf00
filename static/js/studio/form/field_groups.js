// @ts-check
// The folds of the settings: which of them the checkpoint can do, what they offer for it, and what is set inside.

import { element, setText } from "../../lib/dom.js";
import { plural, upscalerInWords } from "../../lib/format.js";

/**
 * @typedef {{value: (name: string) => string, on: (name: string) => boolean, can: (what: string) => boolean,
 *            has: (kind: string) => boolean, sampler: any, ownSize: boolean}} State of the form
 */

const ADAPTERS = ["lora", "vae", "controlnet", "ip_adapter", "refiner"];

/** @param {State} state */
const enlarging = (state) => state.value("init_image") !== "" && state.value("task") === "upscale";

/** What [data-when] may name; several are all needed. @type {Record<string, (state: State) => boolean>} */
const CONDITIONS = {
  picture: ({ value }) => value("init_image") !== "",
  plain: ({ value }) => value("init_image") === "",
  mask: ({ value }) => value("mask_image") !== "",
  enlarging,
  drawn: (state) => !enlarging(state),
  redraw: (state) => state.value("init_image") !== "" && !enlarging(state) && state.can("image_to_image"),
  own_size: (state) => !CONDITIONS.picture_size(state),
  picture_size: (state) => enlarging(state) || (state.value("init_image") !== "" && !state.ownSize),
  hires: ({ on }) => on("hires"),
  ip_adapter: ({ value }) => value("ip_adapter.model") !== "",
  refiner: ({ value }) => value("refiner.checkpoint") !== "",
  lossy: ({ value }) => value("output_format") !== "png",
  eta: ({ sampler }) => sampler?.takes_eta === true,
  adapters: ({ has }) => ADAPTERS.some(has),
  ...Object.fromEntries(ADAPTERS.map((kind) => [`has_${kind}`, (/** @type {State} */ { has }) => has(kind)])),
  ...Object.fromEntries(
    ["image_to_image", "inpaint", "clip_skip", "guidance_rescale", "true_cfg_scale"].map((what) => [
      what,
      (/** @type {State} */ { can }) => can(what),
    ]),
  ),
};

/** Show what fits, and mark the rest as off, so that it is not asked for. @param {State} state */
export function showWhatFits(state) {
  const holds = Object.fromEntries(Object.entries(CONDITIONS).map(([name, test]) => [name, test(state)]));
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-when]"))) {
    const fits = (place.dataset.when ?? "").split(" ").every((name) => holds[name]);
    place.hidden = !fits;
    place.toggleAttribute("data-off", !fits);
  }
}

/**
 * What a choice may be taken from, as [value, words].
 * @param {string} source
 * @param {Record<string, any>} data what the page brought
 * @param {Record<string, any>|undefined} checkpoint
 * @returns {Array<[string, string]>}
 */
export function optionsOf(source, data, checkpoint) {
  const family = checkpoint?.family;
  const row = (/** @type {any} */ one) => /** @type {[string, string]} */ ([one.key ?? one.slug, one.label ?? one.title]);
  if (source === "checkpoint") return data.checkpoints.map(row);
  if (source === "sampler") return data.samplers.filter((/** @type {any} */ one) => one.schedules[family]?.length).map(row);
  if (source === "schedule") return Object.entries(data.schedules);
  const kind = source === "hires_upscaler" ? "upscaler" : source;
  const weights = data.adapters.filter((/** @type {any} */ one) => one.kind === kind && ["", family].includes(one.family));
  const builtIn = data.upscalers.filter((/** @type {any} */ one) => source === "hires_upscaler" || !one.latent);
  return [...(kind === "upscaler" ? builtIn : []), ...weights].map(row);
}

/**
 * Fill every choice that follows the checkpoint; what was chosen stays, also where it does not fit any more.
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
const listed = (...words) => words.filter(Boolean).join(" · ");

/** What each fold says of itself while it is closed. @type {Record<string, (wish: Record<string, any>) => string>} */
const SAYS = {
  start: (wish) => {
    if (!wish.init_image) return "";
    if (wish.task === "upscale") return "enlarge only";
    return listed(wish.mask_image && "mask", wish.outpaint && "extended", `strength ${wish.strength ?? ""}`);
  },
  hires: ({ hires }) => (hires ? listed(`${hires.scale ?? ""}×`, `strength ${hires.strength ?? ""}`) : ""),
  enlarge: (wish) => (wish.upscale_by > 1 ? listed(`${wish.upscale_by}×`, upscalerInWords(wish.upscaler)) : ""),
  adapters: (wish) =>
    listed(
      wish.loras?.length && plural(wish.loras.length, "LoRA"),
      wish.vae && "VAE",
      wish.controls?.length && plural(wish.controls.length, "ControlNet"),
      wish.ip_adapter && "IP-Adapter",
      wish.refiner && "refiner",
    ),
  variation: (wish) => (wish.variation_strength ? `strength ${wish.variation_strength}` : ""),
  grid: ({ grid }) => (grid ? plural(cellsOf(grid), "cell") : ""),
  styles: ({ styles }) => listed(...(styles ?? [])),
  more: (wish) =>
    listed(
      wish.clip_skip > 1 && `clip skip ${wish.clip_skip}`,
      wish.eta && `eta ${wish.eta}`,
      wish.guidance_rescale && `rescale ${wish.guidance_rescale}`,
      wish.true_cfg_scale > 1 && `true guidance ${wish.true_cfg_scale}`,
      wish.batch_size && `${wish.batch_size} at once`,
      wish.reproducible === "strict" && "to the bit",
      wish.quality !== undefined && `quality ${wish.quality}`,
    ),
};

/** @param {{axes: Array<{values: any[]}>}|null|undefined} grid */
export function cellsOf(grid) {
  return grid ? grid.axes.reduce((product, { values }) => product * values.length, 1) : 1;
}

/** @param {Record<string, any>} wish @returns {number} how many images come of it */
export function imagesOf(wish) {
  return cellsOf(wish.grid) * (wish.count ?? 1) + (wish.keep_original ? 1 : 0);
}

/** @param {Record<string, any>} wish */
export function sayWhatIsSet(wish) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-says]"))) {
    setText(place, SAYS[place.dataset.says ?? ""]?.(wish) ?? "");
  }
}
