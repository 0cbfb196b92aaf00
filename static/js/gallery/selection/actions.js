// @ts-check
// What can be done with images of a grid, one or many; the bar, the context menu and the keys all call these.

import { API, errorMessage, request } from "../../lib/api.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";
import { downloadZip, runAction } from "./bulk.js";
import { chooseCollection, chooseTags, chooseVisibility, confirmDeletion } from "./dialogs.js";

/** @typedef {import("./bulk.js").Target} Target */
/** @typedef {import("../grid/chunks.js").Tile} Tile */

/** Images of a comparison. */
export const MOST_COMPARED = 4;

export class Actions {
  /**
   * @param {import("../grid/grid.js").Grid} grid
   * @param {{search?: () => Record<string, any>, collection?: string|null, reload: () => unknown}} page `search`: the
   *   filters that all of a search means
   */
  constructor(grid, { search, collection = null, reload }) {
    this.grid = grid;
    this.search = search ?? (() => ({}));
    this.collection = collection;
    this.reload = reload;
  }

  /** @returns {Target} what is selected */
  get selected() {
    const { selection } = this.grid;
    return selection.all ? { search: this.search() } : { ids: [...selection.ids] };
  }

  /** @param {Target} target @returns {Tile[]} those of its images that are loaded */
  tilesOf(target) {
    const { model } = this.grid;
    if ("search" in target) return model.chunks.flatMap((chunk) => chunk.tiles ?? []);
    return target.ids.flatMap((id) => model.tile(id) ?? []);
  }

  /** @param {Target} target @param {Partial<Tile>} fields */
  patch(target, fields) {
    this.grid.patch(this.tilesOf(target).map((tile) => tile.id), fields);
  }

  /** Favourite those that are not, or none if all are. @param {Target} target */
  async favourite(target) {
    const on = this.tilesOf(target).some((tile) => !tile.favourite);
    if (!(await runAction(target, on ? "favourite" : "unfavourite", { undone: this.reload }))) return;
    this.patch(target, { favourite: on });
  }

  /** One image is marked without a message. @param {Tile} tile */
  async toggleFavourite(tile) {
    const favourite = !tile.favourite;
    await this.mark(tile, { favourite });
  }

  /** @param {Tile} tile @param {Partial<Tile>} fields */
  async mark(tile, fields) {
    const before = Object.fromEntries(Object.keys(fields).map((name) => [name, tile[name]]));
    this.grid.patch([tile.id], fields);
    try {
      await request("PATCH", `${API}/images/${tile.id}`, fields);
    } catch (error) {
      this.grid.patch([tile.id], before);
      showToast(errorMessage(error));
    }
  }

  /** @param {Target} target @param {number} stars */
  async rate(target, stars) {
    if (await runAction(target, "rate", { value: stars, undone: this.reload })) this.patch(target, { rating: stars });
  }

  /** @param {Target} target */
  async tag(target) {
    const value = await chooseTags();
    if (value) await runAction(target, "tag", { value, undone: () => undefined });
  }

  /** @param {Target} target @param {{id: string, name: string}} [into] */
  async collect(target, into) {
    const name = into?.name ?? (await chooseCollection());
    if (name) await runAction(target, "collect", { value: into?.id ?? name, name, undone: () => undefined });
  }

  /** @param {Target} target */
  async share(target) {
    const value = await chooseVisibility();
    if (value && (await runAction(target, "visibility", { value, undone: this.reload }))) this.patch(target, { visibility: value });
  }

  /** @param {Target} target */
  async removeFromCollection(target) {
    if (!("ids" in target)) return this.takeAway(target, "remove_from_collection", this.collection);
    const others = target.ids.filter((id) => !this.isOwn(id));
    if (others.length) await this.removeFromOthers(others);
    const ids = target.ids.filter((id) => !others.includes(id));
    if (ids.length) await this.takeAway({ ids }, "remove_from_collection", this.collection);
  }

  /** Remove images from a collection one by one: those of members, or one's own from another person's. @param {string[]} ids */
  async removeFromOthers(ids) {
    const gone = [];
    try {
      for (const id of ids) {
        await request("DELETE", `${API}/collections/${this.collection}/images/${id}`);
        gone.push(id);
      }
    } catch (error) {
      showToast(errorMessage(error));
    }
    this.grid.remove(gone);
  }

  /** @param {string} id */
  isOwn(id) {
    return this.grid.model.tile(id)?.is_own !== false;
  }

  /** @param {Target} target */
  trash(target) {
    return this.takeAway(target, "trash");
  }

  /** @param {Target} target */
  restore(target) {
    return this.takeAway(target, "restore");
  }

  /** @param {Target} target */
  async deleteForGood(target) {
    const count = "search" in target ? this.grid.model.count : target.ids.length;
    const title = interpolate(ngettext("Delete %(n)s image for good?", "Delete %(n)s images for good?", count), { n: count.toLocaleString() });
    if (await confirmDeletion(title, this.tilesOf(target))) await this.takeAway(target, "delete");
  }

  /** Do what makes images leave this grid. @param {Target} target @param {string} action @param {any} [value] */
  async takeAway(target, action, value) {
    if (!(await runAction(target, action, { value, undone: this.reload }))) return;
    const { grid } = this;
    grid.selection.clear();
    if ("search" in target) await this.reload();
    else grid.remove(target.ids.filter((id) => this.isOwn(id))); // nothing is done to those of others
  }

  /** @param {Target} target */
  zip(target) {
    if ("ids" in target && target.ids.length === 1) window.location.assign(`${ROOT}/images/${target.ids[0]}/file?download`);
    else downloadZip(target);
  }

  /** @param {Target} target */
  compare(target) {
    if (this.canCompare(target) && "ids" in target) window.location.assign(`${ROOT}/compare/?ids=${target.ids.join(",")}`);
    else showToast(interpolate(_("Select 2 to %(most)s images to compare them."), { most: MOST_COMPARED }));
  }

  /** @param {Target} target @returns {boolean} */
  canCompare(target) {
    return "ids" in target && target.ids.length >= 2 && target.ids.length <= MOST_COMPARED;
  }

  /** @param {Tile} tile */
  async copyPrompt(tile) {
    try {
      const { parameters } = await request("GET", `${API}/images/${tile.id}`);
      await navigator.clipboard.writeText(parameters.prompt);
      showToast(_("Prompt copied"));
    } catch (error) {
      showToast(errorMessage(error));
    }
  }
}
