"""The site's rules as jobs meet them: their prompts at submission, and a trial on what was asked for lately."""
