// @ts-check
// The collections: each takes images and files that are dropped on it.

import { hideAfterLogout } from "../../lib/private_page.js";
import { useCollectionDrops } from "../../gallery/collection/drops.js";

hideAfterLogout();
useCollectionDrops();
