// @ts-check
// Page of notices: times in the reader's time zone.

import { localTimes } from "../lib/local_times.js";

localTimes();
