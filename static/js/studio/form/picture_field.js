// @ts-check
// Fields that hold a picture: brought as a file or an address, or taken from the library. What a field holds is what
// the wish says: "upload:ID", "image:ID" or an address. Rows that come later work as well: everything is delegated.

import { uploadsApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";

const ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const THUMBNAILS = [
  { pattern: new RegExp(`^image:(${ID})$`), url: (/** @type {string} */ id) => `/images/${id}/thumbnail`, words: "From your library" },
  { pattern: new RegExp(`^upload:(${ID})$`), url: (/** @type {string} */ id) => `/api/v1/uploads/${id}/thumbnail`, words: "Your upload" },
];
const OWN_PAGE = new RegExp(`^/images/(${ID})/`);

/** @type {Set<Promise<any>>} uploads on their way: a wish waits for them */
const coming = new Set();

/** Wait until every picture that was chosen is there. */
export const picturesArrived = () => Promise.allSettled(coming);

/** @param {any} control a field's hidden control @param {string} reference empty: no picture */
export function showPicture(control, reference) {
  const field = /** @type {HTMLElement} */ (control.closest("[data-picture]"));
  control.value = reference;
  one("[data-picture-chosen]", field).hidden = !reference;
  one("[data-picture-ways]", field).hidden = Boolean(reference);
  if (!reference) return;
  const known = THUMBNAILS.find(({ pattern }) => pattern.test(reference));
  const thumbnail = one("[data-picture-thumbnail]", field);
  thumbnail.hidden = !known;
  if (known) thumbnail.src = known.url(reference.split(":")[1]);
  else thumbnail.removeAttribute("src");
  setText(one("[data-picture-words]", field), known ? known.words : shortened(reference));
}

/** @param {string} address */
const shortened = (address) => (address.startsWith("data:") ? "A picture in an address" : address);

/** @param {any} control @param {string} reference */
export function takePicture(control, reference) {
  complain(control, "");
  showPicture(control, reference);
  control.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Keep a file as an upload and let the field hold it.
 * @param {any} control
 * @param {File} file
 */
export async function bringFile(control, file) {
  const field = /** @type {HTMLElement} */ (control.closest("[data-picture]"));
  const busy = one("[data-picture-busy]", field);
  complain(control, "");
  busy.hidden = false;
  const upload = uploadsApi.create(file);
  coming.add(upload);
  try {
    const row = await upload;
    takePicture(control, row.reference);
    setText(one("[data-picture-words]", field), `${file.name || "Pasted picture"}, ${row.width} × ${row.height}`);
  } catch (error) {
    complain(control, error.message);
  } finally {
    coming.delete(upload);
    busy.hidden = true;
  }
}

/** @param {any} control @param {string} sentence */
function complain(control, sentence) {
  const place = one("[data-error-for]", /** @type {HTMLElement} */ (control.closest("[data-picture]")));
  place.textContent = sentence;
  place.hidden = !sentence;
}

/**
 * What a drop or a paste brings: a picture of this site, a file, or the address of a picture elsewhere.
 * @param {DataTransfer|null} brought
 * @returns {{file?: File, reference?: string}}
 */
export function pictureIn(brought) {
  const lines = (brought?.getData("text/uri-list") ?? "").split(/\r?\n/).filter((line) => URL.canParse(line));
  const addresses = lines.map((line) => new URL(line)).filter(({ protocol }) => protocol.startsWith("http"));
  for (const { origin, pathname } of addresses) {
    const own = origin === location.origin ? OWN_PAGE.exec(pathname) : null;
    if (own) return { reference: `image:${own[1]}` };
  }
  const file = [...(brought?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (file) return { file };
  return addresses.length ? { reference: addresses[0].href } : {};
}

/** @param {any} control @param {{file?: File, reference?: string}} picture */
export async function bring(control, { file, reference }) {
  if (reference) takePicture(control, reference);
  else if (file) await bringFile(control, file);
}

/** @param {Event} event @returns {any} the hidden control of the field in which it happened */
const controlOf = (event) => {
  const field = event.target instanceof Element ? event.target.closest("[data-picture]") : null;
  return field && one("[data-kind=picture]", field);
};

/** Let every picture field of the page work, now and later. */
export function listenToPictures() {
  document.addEventListener("change", (event) => {
    const target = /** @type {any} */ (event.target);
    if (target.matches?.("[data-picture-file]") && target.files.length) {
      void bringFile(controlOf(event), target.files[0]);
      target.value = "";
    } else if (target.matches?.("[data-picture-address]") && target.value.trim()) {
      takePicture(controlOf(event), target.value.trim());
      target.value = "";
    }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-picture-remove]")) return;
    const control = controlOf(event);
    takePicture(control, "");
    one("[data-picture-file]", control.closest("[data-picture]")).focus();
  });
}
