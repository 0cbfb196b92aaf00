// @ts-check
// Webhooks pages: the same as API keys, and times in the reader's time zone.

import "./api_keys.js";
import { localTimes } from "../lib/local_times.js";

localTimes();
