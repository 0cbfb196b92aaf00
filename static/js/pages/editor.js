// @ts-check
// The editor's page: connects the stage with its tools, the form, the job and its results.

import { errorMessage, ApiError, uploadsApi } from "../lib/api.js";
import { one, pageData, setText } from "../lib/dom.js";
import { setLabels } from "../lib/format.js";
import { gettext as _, interpolate } from "../lib/i18n.js";
import { ask } from "../gallery/editor/choice.js";
import { Crop } from "../gallery/editor/crop.js";
import { listenForFiles } from "../gallery/editor/drop.js";
import { checkFile, maskOf, openImage, save } from "../gallery/editor/files.js";
import { GenerationJob } from "../gallery/editor/job.js";
import { Brush } from "../gallery/editor/painting/brush.js";
import { Cursor } from "../gallery/editor/painting/cursor.js";
import { Pointers } from "../gallery/editor/pointer.js";
import { Settings } from "../gallery/editor/settings.js";
import { isGrown } from "../gallery/editor/frame.js";
import { Toolbar } from "../gallery/editor/toolbar.js";
import { View } from "../gallery/editor/view.js";
import { Work } from "../gallery/editor/work.js";

const data = pageData("editor-data");
setLabels(data);
const mask = data.source ? edit() : null;
listenForFiles({ limits: data.limits, address: data.edit_upload, mask, failed: showError });

/** @returns {(file: File) => Promise<void>} takes a file as the mask */
function edit() {
  const view = new View(one("[data-stage]"), one("[data-paper]"));
  const form = /** @type {HTMLFormElement} */ (one("[data-editor-form]"));
  /** @type {Work} */
  const work = new Work(view, data, { opened, changed, refused: tell, unsaved, content });
  const settings = new Settings(form, data, () => void work.save());
  const brush = new Brush(work.mask);
  const crop = new Crop(view, one("[data-options-of=crop]"));
  /** @type {GenerationJob} */
  const job = new GenerationJob({ view, work, settings, longest: data.limits.generated_side, tell: showError, shown: review });
  const toolbar = new Toolbar(view, {
    tool: () => {
      crop.show(toolbar.tool === "crop");
      work.frame.show(toolbar.tool === "frame");
    },
    resized: () => cursor?.isKeyboard && cursor.place(),
    undo: () => (job.results.isShown ? job.results.hideImage() : change(() => work.history.undo())),
    redo: () => change(() => work.history.redo()),
    invert: () => change(() => work.did(work.mask.invert())),
    clear: () => change(() => work.did(work.mask.clear())),
    feather: () => change(() => work.did(work.mask.feather(one("[data-feather]").valueAsNumber || 0))),
    resetFrame: () => {
      const before = { ...work.frame.growth };
      work.frame.set({ left: 0, top: 0, right: 0, bottom: 0 });
      work.frame.finish(before);
    },
    applyCrop: () => void applyCrop(),
    saveMask: () => void saveMask(),
    loadMask: () => one("[data-mask-file]").click(),
    generate: () => form.requestSubmit(),
    useCopy: () => void useCopy(),
    useResult,
    keepPainting: () => job.results.hideImage(),
    closeResults: () => job.close(),
    cancel: () => void job.cancel(),
  });
  const cursor = new Cursor(view, one("[data-cursor]"), { size: () => toolbar.size, drag: painting, say: tell });
  const pointers = new Pointers(view, { drag: toolDrag, hover: (event) => cursor.hover(event) });
  let isBusy = false;
  // On a phone the settings would hide the image.
  if (matchMedia("(max-width: 900px)").matches) one("[data-more]").open = false;

  document.addEventListener("keydown", (event) => {
    const isTyping = /** @type {Element} */ (event.target).closest("input, textarea, select, button, a, summary");
    if (event.key !== " " || isTyping || cursor.isKeyboard) return;
    event.preventDefault();
    pointers.setSpace(true);
  });
  document.addEventListener("keyup", (event) => event.key === " " && pointers.setSpace(false));
  window.addEventListener("blur", () => pointers.setSpace(false));
  work.image.addEventListener("error", () => {
    showError(new Error(_("The image cannot be loaded: it was deleted, or your session has ended. What you painted is kept.")));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void guarded(() => job.submit(), one("[data-submit]"));
  });
  one("[data-mask-file]").addEventListener("change", (/** @type {any} */ event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) void guarded(() => loadMask(file));
  });
  void start();
  return (file) => guarded(() => loadMask(file));

  async function start() {
    const draft = await work.open(data.source);
    if (draft?.settings) settings.fill(draft.settings);
    job.start(draft?.job ?? null);
  }

  /** @returns {import("../gallery/editor/pointer.js").Drag|null} */
  function painting() {
    if (job.results.isShown || (toolbar.tool !== "brush" && toolbar.tool !== "eraser")) return null;
    const tip = { size: toolbar.size, hardness: toolbar.hardness, erases: toolbar.tool === "eraser" };
    return {
      begin: (point) => brush.begin(tip, point),
      move: (point) => brush.move(point),
      end: () => work.did(brush.end()),
      cancel: () => brush.cancel(),
    };
  }

  function toolDrag() {
    if (job.results.isShown) return toolbar.tool === "pan" ? null : job.results.drag();
    return toolbar.tool === "crop" ? crop.drag() : painting();
  }

  /** @param {() => void} action that changes mask or frame */
  function change(action) {
    if (brush.isDown) return;
    job.results.hideImage();
    action();
  }

  function opened() {
    toolbar?.reset();
    crop?.show(toolbar.tool === "crop");
    const address = work.source.reference.startsWith("upload:")
      ? `${data.edit_upload}?upload=${work.source.id}`
      : data.edit_image.replace("00000000-0000-0000-0000-000000000000", work.source.id);
    history.replaceState(null, "", address);
    one("[data-image-page]").hidden = !work.source.page;
    if (work.source.page) one("[data-image-page]").href = work.source.page;
  }

  function changed() {
    toolbar.showHistory(work.history);
    settings.setExtended(isGrown(work.frame.growth));
    const { width, height } = work.frame.size;
    setText(one("[data-size]"), `${width} × ${height}`);
  }

  function unsaved() {
    tell(_("This browser stores nothing for this page: what you paint is lost when you leave it."));
  }

  /** @returns {Record<string, any>} */
  function content() {
    return { settings: settings.values(), job: job.id };
  }

  /** @param {boolean} isShown a result lies over the image */
  function review(isShown) {
    view.stage.toggleAttribute("data-reviews", isShown);
    work.frame.show(!isShown && toolbar.tool === "frame");
  }

  /** @param {() => Promise<any>} action @param {HTMLElement} [button] */
  async function guarded(action, button) {
    if (isBusy) return;
    isBusy = true;
    button?.setAttribute("aria-disabled", "true");
    showError(null);
    try {
      await action();
    } catch (error) {
      showError(error);
    } finally {
      isBusy = false;
      button?.removeAttribute("aria-disabled");
    }
  }

  /** @param {File} file */
  async function loadMask(file) {
    checkFile(file, data.limits);
    const image = await openImage(file);
    try {
      const { width, height } = work.source;
      if ((image.width !== width || image.height !== height) && (await askToScale(image, work.source)) !== "second") return;
      change(() => work.did(work.mask.replace(maskOf(image, work.mask.width, work.mask.height))));
    } finally {
      image.close();
    }
  }

  async function saveMask() {
    save(await work.mask.toPng(), `mask-${work.source.id.slice(0, 8)}.png`);
  }

  async function applyCrop() {
    if (crop.isWhole) return showError(new Error(_("Draw over the part to keep, or type its numbers; now all of the image is chosen.")));
    return guarded(async () => {
      const blob = await crop.cutFrom(work.image);
      job.close();
      work.replace(sourceOf(await uploadsApi.create(new File([blob], "crop.png", { type: "image/png" }))));
      toolbar.choose("brush");
    });
  }

  /** Go on with what this page still shows of an image that the site no longer has. */
  function useCopy() {
    return guarded(async () => {
      crop.reset();
      const file = new File([await crop.cutFrom(work.image)], "copy.png", { type: "image/png" });
      work.replace(sourceOf(await uploadsApi.create(file)), { isCopy: true });
    });
  }

  function useResult() {
    const { chosen } = job.results;
    if (!chosen) return;
    job.close();
    work.replace({
      id: chosen.id,
      reference: `image:${chosen.id}`,
      url: chosen.file_url,
      page: chosen.page_url,
      width: chosen.width,
      height: chosen.height,
    });
    tell(_("You are editing the result now; undo brings the former image back."));
    view.stage.focus({ preventScroll: true });
  }
}

/** @param {Record<string, any>} upload as the API shows it */
function sourceOf({ id, reference, file_url: url, width, height }) {
  return { id, reference, url, page: null, width, height };
}

/** @param {ImageBitmap} mask @param {{width: number, height: number}} image */
function askToScale(mask, image) {
  const values = { mask: `${mask.width} × ${mask.height}`, image: `${image.width} × ${image.height}` };
  return ask({
    title: _("The mask has another size"),
    words: interpolate(_("The mask has %(mask)s pixels, the image %(image)s. It can be scaled to fit."), values),
    first: _("Cancel"),
    second: _("Scale the mask"),
  });
}

/** Say something that is no error, also to screen readers. @param {string} sentence */
function tell(sentence) {
  setText(one("[data-say]"), sentence);
}

/** @param {unknown} error null: hide the former one */
function showError(error) {
  const box = one("[data-error]");
  box.hidden = !error;
  if (!error) return;
  setText(one("[data-error-words]"), errorMessage(error));
  one("[data-error-login]").hidden = !(error instanceof ApiError && error.signedOut);
  one("[data-error-copy]").hidden = !(error instanceof ApiError && error.fields.init_image);
}
