// @ts-check
// The studio page: connects form, job list, websocket and viewer.

import { ApiError, errorMessage, jobsApi, queueApi } from "../lib/api.js";
import { ImportedSettings } from "../studio/imported_settings.js";
import { one, pageData, setText } from "../lib/dom.js";
import { listenForDrops } from "../studio/drop_zone.js";
import { Events } from "../lib/event_socket.js";
import { missingImages } from "../studio/form/fields.js";
import { plural, setLabels } from "../lib/format.js";
import { isFinished, JobStore } from "../studio/jobs/job_store.js";
import { showQueueState } from "../studio/jobs/waiting_jobs.js";
import { imagesArrived } from "../studio/form/image_field.js";
import { addPromptTools } from "../studio/form/prompt_tools.js";
import { Presets, Styles } from "../studio/form/presets.js";
import { JobList } from "../studio/jobs/job_list.js";
import { Viewer } from "../studio/viewer.js";
import { GenerationForm } from "../studio/form/form.js";

const TITLE = document.title;
const CONNECTION = {
  connecting: "",
  open: "",
  reconnecting: "Connection lost. Reconnecting… Your jobs continue.",
  "signed-out": "Your session has ended. Your jobs continue; sign in again to see them.",
};

const data = pageData("studio-data");
setLabels(data);
const form = new GenerationForm(data);
if (location.search) history.replaceState(null, "", location.pathname);
if (/Mac|iPhone|iPad/.test(navigator.platform)) setText(one("[data-command-key]"), "⌘");

/** @type {JobList} */
const jobList = new JobList({
  cancel: async (id) => store.take(await jobsApi.cancel(id)),
  retry: async (id) => store.take(await jobsApi.retry(id)),
  front: async (id) => {
    store.take(await jobsApi.front(id));
    store.takePositions(await queueApi.read());
  },
  step: (id, by) => jobList.waitingJobs.step(id, by),
  cancelImage: async (id, index) => store.take(await jobsApi.cancelImage(id, index)),
  cancelAll: () => jobsApi.cancelAll(),
  use: useSettings,
  open: (id, index) => {
    const image = jobList.cards.get(id)?.entry.job.images.find((/** @type {any} */ one) => one.index === index);
    if (image) viewer.open(image.id);
  },
});

const store = new JobStore({
  onJob: (entry, isNew) => {
    const before = jobList.cards.get(entry.job.id)?.element.dataset.status;
    jobList.show(entry);
    announce(entry.job, before, isNew);
    showTitle();
  },
  onPreview: (id, index, jpeg) => void jobList.cards.get(id)?.tiles[index]?.paint(jpeg),
  onGone: (id) => jobList.remove(id),
  onQueue: () => void showQueueState(),
});
jobList.store = store;

const viewer = new Viewer({
  images: () => jobList.images(),
  use: (image) => useSettings({ ...image.parameters, grid: null, seed: image.seed }),
  start: (image) => startFrom(`image:${image.id}`),
});

const events = new Events({
  onMessage: (message) => store.receive(message),
  onPreview: (message, jpeg) => store.receivePreview(/** @type {any} */ (message), jpeg),
  onState: (state) => {
    const status = one("[data-connection]");
    status.dataset.connection = state;
    setText(one("[data-connection-words]"), CONNECTION[state]);
    one("[data-connection-login]").hidden = state !== "signed-out";
    status.hidden = CONNECTION[state] === "";
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
addPromptTools(form);
new Styles(form);
new Presets(form);
const imported = new ImportedSettings({ settings: (values) => form.take(values) });
listenForDrops({ image: startFrom, file: (file) => void imported.take(file) });
events.connect();
void jobList.load();

let submitting = false;

async function submit() {
  if (submitting) return;
  submitting = true;
  const button = one("[data-submit]");
  button.setAttribute("aria-disabled", "true");
  form.clearErrors();
  showError(null);
  try {
    await imagesArrived();
    const missing = missingImages(form.form);
    if (Object.keys(missing).length) return showError(new ApiError(0, "missing_images", "", missing));
    const job = await jobsApi.submit(form.read());
    form.seed.used(job.parameters.seed);
    store.take(job);
    scrollToJob(job.id);
  } catch (error) {
    showError(error);
  } finally {
    submitting = false;
    button.removeAttribute("aria-disabled");
  }
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
  form.form.scrollIntoView({ block: "center" });
}

/** @param {string} reference "image:ID" */
function startFrom(reference) {
  form.clearErrors();
  form.startFrom(reference);
  setText(one("[data-announce]"), "The image is the input image now.");
  form.prompt.focus({ preventScroll: true });
  form.form.scrollIntoView({ block: "center" });
}

/** @param {string} id */
function scrollToJob(id) {
  const card = jobList.cards.get(id)?.element;
  if (!card || card.getBoundingClientRect().top < window.innerHeight * 0.6) return;
  card.scrollIntoView({ behavior: "smooth", block: "nearest" });
}

/**
 * Announce a change of state to screen readers, once.
 * @param {Record<string, any>} job
 * @param {string|undefined} before
 * @param {boolean} isNew
 */
function announce(job, before, isNew) {
  if (job.status === before || (isNew && isFinished(job))) return;
  const words = {
    queued: "is queued",
    running: "has started",
    succeeded: `is done: ${plural(job.images.length, "image")}`,
    failed: `failed. ${job.error?.message ?? ""}`,
    cancelled: "was cancelled",
  };
  const name = job.parameters.prompt.slice(0, 60) || "Upscale an image";
  setText(one("[data-announce]"), `“${name}” ${words[/** @type {keyof typeof words} */ (job.status)]}`);
}

/** Show the running job's progress in the tab's title. */
function showTitle() {
  const running = store.unfinished().find(({ job }) => job.status === "running");
  const percent = running ? `${Math.round(running.job.progress.fraction * 100)} % · ` : "";
  const title = `${percent}${TITLE}`;
  if (document.title !== title) document.title = title;
}
