"""Coming in: who may create an account, invitations, and requests that administrators decide."""
