// @ts-check
// Updates the progress of running downloads: reads the page again and takes its progress bars and states.

const EVERY_MS = 2000;

async function follow() {
  if (!document.querySelector("progress[data-moving]")) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const [place, rows] of [["#result_list tbody tr", ".field-progress, .field-status, .field-error"], ["form", ".field-progress, .field-state, .field-error"]]) {
      const now = document.querySelectorAll(place);
      fresh.querySelectorAll(place).forEach((row, number) => {
        const here = now[number]?.querySelectorAll(rows) ?? [];
        row.querySelectorAll(rows).forEach((cell, at) => here[at]?.replaceChildren(...cell.childNodes));
      });
    }
  } catch {
    // The site is unreachable for a moment; the next request tries again.
  }
  setTimeout(follow, EVERY_MS);
}

setTimeout(follow, EVERY_MS);
