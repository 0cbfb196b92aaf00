// @ts-check
// Saved searches: save the search of the address, rename or delete the one that is shown.

import { API, errorMessage, request } from "../lib/api.js";
import { gettext as _ } from "../lib/i18n.js";
import { showToast } from "../lib/toast.js";
import { readQuery, refresh } from "./search_bar.js";
import { askForName } from "./selection/dialogs.js";

const URL_OF_ALL = `${API}/searches`;

/** @param {HTMLFormElement} form of the search */
export function useSavedSearches(form) {
  /** @param {string} message @param {() => Promise<unknown>} change @param {{action?: string, onAction?: () => unknown}} [more] */
  const run = async (message, change, more = {}) => {
    try {
      await change();
      showToast(message, more);
    } catch (error) {
      showToast(errorMessage(error));
    }
    await refresh(form, window.location.href);
  };
  /** @param {string} name @param {string} query */
  const save = (name, query) => run(_("Search saved"), () => request("POST", URL_OF_ALL, { name, query }));
  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-search-save], [data-search-rename], [data-search-delete]") : null;
    if (!(button instanceof HTMLElement)) return;
    const query = readQuery().toString();
    const { searchRename, searchDelete, name: old = "" } = button.dataset;
    if (searchDelete) {
      await run(_("Saved search deleted"), () => request("DELETE", `${URL_OF_ALL}/${searchDelete}`), { action: _("Undo"), onAction: () => save(old, query) });
      return;
    }
    const name = await askForName(searchRename ? _("Rename search") : _("Save search"), old || (readQuery().get("q") ?? "").slice(0, 100));
    if (!name) return;
    if (searchRename) await run(_("Search renamed"), () => request("PATCH", `${URL_OF_ALL}/${searchRename}`, { name }));
    else await save(name, query);
  });
}
