// @ts-check
// Path below which the site lies: "" at the root of its host, else such as "/sd".

/** Scripts are served below ROOT/static/, so their own address tells. */
export const ROOT = new URL(import.meta.url).pathname.split("/static/")[0];
