// @ts-check
// Progress and results of a job that was started from an image, as one line and a row of thumbnails in its panel.

import { ApiError, errorMessage, jobsApi } from "../../lib/api.js";
import { element, setText } from "../../lib/dom.js";
import { about } from "../../lib/format.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";

const EVERY_MS = 800;
const UNFINISHED = ["queued", "running"];

/**
 * Follow a job until it ends or its row leaves the page.
 * @param {HTMLElement} place of the panel
 * @param {any} job
 * @param {{name: string, onImage: (image: any, job: any) => void}} options `name`: what was asked for; `onImage`: a result was chosen
 */
export async function followJob(place, job, { name, onImage }) {
  const bar = element("progress", { class: "bar", max: "1", "aria-label": name });
  const line = element("p", { class: "small", role: "status" });
  const results = element("ul", { class: "thumbs" });
  const cancel = element("button", { class: "button button--quiet", type: "button", text: _("Cancel") });
  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    job = await jobsApi.cancel(job.id).catch(() => job);
  });
  const row = element("section", { class: "image-panel__job", "aria-label": name, data: { job: job.id } }, element("div", { class: "image-panel__line" }, line, cancel), bar, results);
  place.prepend(row);
  let failures = 0;
  for (;;) {
    show();
    if (!UNFINISHED.includes(job.status) || !row.isConnected) break;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS * (1 + failures)));
    try {
      job = await jobsApi.read(job.id);
      failures = 0;
    } catch (error) {
      failures = Math.min(failures + 1, 10);
      if (error instanceof ApiError && [401, 404].includes(error.status)) {
        setText(line, errorMessage(error));
        break;
      }
    }
  }

  function show() {
    bar.value = job.progress?.fraction ?? 0;
    bar.hidden = cancel.hidden = !UNFINISHED.includes(job.status);
    setText(line, `${name}: ${sentence(job)}`);
    for (const image of job.images.slice(results.childElementCount)) {
      const link = element("a", { class: "thumb", href: image.page_url, data: { image: image.id } });
      link.append(element("img", { src: image.thumbnail_url, alt: interpolate(_("Result %(number)s"), { number: image.index + 1 }), width: image.width, height: image.height }));
      link.addEventListener("click", (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        onImage(image, job);
      });
      results.append(element("li", {}, link));
    }
  }
}

/** @param {any} job */
function sentence(job) {
  const done = job.images.length;
  /** @type {Record<string, () => string>} */
  const words = {
    queued: () => (job.position ? interpolate(_("queued, place %(place)s"), { place: job.position }) : _("queued")),
    running: () => interpolate(_("step %(step)s of %(total)s"), { step: job.progress.step, total: job.progress.total }),
    succeeded: () => interpolate(ngettext("%(count)s image is ready", "%(count)s images are ready", done), { count: done }),
    failed: () => job.error?.message ?? _("failed"),
    cancelled: () => _("cancelled"),
  };
  const left = UNFINISHED.includes(job.status) ? about(job.eta_seconds) : "";
  return [words[job.status]?.() ?? job.status, left].filter(Boolean).join(" · ");
}
