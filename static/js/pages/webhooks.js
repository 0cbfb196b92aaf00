// @ts-check
// Webhooks: the same as API keys, and times in the reader's own clock.

import "./api_keys.js";
import { localTimes } from "../lib/local_times.js";

localTimes();
