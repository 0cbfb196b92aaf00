// @ts-check
// The announcement on pages of visitors, who have no connection: it is dismissed in this browser.

import { keepInCookie, takeDismissals } from "../site/banner.js";

takeDismissals(keepInCookie);
