// @ts-check
// Texts in the reader's language. The catalog is a plain script that the page loads before its modules
// (static/i18n/, made by `make messages`); English has none, because the sources are English.

/** @type {{gettext?: (text: string) => string, ngettext?: (one: string, many: string, count: number) => string}} */
const catalog = /** @type {any} */ (globalThis).django ?? {};

/** The language of the page, for Intl and toLocaleString. */
export const language = document.documentElement.lang || "en";

/**
 * Return a text in the reader's language. Call it with a literal, or `make messages` does not find the text.
 * @param {string} text
 */
export function gettext(text) {
  return catalog.gettext?.(text) ?? text;
}

/**
 * Return the form of a text that fits a number.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export function ngettext(one, many, count) {
  return catalog.ngettext?.(one, many, count) ?? (count === 1 ? one : many);
}

/**
 * Put values in place of `%(name)s`, and a percent sign in place of `%%`.
 * @param {string} format
 * @param {Record<string, string|number>} values
 */
export function interpolate(format, values) {
  return format.replace(/%(?:\((\w+)\)s|%)/g, (whole, name) => (whole === "%%" ? "%" : String(values[name] ?? whole)));
}
