// @ts-check
// The image page: the viewer, in the page instead of over one. It walks through the search that it was opened from, or
// through the images of its job.

import { one, pageData } from "../../lib/dom.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { addressOf } from "../../gallery/viewer/addresses.js";
import { arrayList, searchList, Viewer } from "../../gallery/viewer/viewer.js";

hideAfterLogout();

const root = one("[data-viewer]");
const state = history.state ?? {};
/** @type {import("../../gallery/viewer/lists.js").Item[]} */
const items = pageData("image-list");
const first = items.find(({ id }) => id === root.dataset.id) ?? items[0];
const search = state.search ?? (location.search ? location.search.slice(1) : null);
const list = search === null ? arrayList(items) : searchList(search);

const viewer = new Viewer(root, list, {
  onShow: ({ id }) => {
    if (location.pathname !== new URL(addressOf({ id }).page, location.href).pathname) {
      history.replaceState({ ...history.state, viewer: id }, "", addressOf({ id }).page + location.search);
    }
  },
  onEmpty: () => location.assign(root.dataset.library),
});
viewer.show(first, { adopt: true });
document.addEventListener("keydown", (event) => {
  if (viewer.key(event)) event.preventDefault();
});
