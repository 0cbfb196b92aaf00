"""Accessibility findings of a page in the browser, by axe-core, which is vendored beside this file (MPL 2.0)."""

from functools import cache
from pathlib import Path

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
RUN = """
async ([within, ignored]) => {
  // What is being faded in has the contrast of its end, not of the moment.
  for (const animation of document.getAnimations()) {
    try { animation.finish(); } catch { /* one that never ends */ }
  }
  const rules = Object.fromEntries(ignored.map((rule) => [rule, { enabled: false }]));
  const found = await axe.run(within ?? document, { rules, resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${impact}): ${target.join(" ")}: ${failureSummary}`));
}
"""


@cache
def _script():
    return AXE.read_text()


def axe_violations(page, *, within=None, ignored=()):
    """Return what axe-core finds on the page as it is now, one line an element, with all of axe's rules.

    `within`: a selector, for a part of the page; `ignored`: rules not to ask, each with a reason beside the call.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_script())  # by the debugger, past the page's content security policy
    return page.evaluate(RUN, [within, list(ignored)])
