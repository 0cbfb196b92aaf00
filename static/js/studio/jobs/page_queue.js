// @ts-check
// The queue in the header of every page but the studio, which has a store of jobs of its own.

import { listen } from "../../lib/event_socket.js";
import { actionsOn, HeaderQueue } from "./header_queue.js";
import { JobStore } from "./job_store.js";

/** Show the user's jobs in the header, live. */
export function showPageQueue() {
  const queue = new HeaderQueue(actionsOn(() => store));
  const store = new JobStore(
    {
      onJob: (entry) => queue.take(entry),
      onPreview: () => undefined,
      onGone: (id) => queue.remove(id),
      onQueue: () => queue.drawer.site.soon(),
    },
    { rereads: false },
  );
  listen({ onMessage: (message) => store.receive(message) });
}
