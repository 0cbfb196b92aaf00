// @ts-check
// Key presses kept for something that is still loading, so that typing on loses nothing.

/**
 * Keep key presses from the page until the returned function is called, which gives them in their order.
 * Escape gives up what is loading: it ends the waiting and gives null.
 * @returns {() => KeyboardEvent[]|null}
 */
export function holdKeys() {
  /** @type {KeyboardEvent[]|null} */
  let held = [];
  const stop = () => removeEventListener("keydown", hold, true);
  const hold = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "Escape") {
      held = null;
      stop();
    } else held?.push(event);
  };
  addEventListener("keydown", hold, true);
  return () => {
    stop();
    return held;
  };
}
