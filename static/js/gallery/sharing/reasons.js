// @ts-check
// Why an image may be reported, in words.

import { gettext as _ } from "../../lib/i18n.js";

/** @returns {Record<string, string>} by the names that the API takes */
export const reasons = () => ({
  sexual: _("Sexual content"),
  violence: _("Violence"),
  hate: _("Hate or harassment"),
  person: _("Shows a real person without consent"),
  rights: _("Copyright or trademark"),
  other: _("Something else"),
});
