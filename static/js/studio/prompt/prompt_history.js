// @ts-check
// Earlier prompts by the arrow keys: up at the start of the prompt goes back, down at its end returns to what was typed.

/**
 * @param {HTMLTextAreaElement} area
 * @param {() => string[]} earlier distinct prompts, the newest first
 * @param {() => void} onOld the oldest known one is shown: more may be loaded
 */
export function listenForHistory(area, earlier, onOld) {
  let place = -1;
  let typed = "";
  const show = (/** @type {string} */ text, /** @type {number} */ caret) => {
    area.value = text;
    area.setSelectionRange(caret, caret);
    area.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: { history: true } }));
  };
  area.addEventListener("input", (event) => {
    if (!(event instanceof CustomEvent && event.detail?.history)) place = -1;
  });
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || area.selectionStart !== area.selectionEnd) return;
    const prompts = earlier();
    if (event.key === "ArrowUp" && area.selectionStart === 0) {
      const next = prompts.findIndex((text, index) => index > place && text !== area.value);
      if (next < 0) return;
      if (place < 0) typed = area.value;
      event.preventDefault();
      place = next;
      show(prompts[next], 0);
      if (next >= prompts.length - 2) onOld();
    } else if (event.key === "ArrowDown" && place >= 0 && area.selectionStart === area.value.length) {
      event.preventDefault();
      place -= 1;
      const text = place < 0 ? typed : prompts[place];
      show(text, text.length);
    }
  });
}
