// Keeps the bars of running downloads moving: the page is read again, and only the bars and states of it are taken.

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
    // The site is away for a moment; the next look tells.
  }
  setTimeout(follow, EVERY_MS);
}

setTimeout(follow, EVERY_MS);
