// @ts-check
// The studio page: connects form, stage, history, queue, websocket and viewer.

import { ApiError, errorMessage, jobsApi } from "../lib/api.js";
import { element, one, pageData, setText } from "../lib/dom.js";
import { listen } from "../lib/event_socket.js";
import { setLabels } from "../lib/format.js";
import { gettext as _, interpolate } from "../lib/i18n.js";
import { missingImages } from "../studio/form/fields.js";
import { GenerationForm } from "../studio/form/form.js";
import { imagesArrived } from "../studio/form/image_field.js";
import { applySaved, Presets, Styles } from "../studio/form/presets.js";
import { addPromptTools } from "../studio/form/prompt_tools.js";
import { estimate } from "../studio/estimate.js";
import { showModelCard } from "../studio/model_card.js";
import { offerSearches } from "../studio/select_search.js";
import { Forever } from "../studio/forever.js";
import { listenForAttention } from "../studio/prompt/attention.js";
import { listenForHistory } from "../studio/prompt/prompt_history.js";
import { nameUnknownWords } from "../studio/prompt/unknown_words.js";
import { listenForDrops } from "../studio/drop_zone.js";
import { ImportedSettings } from "../studio/imported_settings.js";
import { History, showEmpty } from "../studio/jobs/history.js";
import { addCommand } from "../shortcuts/commands.js";
import { keysOf, readable } from "../shortcuts/keys.js";
import { announce, offerNotifications, showTitle } from "../studio/jobs/news.js";
import { JobStore } from "../studio/jobs/job_store.js";
import { QueueDrawer } from "../studio/jobs/queue_drawer.js";
import { actionsOn, HeaderQueue } from "../studio/jobs/header_queue.js";
import { showQueueState } from "../studio/jobs/paused_note.js";
import { Stage } from "../studio/stage/stage.js";
import { StageActions } from "../studio/stage/stage_actions.js";
import { Viewer } from "../studio/viewer.js";

const data = pageData("studio-data");
setLabels(data);
const form = new GenerationForm(data);
const asked = new URLSearchParams(location.search);
if (location.search) history.replaceState(null, "", location.pathname);
one("[data-generate-keys]").replaceChildren(...readable(keysOf("studio.generate")).map((keys) => element("kbd", { text: keys })));

/** @type {Map<string, string>} last status of each job */
const statuses = new Map();
/** @type {Set<string>} ids of unsuccessful jobs that are not shown */
const dismissed = new Set();

const jobActions = {
  cancel: async (/** @type {string} */ id) => store.take(await jobsApi.cancel(id)),
  retry: async (/** @type {string} */ id) => submitted(await jobsApi.retry(id)),
  use: async (/** @type {string} */ id) => useSettings(store.entries.get(id)?.job.parameters ?? {}),
  dismiss: async (/** @type {string} */ id) => dismiss(id),
  cancelImage: async (/** @type {string} */ id, /** @type {number} */ index) => store.take(await jobsApi.cancelImage(id, index)),
  open: (/** @type {string} */ id, /** @type {number} */ index) => {
    const entry = store.entries.get(id);
    const image = entry?.job.images.find((/** @type {any} */ one) => one.index === index);
    if (!image || !entry) return;
    if (entry.job.image_count > 1 && stage.view?.solo === null) stage.showAlone(index);
    else viewer.open(image.id);
  },
};

const store = new JobStore({
  onJob: (entry, isNew) => {
    const before = statuses.get(entry.job.id);
    statuses.set(entry.job.id, entry.job.status);
    stage.take(entry);
    queue.take(entry);
    headerQueue.take(entry);
    past.take(entry);
    showEmpty(past.complete && stage.view === null);
    forever.take(entry.job);
    announce(entry.job, before, isNew);
    showTitle(store);
    if (before !== entry.job.status) document.dispatchEvent(new CustomEvent("sdsite:job-moved"));
  },
  onPreview: (id, index, jpeg) => stage.preview(id, index, jpeg),
  onGone: forget,
  onQueue: () => {
    void showQueueState();
    for (const drawer of [queue, headerQueue.drawer]) drawer.site.soon();
  },
});

const stage = new Stage(jobActions, {
  previews: (id) => store.entries.get(id)?.frames ?? new Map(),
  onShow: (view) => {
    actions.show(view);
    past.mark(view?.entry.job.id ?? null, view?.solo === null ? undefined : view?.image()?.id);
  },
});
const actions = new StageActions({
  fields: data.request_fields,
  count: () => Number(form.controls.count.value) || 1,
  submitted,
  reuse: (image) => useSettings({ ...image.parameters, grid: null, seed: image.seed }),
  trashed: (job, gone) => {
    for (const { id } of gone) past.removeImage(id);
    store.forgetImages(job.id, gone);
    stage.remove(job.id);
    past.neighbourOf(job.created_at)?.click();
  },
  restored: (job, gone) => {
    store.restoreImages(job.id, gone);
    past.remove(job.id);
    const entry = store.entries.get(job.id);
    if (entry) past.take(entry);
    if (entry) stage.show(entry);
  },
  keepSeed: (seed) => {
    form.seed.keep(seed);
    setText(one("[data-announce]"), interpolate(_("Seed %(seed)s is kept."), { seed }));
  },
});
const queueActions = { ...actionsOn(() => store), show: (/** @type {string} */ id) => open(id, null) };
const strip = one("[data-queue]");
const queue = new QueueDrawer(strip, { ...queueActions, count: (jobs) => (strip.hidden = jobs === 0) }, () => strip.open);
strip.addEventListener("toggle", () => strip.open && void queue.site.show());
const headerQueue = new HeaderQueue(queueActions);
const past = new History({ open, dismiss: jobActions.dismiss, dismissed });
past.store = store;

const viewer = new Viewer({
  images: () => past.images(),
  use: (image) => useSettings({ ...image.parameters, grid: null, seed: image.seed }),
  start: (image) => startFrom(`image:${image.id}`),
});

listen({
  onMessage: (message) => store.receive(message),
  onPreview: (message, jpeg) => store.receivePreview(/** @type {any} */ (message), jpeg),
  onState: (state) => {
    const status = one("[data-connection]");
    status.dataset.connection = state;
    document.documentElement.toggleAttribute("data-signed-out", state === "signed-out");
    const words = connectionWords()[state] ?? "";
    setText(one("[data-connection-words]"), words);
    one("[data-connection-login]").hidden = state !== "signed-out";
    status.hidden = words === "";
    if (state === "open") void showQueueState();
  },
});

form.form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  void submit();
});
one("[data-example]").addEventListener("click", (/** @type {any} */ event) => {
  form.fill({ prompt: event.target.dataset.example });
  form.form.requestSubmit();
});
one("[data-stage-place]").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const shown = stage.view?.image();
  if (by && shown && !event.altKey && !event.ctrlKey && !event.metaKey) past.neighbour(shown.id, by);
});
addPromptTools(form);
// Only where the site has a language model.
if (document.querySelector("[data-enhance]")) void import("../studio/form/enhance.js").then(({ addEnhance }) => addEnhance(form));
nameUnknownWords(form);
listenForAttention(form.prompt);
for (const area of [form.prompt, form.controls.negative_prompt]) area.addEventListener("input", completeLater, { once: true });
one("#past-prompts").addEventListener("toggle", listPastPrompts, { once: true });
listenForHistory(form.prompt, () => past.prompts(), () => void past.load());
estimate(form);
applySaved({ presets: new Presets(form), styles: new Styles(form) }, asked);
addCommand({
  id: "studio.cancel",
  label: _("Cancel the running job"),
  isOn: () => cancellable() !== undefined,
  run: () => jobActions.cancel(cancellable()?.job.id ?? "").catch(showError),
});
const imported = new ImportedSettings({ settings: (values) => form.take(values) });
listenForDrops({ image: startFrom, file: (file) => void imported.take(file) });
offerNotifications();
document.addEventListener("visibilitychange", () => showTitle(store));
offerSearches(form);
showModelCard(form);
void past.load().then(async () => {
  showEmpty(past.complete && stage.view === null);
  if (data.hints && past.complete && !store.entries.size) (await import("../studio/tour.js")).showTour();
});

/** Completion loads at the first key. @param {Event} event */
async function completeLater(event) {
  const { complete } = await import("../studio/prompt/completion.js");
  await complete(/** @type {HTMLTextAreaElement} */ (event.target), form).look(event);
}

/** The list of earlier prompts loads when it opens first. */
async function listPastPrompts() {
  const { PastPrompts } = await import("../studio/prompt/past_prompts.js");
  new PastPrompts(form.prompt).open();
}

/** The job that Cancel is about: the running one, else the next. */
function cancellable() {
  const unfinished = store.unfinished().filter(({ job }) => !job.cancel_requested);
  return unfinished.find(({ job }) => job.status === "running") ?? unfinished.at(-1);
}

/** @type {Promise<string|null>|null} the request that is on its way */
let submitting = null;
const forever = new Forever(submit, (id) => store.entries.get(id)?.job.status);

/** @returns {Promise<string|null>} the id of the job, or of the one that is being submitted already; null: it was refused */
function submit() {
  submitting ??= send().finally(() => (submitting = null));
  return submitting;
}

/** @returns {Promise<string|null>} */
async function send() {
  const button = one("[data-submit]");
  button.setAttribute("aria-disabled", "true");
  form.clearErrors();
  showError(null);
  try {
    await imagesArrived();
    const missing = missingImages(form.form);
    if (Object.keys(missing).length) throw new ApiError(0, "missing_images", "", missing);
    const job = await jobsApi.submit(form.read());
    form.seed.used(job.parameters.seed);
    submitted(job);
    one("#parameters").hidePopover?.();
    return job.id;
  } catch (error) {
    showError(error);
    return null;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** @param {any} job */
function submitted(job) {
  store.take(job);
}

/**
 * Put a job, or one image of it, on the stage.
 * @param {string} id
 * @param {number|null} index
 */
function open(id, index) {
  const entry = store.entries.get(id);
  if (entry) stage.show(entry, index);
  if (matchMedia("(max-width: 767px)").matches) window.scrollTo({ top: 0, behavior: "smooth" });
}

/** @param {string} id */
async function dismiss(id) {
  dismissed.add(id);
  forget(id);
}

/** @param {string} id */
function forget(id) {
  stage.remove(id);
  queue.remove(id);
  headerQueue.remove(id);
  past.remove(id);
  forever.forget(id);
  showEmpty(past.complete && !past.jobs.length);
}

/** @param {unknown} error null: hide the former one */
function showError(error) {
  const box = one("[data-form-error]");
  box.hidden = true;
  if (!error) return;
  const fields = error instanceof ApiError ? error.fields : {};
  // An error shown at its field is not repeated, unless the field is in a closed sheet.
  if (form.showErrors(fields) && Object.keys(fields).length) return;
  setText(one("[data-form-error-words]"), errorMessage(error));
  one("[data-form-error-login]").hidden = !(error instanceof ApiError && error.signedOut);
  box.hidden = false;
}

/** @param {Record<string, any>} parameters */
function useSettings(parameters) {
  form.clearErrors();
  form.take(parameters);
  form.prompt.focus({ preventScroll: true });
}

/** @param {string} reference "image:ID" */
function startFrom(reference) {
  form.clearErrors();
  form.startFrom(reference);
  setText(one("[data-announce]"), _("The image is the input image now."));
  form.prompt.focus({ preventScroll: true });
}

/** @returns {Record<string, string>} */
function connectionWords() {
  return {
    reconnecting: _("Connection lost. Reconnecting… Your jobs continue."),
    "signed-out": _("You are signed out: your session has ended, or your account is suspended. Sign in to see what became of your jobs."),
  };
}
