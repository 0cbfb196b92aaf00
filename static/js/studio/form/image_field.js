// @ts-check
// Fields for an image: a file, an address or an image of the library. The hidden control holds what is sent:
// "upload:ID", "image:ID" or an address. Events are delegated, so that rows added later work too.

import { API, errorMessage, uploadsApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { ROOT } from "../../lib/root.js";

const ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const THUMBNAILS = [
  { pattern: new RegExp(`^image:(${ID})$`), url: (/** @type {string} */ id) => `${ROOT}/images/${id}/thumbnail`, words: "From your library" },
  { pattern: new RegExp(`^upload:(${ID})$`), url: (/** @type {string} */ id) => `${API}/uploads/${id}/thumbnail`, words: "Your upload" },
];
const IMAGE_PAGE = new RegExp(`^/images/(${ID})/`);

/** @type {Set<Promise<any>>} uploads under way: submitting waits for them */
const uploads = new Set();

/** Wait until all chosen files are uploaded. */
export const imagesArrived = () => Promise.allSettled(uploads);

/** @param {any} control a field's hidden control @param {string} reference empty: no image */
export function showImage(control, reference) {
  const field = /** @type {HTMLElement} */ (control.closest("[data-image-field]"));
  control.value = reference;
  one("[data-image-field-chosen]", field).hidden = !reference;
  one("[data-image-field-choose]", field).hidden = Boolean(reference);
  if (!reference) return;
  const known = THUMBNAILS.find(({ pattern }) => pattern.test(reference));
  const thumbnail = one("[data-image-field-thumbnail]", field);
  thumbnail.hidden = !known;
  if (known) thumbnail.src = known.url(reference.split(":")[1]);
  else thumbnail.removeAttribute("src");
  setText(one("[data-image-field-name]", field), known ? known.words : shortened(reference));
}

/** @param {string} address */
const shortened = (address) => (address.startsWith("data:") ? "An image in a data: address" : address);

/** @param {any} control @param {string} reference */
export function setImage(control, reference) {
  showError(control, "");
  showImage(control, reference);
  control.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Upload a file and set it as the field's image.
 * @param {any} control
 * @param {File} file
 */
export async function uploadFile(control, file) {
  const field = /** @type {HTMLElement} */ (control.closest("[data-image-field]"));
  const busy = one("[data-image-field-busy]", field);
  showError(control, "");
  busy.hidden = false;
  const upload = uploadsApi.create(file);
  uploads.add(upload);
  try {
    const row = await upload;
    setImage(control, row.reference);
    setText(one("[data-image-field-name]", field), `${file.name || "Pasted image"}, ${row.width} × ${row.height}`);
  } catch (error) {
    showError(control, errorMessage(error));
  } finally {
    uploads.delete(upload);
    busy.hidden = true;
  }
}

/** @param {any} control @param {string} sentence */
function showError(control, sentence) {
  const place = one("[data-error-for]", /** @type {HTMLElement} */ (control.closest("[data-image-field]")));
  place.textContent = sentence;
  place.hidden = !sentence;
}

/**
 * Return the image of a drop or paste: an image of this site, a file, or the address of an image elsewhere.
 * @param {DataTransfer|null} data
 * @returns {{file?: File, reference?: string}}
 */
export function imageIn(data) {
  const lines = (data?.getData("text/uri-list") ?? "").split(/\r?\n/).filter((line) => URL.canParse(line));
  const addresses = lines.map((line) => new URL(line)).filter(({ protocol }) => protocol.startsWith("http"));
  for (const { origin, pathname } of addresses) {
    const own = origin === location.origin ? IMAGE_PAGE.exec(pathname.slice(ROOT.length)) : null;
    if (own) return { reference: `image:${own[1]}` };
  }
  const file = [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (file) return { file };
  return addresses.length ? { reference: addresses[0].href } : {};
}

/** @param {any} control @param {{file?: File, reference?: string}} image */
export async function useImage(control, { file, reference }) {
  if (reference) setImage(control, reference);
  else if (file) await uploadFile(control, file);
}

/** @param {Event} event @returns {any} the hidden control of the event's field */
const controlOf = (event) => {
  const field = event.target instanceof Element ? event.target.closest("[data-image-field]") : null;
  return field && one("[data-kind=image]", field);
};

/** Handle the events of all image fields. */
export function listenToImageFields() {
  document.addEventListener("change", (event) => {
    const target = /** @type {any} */ (event.target);
    if (target.matches?.("[data-image-field-file]") && target.files.length) {
      void uploadFile(controlOf(event), target.files[0]);
      target.value = "";
    } else if (target.matches?.("[data-image-field-address]") && target.value.trim()) {
      setImage(controlOf(event), target.value.trim());
      target.value = "";
    }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-image-field-remove]")) return;
    const control = controlOf(event);
    setImage(control, "");
    one("[data-image-field-file]", control.closest("[data-image-field]")).focus();
  });
}
