// @ts-check
// Pages of API keys and invitations: copies what is shown once, confirms before revoking.

import { confirmBeforeDeleting } from "../lib/confirm_dialog.js";
import "../site/copy_buttons.js";

confirmBeforeDeleting();
