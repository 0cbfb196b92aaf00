// @ts-check
// Webhooks: the same as API keys, and times in the reader's own clock.

import "./keys.js";
import { localTimes } from "./times.js";

localTimes();
